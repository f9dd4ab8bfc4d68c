"""One connection to look at from outside: what the server answered, how TLS came about, how long a ping takes.

It is `dial` that connects and `Connection` that reads, as for the feed. Here is only what they have no use for.
"""

from __future__ import annotations

import select
import ssl
import struct
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from coinapi_idx_cli.errors import IdxstreamError, NoConnectionError
from coinapi_idx_cli.net.deadline import poll_milliseconds
from coinapi_idx_cli.net.http_head import Head
from coinapi_idx_cli.transport.connection import Connection, Reading
from coinapi_idx_cli.transport.dial import dial
from coinapi_idx_cli.transport.library import websocket
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.web_socket import BufferedWebSocket


class Answer(Struct, frozen=True):
    """To the upgrade. `headers` by their names in lower case; asked and answered by the wall clock, s since 1970."""

    status: int
    reason: str
    headers: Mapping[str, str]
    asked_s: float
    answered_s: float


class Security(Struct, frozen=True):
    """What TLS agreed on. `certificate` as `ssl.SSLSocket.getpeercert` has it; `done_s` by the monotonic clock."""

    version: str
    cipher: str
    certificate: Mapping[str, Any]
    done_s: float


class _WatchedWebSocket(BufferedWebSocket):
    """Notes what the feed has no use for: the socket's security, when the request went out, the answer, and pongs."""

    def __init__(self) -> None:
        self.security: Security | None = None
        self.asked_s = self.answered_s = 0.0
        self.head: Head | None = None
        self.pongs: dict[bytes, float] = {}
        super().__init__()

    def asks(self) -> None:
        self.asked_s = time.time()
        if isinstance(self.sock, ssl.SSLSocket):
            self.security = _security_of(self.sock)

    def upgraded(self, head: Head) -> None:
        super().upgraded(head)
        self.head, self.answered_s = head, time.time()

    def recv_data_frame(self, control_frame: bool = False) -> tuple[Any, ...]:
        opcode, frame = super().recv_data_frame(control_frame)
        if opcode == websocket.ABNF.OPCODE_PONG:
            self.pongs[bytes(frame.data)] = time.monotonic()
        return opcode, frame


def _security_of(sock: ssl.SSLSocket) -> Security:
    cipher = sock.cipher()
    return Security(sock.version() or "", cipher[0] if cipher else "", sock.getpeercert() or {}, time.monotonic())


class Probe:
    """To be used in one thread, but for `drop`."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.answer: Answer | None = None
        self._web_socket = _WatchedWebSocket()
        self._connection = Connection(0, target, self._web_socket)
        self._pings = 0

    @property
    def security(self) -> Security | None:
        """None before TLS, and without it."""
        return self._web_socket.security

    def knock(self) -> None:
        """Connect and upgrade, without a hello. Raises what `dial` raises; `answer` holds also one that was a no."""
        try:
            dial(self.target, self._web_socket)
        except IdxstreamError as error:
            self.answer = self._answer_in(error.__cause__)
            raise
        self.answer = self._answer_in(None)

    def open(self) -> None:
        """Connect, upgrade, send the hello. Raises what `Connection.open` raises."""
        self._connection.open()
        self.answer = self._answer_in(None)

    def read(self, within_s: float) -> Reading:
        """What comes next, empty when nothing does. Never raises."""
        if not self._connection.has_pending:
            poll = select.poll()
            poll.register(self._connection.fileno(), select.POLLIN)
            if not poll.poll(poll_milliseconds(within_s)):
                return Reading()
        return self._connection.read()

    def send_ping(self) -> bytes:
        """Its payload, to be looked for by `pong_s`. Raises NoConnectionError."""
        self._pings += 1
        payload = struct.pack("!Q", self._pings)
        try:
            self._web_socket.ping(payload)
        except (websocket.WebSocketException, OSError) as error:
            raise NoConnectionError(f"{self.target.name} closed the connection before a ping") from error
        return payload

    def pong_s(self, payload: bytes) -> float | None:
        """When the answer to that ping was read, by the monotonic clock."""
        return self._web_socket.pongs.get(payload)

    def drop(self) -> None:
        """Say goodbye, without waiting for the answer. Safe from any thread and at any time."""
        if self._web_socket.connected:
            self._connection.close()
        self._connection.drop()

    def _answer_in(self, cause: BaseException | None) -> Answer | None:
        socket = self._web_socket
        if isinstance(cause, websocket.WebSocketBadStatusException):
            status, reason = cause.status_code, cause.status_message or ""
            return Answer(status, reason, cause.resp_headers or {}, socket.asked_s, time.time())
        if socket.head is None:
            return None
        return Answer(socket.head.status, "", socket.head.headers, socket.asked_s, socket.answered_s)
