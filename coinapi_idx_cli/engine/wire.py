"""The wire protocol of NATS: lines and payloads <-> messages. Pure.

As in docs.nats.io, "Client Protocol": control lines end with CR LF; MSG and HMSG announce how many bytes follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct, field

LONGEST_LINE_BYTES = 1 << 20  # INFO names every server of a cluster
LARGEST_PAYLOAD_BYTES = 64 << 20  # the most that a server may be configured to take
VERSION = b"NATS/1.0"


class WireError(Exception):
    """What came is not the protocol."""


class Info(Struct, frozen=True):
    """What the server says of itself, first of all and whenever that changes."""

    fields: Mapping[str, Any]


class Ping(Struct, frozen=True):
    """A question whether I am there."""


class Pong(Struct, frozen=True):
    """The answer to mine."""


class Complaint(Struct, frozen=True):
    """An error of the server, in its words."""

    text: str


class Delivery(Struct, frozen=True):
    """A message of a subscription. `status`: of one that the server itself made, such as 503 and what it says."""

    subject: str
    subscription: int
    reply: str
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: str = ""


Heard = Info | Ping | Pong | Complaint | Delivery


class WireReader:
    """Cuts what comes into messages: `feed` takes any piece of it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._begin = 0

    def feed(self, data: bytes) -> list[Heard]:
        """Raises WireError; then nothing more can be read."""
        self._buffer += data
        heard: list[Heard] = []
        while (message := self._next()) is not None:
            heard.append(message)
        if self._begin:
            del self._buffer[: self._begin]
            self._begin = 0
        return heard

    def rest(self) -> bytes:
        """What came behind the last message."""
        return bytes(self._buffer)

    def _next(self) -> Heard | None:
        while True:
            end = self._buffer.find(b"\r\n", self._begin)
            if end < 0:
                if len(self._buffer) - self._begin > LONGEST_LINE_BYTES:
                    raise WireError("a line is too long")
                return None
            line = bytes(self._buffer[self._begin : end])
            name, _, rest = line.partition(b" ")
            kind = name.upper()
            if kind in (b"MSG", b"HMSG"):
                return self._delivery(rest, end + 2, with_headers=kind == b"HMSG")
            self._begin = end + 2
            if kind != b"+OK":
                return _spoken(kind, rest)

    def _delivery(self, rest: bytes, begin: int, *, with_headers: bool) -> Delivery | None:
        words = rest.decode("latin-1").split()
        sizes = 2 if with_headers else 1
        if len(words) not in (2 + sizes, 3 + sizes) or not all(
            word.isdecimal() for word in (words[1], *words[-sizes:])
        ):
            raise WireError("a message has a header that is not valid")
        total = int(words[-1])
        head = int(words[-2]) if with_headers else 0
        if not head <= total <= LARGEST_PAYLOAD_BYTES:
            raise WireError("a message has a size that is not valid")
        end = begin + total
        if len(self._buffer) < end + 2:
            return None
        if self._buffer[end : end + 2] != b"\r\n":
            raise WireError("a message is not as long as it says")
        headers, status = _headers(bytes(self._buffer[begin : begin + head])) if head else ({}, "")
        data = bytes(self._buffer[begin + head : end])
        self._begin = end + 2
        reply = words[2] if len(words) == 3 + sizes else ""
        return Delivery(words[0], int(words[1]), reply, data, headers, status)


def _spoken(kind: bytes, rest: bytes) -> Heard:
    match kind:
        case b"PING":
            return Ping()
        case b"PONG":
            return Pong()
        case b"-ERR":
            return Complaint(rest.decode("utf-8", "replace").strip().strip("'"))
        case b"INFO":
            try:
                fields = orjson.loads(rest)
            except ValueError:
                fields = None
            if isinstance(fields, dict):
                return Info(fields)
    raise WireError("a line is not one of the protocol")


def _headers(raw: bytes) -> tuple[dict[str, str], str]:
    first, *lines = raw.decode("utf-8", "replace").split("\r\n")
    version, _, status = first.partition(" ")
    if version.encode() != VERSION:
        raise WireError("the headers of a message are not valid")
    pairs = (line.partition(":") for line in lines if line)
    return {name: value.strip() for name, _, value in pairs}, status


def connect(options: Mapping[str, object]) -> bytes:
    return b"CONNECT " + orjson.dumps(options) + b"\r\n"


def subscribe(subject: str, subscription: int) -> bytes:
    return f"SUB {subject} {subscription}\r\n".encode()


def unsubscribe(subscription: int) -> bytes:
    return f"UNSUB {subscription}\r\n".encode()


def publish(subject: str, data: bytes = b"", *, reply: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    """Headers are text without line ends."""
    to = f"{subject} {reply}".rstrip()
    if not headers:
        return b"".join((f"PUB {to} {len(data)}\r\n".encode(), data, b"\r\n"))
    head = VERSION + b"\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"\r\n"
    return b"".join((f"HPUB {to} {len(head)} {len(head) + len(data)}\r\n".encode(), head, data, b"\r\n"))


PING, PONG = b"PING\r\n", b"PONG\r\n"
