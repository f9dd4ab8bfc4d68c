"""Frames that RFC 6455 forbids a server end the connection, after what was good, with the code 1002."""

from __future__ import annotations

import socket

import pytest

from tests.bench.messages import frames
from tests.harness import GENEROUS_S
from tests.transport.connections import connected, read_to_the_end

GOOD = frames(1)[0]
PAYLOAD = GOOD[2:] if GOOD[1] < 126 else GOOD[4:]
MASK = b"\x01\x02\x03\x04"
PROTOCOL_ERROR = 1002


def masked(first: int, payload: bytes) -> bytes:
    return bytes([first, 0x80 | len(payload)]) + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


FORBIDDEN = {
    "a masked text": masked(0x81, b"{}"),
    "a masked text of no bytes": masked(0x81, b""),
    "a masked long text": b"\x81\xfe\x01\x00" + MASK + bytes(256),
    "a masked binary": masked(0x82, b"{}"),
    "a masked ping": masked(0x89, b"hi"),
    "a masked close": masked(0x88, b"\x03\xe8"),
    "a masked first fragment": masked(0x01, b"{") + b"\x80\x01}",
    "a masked last fragment": b"\x01\x01{" + masked(0x80, b"}"),
    "the first reserved bit": b"\xc1\x02{}",
    "the second reserved bit": b"\xa1\x02{}",
    "the third reserved bit": b"\x91\x02{}",
    "a reserved bit of a ping": b"\xc9\x00",
    **{f"opcode {opcode}": bytes([0x80 | opcode, 2]) + b"{}" for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a ping in fragments": b"\x09\x01a\x80\x01b",
    "a pong in fragments": b"\x0a\x01a\x80\x01b",
    "a close in fragments": b"\x08\x02\x03\xe8\x80\x00",
    "a long ping": b"\x89\x7e\x00\x7e" + bytes(126),
    "a long pong": b"\x8a\x7e\x00\x7e" + bytes(126),
    "a long close": b"\x88\x7e\x00\x7e\x03\xe8" + b"x" * 124,
    "a continuation without a beginning": b"\x80\x02{}",
    "a continuation that is not the last, without a beginning": b"\x00\x02{}",
    "a message within another": b"\x01\x01{" + b"\x81\x02{}",
    "a first fragment within another message": b"\x01\x01{" + b"\x01\x01{",
    "a binary message within another": b"\x01\x01{" + b"\x82\x02{}",
    "a close of one byte": b"\x88\x01a",
    "a close with a code that none may send": b"\x88\x02\x03\xed",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_no_server_may_send_ends_the_connection(name: str) -> None:
    answers: list[bytes] = []

    def handle(peer: socket.socket) -> None:
        peer.settimeout(GENEROUS_S)
        peer.sendall(GOOD + FORBIDDEN[name] + GOOD)
        answers.append(peer.recv(100))

    with connected(handle) as connection:
        received, error = read_to_the_end(connection)
    assert received == [PAYLOAD]
    assert "broke the WebSocket protocol" in error.what
    assert error.close_code is None
    head, mask, code = answers[0][:2], answers[0][2:6], answers[0][6:8]
    assert head[0] == 0x88
    assert int.from_bytes(bytes(a ^ b for a, b in zip(code, mask, strict=False)), "big") == PROTOCOL_ERROR


def test_control_frames_of_125_bytes_are_fine() -> None:
    pong = b"\x8a\x7d" + bytes(125)

    def handle(peer: socket.socket) -> None:
        peer.sendall(pong + b"\x89\x7d" + bytes(125) + GOOD)
        peer.recv(1000)

    with connected(handle) as connection:
        assert read_to_the_end(connection)[0] == [PAYLOAD]
