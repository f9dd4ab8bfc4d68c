"""The head of an HTTP answer, read within bounds of time and size; what comes before the final one is passed over.

Read byte by byte, so that nothing of what follows is taken from the socket: frames, TLS, a body.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct

from coinapi_idx_cli.net.deadline import Deadline

HEAD_LIMIT_BYTES = 65_536  # in all, with those that are passed over
SWITCHING_PROTOCOLS = 101

_FIRST_BYTES = b"HTTP/1."
_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})(?: (.*))?")
_LISTS = ("connection", "upgrade")  # a proxy may add a line of its own
_FOLDED = re.compile(r"\n[ \t]+")  # RFC 9112, 5.2


class Head(Struct, frozen=True):
    """The head of an HTTP answer: its status and headers.

    `headers` by their names in lower case; of several of one name that is not of a list, the first. `raw`: bytes.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    raw: bytes


class HeadError(ValueError):
    """What came is not the head of an answer, or has no end."""


class ClosedEarlyError(ConnectionResetError):
    """The connection ended before the answer was there."""


def send_request(sock: socket.socket, data: bytes) -> None:
    """A server that stopped reading may have said why, an alert of TLS or a status: that is still to be read.

    Raises what the socket raises otherwise.
    """
    with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
        sock.sendall(data)


def read_head(sock: socket.socket, deadline: Deadline) -> Head:
    """The head of the final answer: interim ones, such as 100 and 103, are skipped (RFC 9110, 15.2).

    Raises HeadError, ClosedEarlyError, TimeoutError and what the socket raises.
    """
    left = HEAD_LIMIT_BYTES
    while True:
        raw = _read_to_blank_line(sock, deadline, left)
        left -= len(raw)
        head = _parsed(raw)
        if head.status >= 200 or head.status == SWITCHING_PROTOCOLS:
            return head


def _read_to_blank_line(sock: socket.socket, deadline: Deadline, limit_bytes: int) -> bytes:
    raw = bytearray()
    while not raw.endswith((b"\n\r\n", b"\n\n")):
        if len(raw) >= limit_bytes:
            raise HeadError(f"the head of its answer is longer than {HEAD_LIMIT_BYTES // 1024} KiB")
        deadline.limit(sock)
        byte = sock.recv(1)
        if not byte:
            raise ClosedEarlyError
        raw += byte
        if not raw.startswith(_FIRST_BYTES[: len(raw)]):
            raise HeadError("its answer is not HTTP")
    return bytes(raw)


def _parsed(raw: bytes) -> Head:
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
    first, *lines = _FOLDED.sub(" ", text).split("\n")
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        raise HeadError("its answer is not HTTP")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, content = line.partition(":")
        if not colon:
            raise HeadError("a header of its answer is not valid")
        name, content = name.strip().lower(), content.strip()
        if name in _LISTS and name in headers:
            headers[name] += f", {content}"
        headers.setdefault(name, content)
    return Head(int(status_line[1]), status_line[2] or "", headers, raw)


class Replayed:
    """What `http.client.HTTPResponse` reads from: a head that was read already, and the rest from the socket."""

    def __init__(self, sock: socket.socket, head: Head) -> None:
        self._sock = sock
        self._head = head

    def makefile(self, _mode: str = "rb", *_: Any) -> io.BufferedReader:
        # It lives on when the socket is closed, for the reader of a body.
        rest = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_Replay(self._head.raw, rest))


class _Replay(io.RawIOBase):
    def __init__(self, unread: bytes, rest: socket.SocketIO) -> None:
        self._unread = unread
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._unread:
            return self._rest.readinto(buffer)
        part = self._unread[: len(buffer)]
        self._unread = self._unread[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._rest.close()
        super().close()
