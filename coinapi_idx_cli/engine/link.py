"""One connection to a server of an engine.

`open_link` blocks and runs in a thread: name, TCP, the server's INFO, TLS where it or the URL asks for it, CONNECT.
From then on nothing waits.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

from coinapi_idx_cli.engine.jetstream import not_permitted
from coinapi_idx_cli.engine.target import EngineServer, EngineTarget, connect_options
from coinapi_idx_cli.engine.wire import (
    PING,
    PONG,
    Complaint,
    Delivery,
    Info,
    Ping,
    Pong,
    WireError,
    WireReader,
    connect,
)
from coinapi_idx_cli.errors import ConnectionLostError, CredentialsError, IdxstreamError, RefusedError, UsageError
from coinapi_idx_cli.net.addresses import addresses_of, connected
from coinapi_idx_cli.net.connect_failures import connect_failure
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.streams import KEEPALIVE
from coinapi_idx_cli.net.tls import client_context
from coinapi_idx_cli.net.urls import is_loopback_address
from coinapi_idx_cli.terminal.one_line import excerpt

READ_BYTES = 256 * 1024
READ_AT_ONCE_BYTES = 4 * READ_BYTES
OLDEST_VERSION = (2, 9, 0)


class EngineLink:
    """An open connection. `info`: what the server said of itself."""

    def __init__(self, server: EngineServer, sock: socket.socket, info: dict[str, Any]) -> None:
        self.server = server
        self.info = info
        self.heard_pong = False
        self.is_leaving = False  # the server shuts down soon
        self._sock = sock
        self._reader = WireReader()
        self._unsent: list[memoryview] = []
        sock.settimeout(0)

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def is_secure(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket)

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    def fileno(self) -> int:
        return self._sock.fileno()

    def wants(self) -> int:
        return select.POLLIN | (select.POLLOUT if self._unsent else 0)

    def send(self, data: bytes) -> None:
        """Now, or when there is room. Raises ConnectionLostError."""
        self._unsent.append(memoryview(data))
        self.flush()

    def flush(self) -> None:
        while self._unsent:
            try:
                sent = self._sock.send(self._unsent[0])
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            except OSError as error:
                raise self._lost(error) from error
            self._unsent[0] = self._unsent[0][sent:]
            if not self._unsent[0]:
                self._unsent.pop(0)

    def read(self) -> list[Delivery]:
        """What came, without waiting. Raises ConnectionLostError, or what an error of the server means."""
        heard: list[Delivery] = []
        size = 0
        while size < READ_AT_ONCE_BYTES or self._has_decrypted():
            try:
                data = self._sock.recv(READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError as error:
                raise self._lost(error) from error
            if not data:
                raise ConnectionLostError(f"{self.name} closed the connection")
            size += len(data)
            heard += self._deliveries(data)
        return heard

    def close(self) -> None:
        self._sock.close()

    def _deliveries(self, data: bytes) -> list[Delivery]:
        try:
            messages = self._reader.feed(data)
        except WireError as error:
            raise ConnectionLostError(f"{self.name} does not speak the protocol of NATS: {error}") from error
        heard = []
        for message in messages:
            match message:
                case Delivery():
                    heard.append(message)
                case Ping():
                    self.send(PONG)
                case Pong():
                    self.heard_pong = True
                case Info(fields):
                    self.is_leaving = self.is_leaving or bool(fields.get("ldm"))
                case Complaint(text):
                    raise meaning_of_complaint(text, self.name)
        return heard

    def _has_decrypted(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def _lost(self, error: OSError) -> ConnectionLostError:
        return ConnectionLostError(f"lost the connection to {self.name}: {error.strerror or error}")


def open_link(
    target: EngineTarget,
    server: EngineServer,
    client_name: str,
    hold: Callable[[socket.socket], None] = lambda _: None,
) -> EngineLink:
    """Raises IdxstreamError: ConnectionLostError where another attempt may do better."""
    deadline = Deadline(server.timeout_s)
    sock: socket.socket | None = None
    try:
        sock = connected(addresses_of(server.host, server.port), deadline)
        hold(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in KEEPALIVE:
            sock.setsockopt(*option)
        reader = WireReader()
        info = _greeting(sock, reader, server, deadline)
        sock = _secured(sock, server, info, deadline)
        hold(sock)
        _check(info, server)
        deadline.limit(sock)
        sock.sendall(connect(connect_options(target.credentials, info, client_name)) + PING)
        link = EngineLink(server, sock, info)
        while not link.heard_pong:
            if not select.select([sock], [], [], deadline.left_s())[0]:
                raise TimeoutError
            link.read()
    except IdxstreamError:
        if sock is not None:
            sock.close()
        raise
    except (OSError, ValueError) as error:
        if sock is not None:
            sock.close()
        raise connect_failure(server, error, server.name) or _strange(server) from error
    return link


def _greeting(sock: socket.socket, reader: WireReader, server: EngineServer, deadline: Deadline) -> dict[str, Any]:
    """Byte by byte at its end: what TLS begins with is not to be taken from it."""
    line = bytearray()
    while not line.endswith(b"\r\n"):
        deadline.limit(sock)
        waiting = sock.recv(4096, socket.MSG_PEEK)
        if not waiting:
            raise ConnectionLostError(f"{server.name} closed the connection before it said what it is")
        end = waiting.find(b"\n")
        line += sock.recv(len(waiting) if end < 0 else end + 1)
        if len(line) > 1 << 20 or not b"INFO ".startswith(line[:5].upper()):
            raise _strange(server)
    try:
        heard = reader.feed(bytes(line))
    except WireError:
        raise _strange(server) from None
    if not heard or not isinstance(heard[0], Info):
        raise _strange(server)
    return dict(heard[0].fields)


def _strange(server: EngineServer) -> RefusedError:
    return RefusedError(f"{server.name} is not a NATS server", "check the host and the port; 4222 is usual")


def _secured(sock: socket.socket, server: EngineServer, info: dict[str, Any], deadline: Deadline) -> socket.socket:
    """With TLS where the URL or the server asks for it. Raises UsageError where the network would see what is sent."""
    wants_tls = bool(info.get("tls_required"))
    if not (server.secure or wants_tls):
        peer = sock.getpeername()[0]
        if not server.allow_plaintext and not is_loopback_address(peer):
            what = f"nats:// to {peer} would send the data in the clear, as that server does not ask for TLS"
            raise UsageError(what, "use tls+nats://, or --allow-plaintext if the network is safe")
        return sock
    if not (wants_tls or info.get("tls_available")):
        raise RefusedError(f"{server.name} does not offer TLS", "use nats://, or set TLS up on the server")
    deadline.limit(sock)
    stream = client_context(server.trust).wrap_socket(sock, server_hostname=server.host, do_handshake_on_connect=False)
    try:
        deadline.limit(stream)
        stream.do_handshake()
    except BaseException:
        stream.close()  # it has taken the place of the other
        raise
    return stream


def _check(info: dict[str, Any], server: EngineServer) -> None:
    version = tuple(int(part) if part.isdecimal() else 0 for part in str(info.get("version", "")).split(".")[:3])
    if version < OLDEST_VERSION:
        raise RefusedError(f"{server.name} runs NATS {info.get('version')}", "2.9 is needed, 2.12 or newer advised")
    if not info.get("headers"):
        raise RefusedError(f"{server.name} takes no headers", "remove no_headers from its configuration")


def meaning_of_complaint(text: str, server: str) -> IdxstreamError:
    """What an error of a server means, in words that help."""
    lowered = text.lower()
    said = excerpt(text, str)
    if "permissions violation" in lowered:
        return not_permitted(said, server)
    if "authorization" in lowered or "authentication" in lowered or "account" in lowered:
        hint = "check --engine-user-file, IDXSTREAM_ENGINE_USER or --engine-creds"
        return CredentialsError(f"{server} refused the credentials: {said}", hint)
    if "maximum payload" in lowered:
        return RefusedError(f"{server} takes no messages that large", "raise its max_payload to 1MB")
    return ConnectionLostError(f"{server} ended the connection: {said}")
