"""Streams of frames as a server may send them, and as none may, cut anywhere; and a second reader of them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from random import Random
from typing import NamedTuple

import websocket

from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.web_socket import BufferedWebSocket

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
# Where a length takes another form, and where it looks like the beginning of a frame.
_SIZES = (0, 1, 2, 124, 125, 126, 127, 128, 129, 130, 131, 255, 256, 257, 385, 1023, 1024, 1025)
_LARGE_SIZES = (65_535, 65_536)
PIECE_BYTES = 60_000  # as much as a socket takes, and one read brings
_MARKS = (b"\x81", b"\x81\x01{", b"\x81~\x00\x81", b"~\x00", b"{}", b"\xc3\x81", b"\x89\x00", b"\x80", b"\xff")
_CODES = (1000, 1001, 1002, 1003, 1008, 1011, 1012, 3000, 4999)
_BAD_CODES = (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535)


class Outcome(NamedTuple):
    """What came of a stream. `end`: "close", "error", or None where more could come."""

    texts: list[bytes]
    binaries: list[bytes]
    pongs: list[bytes]
    end: str | None


def streams(seed: int) -> Iterator[tuple[bytes, list[int]]]:
    """The bytes, and where they are cut; without end, and the same for the same seed."""
    random = Random(seed)
    while True:
        parts: list[bytes] = []
        for _ in range(random.randrange(1, 12)):
            parts += random.choice(_KINDS)(random)
        stream = b"".join(parts)
        if random.random() < 0.2:
            stream = _damaged(random, stream)
        yield stream, sorted(random.randrange(len(stream) + 1) for _ in range(random.choice((0, 1, 1, 2, 5, 20))))


def frame(
    opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0, mask: bytes = b"", form: int = 0
) -> bytes:
    """`form`: of the length, in as many bytes at the least."""
    size = len(payload)
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    bit = 0x80 if mask else 0
    if size < 126 and form == 0:
        length = bytes([bit | size])
    elif size < 65_536 and form <= 2:
        length = bytes([bit | 126]) + struct.pack("!H", size)
    else:
        length = bytes([bit | 127]) + struct.pack("!Q", size)
    return bytes([0x80 * final | reserved << 4 | opcode]) + length + mask + payload


def _payload(random: Random, most: int = 70_000) -> bytes:
    chance = random.random()
    size = random.randrange(200) if chance < 0.7 else random.choice(_SIZES if chance < 0.99 else _LARGE_SIZES)
    size = min(size, most)
    if random.random() < 0.5:
        return (b"{" + b"x" * max(0, size - 2) + b"}")[:size]
    some = b"".join(random.choices(_MARKS, k=min(size, 40)))
    return (some * (size // max(1, len(some)) + 1))[:size]


def _texts(random: Random) -> list[bytes]:
    return [frame(TEXT, _payload(random), form=random.choice((0, 0, 0, 2))) for _ in range(random.choice((1, 3, 40)))]


def _control(random: Random) -> list[bytes]:
    return [frame(random.choice((PING, PING, PONG)), _payload(random, 125))]


def _fragments(random: Random) -> list[bytes]:
    pieces = [_payload(random) for _ in range(random.randrange(1, 5))]
    frames = []
    for at, piece in enumerate(pieces):
        opcode = random.choice((TEXT, TEXT, BINARY)) if at == 0 else CONTINUATION
        frames.append(frame(opcode, piece, final=at == len(pieces) - 1))
        if random.random() < 0.3:
            frames += _control(random)
    return frames


def _binary(random: Random) -> list[bytes]:
    return [frame(BINARY, _payload(random))]


def _close(random: Random) -> list[bytes]:
    code = struct.pack("!H", random.choice(_CODES if random.random() < 0.7 else _BAD_CODES))
    return [frame(CLOSE, random.choice((b"", b"\x03", code, code + b"bye", code + b"\xff")))]


def _forbidden(random: Random) -> list[bytes]:
    payload = _payload(random)
    return [
        random.choice(
            (
                frame(TEXT, payload, mask=bytes(random.randrange(256) for _ in range(4))),
                frame(TEXT, payload, reserved=random.randrange(1, 8)),
                frame(random.choice((3, 7, 11, 15)), payload),
                frame(PING, payload, final=False),
                frame(PONG, payload + bytes(126)),
                frame(CONTINUATION, payload),
                frame(TEXT, payload, final=False) + frame(TEXT, payload),
            )
        )
    ]


_KINDS = (_texts, _texts, _texts, _texts, _control, _control, _fragments, _fragments, _binary, _close, _forbidden)


def _damaged(random: Random, stream: bytes) -> bytes:
    at = random.randrange(len(stream) + 1)
    match random.randrange(4):
        case 0:
            return stream[:at]
        case 1:
            return stream[:at] + stream[at + 1 :]
        case 2:
            return stream[:at] + bytes([random.randrange(256)]) + stream[at:]
        case _:
            return stream[:at] + bytes([random.randrange(256)]) + stream[at + 1 :]


def expected(stream: bytes) -> Outcome:
    """By RFC 6455, 5.2 to 5.5, but for what its readers are free to take: lengths in a longer form than needed."""
    outcome = Outcome([], [], [], None)
    message: tuple[int, bytes] | None = None
    at = 0
    while (cut := _frame_at(stream, at)) is not None:
        first, is_masked, payload, at = cut
        final, reserved, opcode = first >> 7, first >> 4 & 7, first & 15
        if reserved or is_masked or opcode not in (TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG):
            return outcome._replace(end="error")
        if opcode >= CLOSE and (not final or len(payload) > 125):
            return outcome._replace(end="error")
        if opcode == CLOSE:
            return outcome._replace(end="close" if _may_close_with(payload) else "error")
        if opcode == PING:
            outcome.pongs.append(payload)
        if opcode >= CLOSE:
            continue
        if (opcode == CONTINUATION) != (message is not None):
            return outcome._replace(end="error")
        kind, so_far = message or (opcode, b"")
        message = (kind, so_far + payload)
        if final:
            (outcome.texts if kind == TEXT else outcome.binaries).append(message[1])
            message = None
    return outcome


def _frame_at(stream: bytes, at: int) -> tuple[int, bool, bytes, int] | None:
    """First byte, whether it is masked, payload, end; None where it is not whole."""
    if len(stream) < at + 2:
        return None
    first, second = stream[at : at + 2]
    at += 2
    size = second & 127
    if size >= 126:
        width = 2 if size == 126 else 8
        if len(stream) < at + width:
            return None
        size, at = int.from_bytes(stream[at : at + width], "big"), at + width
    at += 4 * (second >> 7)
    return (first, bool(second >> 7), stream[at : at + size], at + size) if len(stream) >= at + size else None


def _may_close_with(payload: bytes) -> bool:
    if not payload:
        return True
    code = int.from_bytes(payload[:2], "big")
    return len(payload) >= 2 and (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code < 5000)


def found(stream: bytes, cuts: list[int]) -> Outcome:
    """What a connection makes of it, piece by piece."""
    outcome = Outcome([], [], [], None)
    server, client = socket.socketpair()
    with closing(server), closing(client):
        client.settimeout(0)
        web_socket = BufferedWebSocket()
        web_socket.hold(client)
        connection = Connection(1, Target(url="ws://127.0.0.1:1", hello=b""), web_socket)
        edges = sorted({0, *cuts, *range(0, len(stream), PIECE_BYTES), len(stream)})
        for begin, end in pairwise(edges):
            server.sendall(stream[begin:end])
            outcome = _read(connection, outcome, end - begin)
            if outcome.end is not None:
                break
        server.settimeout(0)
        sent = b""
        with suppress(BlockingIOError):
            while chunk := server.recv(65_536):
                sent += chunk
        outcome.pongs.extend(_pongs_in(sent))
    return outcome


def _read(connection: Connection, outcome: Outcome, size: int) -> Outcome:
    while size > 0 and outcome.end is None:
        reading = connection.read()
        size -= reading.byte_count
        outcome.texts.extend(reading.frames)
        outcome.binaries.extend(reading.binary)
        if reading.ended is not None:
            end = "error" if "broke the WebSocket protocol" in reading.ended.what else "close"
            outcome = outcome._replace(end=end)
    return outcome


def _pongs_in(sent: bytes) -> Iterator[bytes]:
    at = 0
    while (cut := _frame_at(sent, at)) is not None:
        first, is_masked, payload, end = cut
        assert is_masked
        mask = sent[end - len(payload) - 4 : end - len(payload)]
        if first & 15 == PONG:
            yield bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        at = end


class _Uncut(websocket.WebSocket):
    """The library by itself, over all of the bytes at once."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(skip_utf8_validation=True)
        self.stream = stream
        self.pongs: list[bytes] = []

    def _recv(self, bufsize: int) -> bytes:
        chunk, self.stream = self.stream[:bufsize], self.stream[bufsize:]
        if not chunk:
            raise EOFError
        return chunk

    def pong(self, payload: str | bytes = "") -> None:
        self.pongs.append(payload if isinstance(payload, bytes) else payload.encode())

    def send_close(self, status: int = 1000, reason: str | bytes = b"") -> None:
        """There is nobody."""


def by_the_library(stream: bytes) -> Outcome:
    """It also takes what no server may send: masked frames, and pongs in fragments or of any length."""
    library = _Uncut(stream)
    outcome = Outcome([], [], library.pongs, None)
    try:
        while True:
            opcode, whole = library.recv_data_frame()
            if opcode == CLOSE:
                return outcome._replace(end="close")
            (outcome.texts if opcode == TEXT else outcome.binaries).append(bytes(whole.data))
    except EOFError:
        return outcome
    except websocket.WebSocketException:
        return outcome._replace(end="error")


def compare(stream: bytes, cuts: list[int]) -> str:
    """How it ends, for all readers alike."""
    wanted, got, library = expected(stream), found(stream, cuts), by_the_library(stream)
    assert got == wanted, f"{stream!r} cut at {cuts}\n  is {got}\n not {wanted}"
    if wanted.end != "error":
        assert library == wanted, f"{stream!r}\n  is {library} to the library\n not {wanted}"
    return wanted.end or "open"
