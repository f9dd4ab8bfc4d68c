"""Servers that send without an end, at each step of a connection: what the program takes of memory stays small."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.cli.watch.floods.flooded import HEARTBEAT, MIB, Flooded, frame, sending
from tests.transport.servers import read_request, serving

AT_REST_BYTES = 48 * MIB  # of a run that is not flooded, with room
FLOOD_BYTES = 400 * MIB
PIECE = b"x" * MIB


def flood(peer: socket.socket, begin: bytes, piece: bytes) -> None:
    read_request(peer)
    peer.sendall(begin)
    with suppress(OSError):
        for _ in range(FLOOD_BYTES // len(piece)):
            peer.sendall(piece)


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"HTTP/1.1 101 Go\r\nX: ", PIECE),
        (b"HTTP/1.1 101 Go\r\n", b"Set-Cookie: x=y\r\n" * 60_000),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40_000),
        (b"HTTP/1.1 404 No\r\nContent-Length: 999999999999\r\n\r\n", PIECE),
        (b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", PIECE),
    ],
    ids=["a line", "lines", "hints", "a body", "a chunk"],
)
def test_an_answer_to_the_upgrade(begin: bytes, piece: bytes) -> None:
    with serving(lambda peer: flood(peer, begin, piece)) as port:
        run = Flooded(port, "--all")
    assert run.code == 4, run.err
    assert run.peak_bytes < AT_REST_BYTES + 16 * MIB


def one_frame() -> Iterator[bytes]:
    yield frame(HEARTBEAT) + b"\x81\x7f" + (1 << 40).to_bytes(8, "big")
    for _ in range(FLOOD_BYTES // len(PIECE)):
        yield PIECE


def fragments() -> Iterator[bytes]:
    yield frame(HEARTBEAT) + b"\x01\x00"
    for _ in range(FLOOD_BYTES // MIB):
        yield (b"\x00\x7e\xff\xff" + b"x" * 65535) * 16


def tiny_fragments() -> Iterator[bytes]:
    yield frame(HEARTBEAT) + b"\x01\x00"
    for _ in range(FLOOD_BYTES // MIB):
        yield b"\x00\x01x" * (MIB // 3)


def a_ping() -> Iterator[bytes]:
    yield frame(HEARTBEAT) + b"\x89\x7f" + (1 << 62).to_bytes(8, "big")
    for _ in range(FLOOD_BYTES // len(PIECE)):
        yield PIECE


@pytest.mark.parametrize("script", [one_frame, fragments, tiny_fragments, a_ping])
def test_a_message(script: object) -> None:
    with sending(script) as port:  # type: ignore[arg-type]
        run = Flooded(port, "--all", "--reconnect", "never")
    assert run.code == 5, run.err
    assert run.peak_bytes < AT_REST_BYTES + 24 * MIB
