"""Control frames go out as far as the socket takes them; what waits is bounded, and keeps its frames whole."""

from __future__ import annotations

import pytest
import websocket

from coinapi_idx_cli.transport.control_frames import ControlFrames

PING, PONG, CLOSE = websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG, websocket.ABNF.OPCODE_CLOSE
MASKED = 0x80


class Socket:
    """Takes so many bytes, then none until it gets more room."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.sent = b""
        self.error: OSError | None = None

    def send(self, data: bytes, /) -> int:
        if self.error is not None:
            raise self.error
        if not self.room:
            raise BlockingIOError
        taken = data[: self.room]
        self.room -= len(taken)
        self.sent += taken
        return len(taken)

    def frames(self) -> list[tuple[int, bytes]]:
        """What was sent, unmasked."""
        found, rest = [], self.sent
        while rest:
            assert rest[1] & MASKED
            size, mask = rest[1] & ~MASKED, rest[2:6]
            payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(rest[6 : 6 + size]))
            assert len(payload) == size, "a frame without its end"
            found.append((rest[0] & 0x0F, payload))
            rest = rest[6 + size :]
        return found


def test_what_the_socket_takes_goes_out_at_once() -> None:
    sock, control_frames = Socket(1000), ControlFrames()
    control_frames.add(PONG, b"one")
    control_frames.flush(sock)
    assert sock.frames() == [(PONG, b"one")]
    assert not control_frames.is_waiting


def test_of_pongs_that_wait_the_latest_is_kept_and_a_begun_frame_is_finished() -> None:
    sock, control_frames = Socket(4), ControlFrames()
    for number in range(1000):
        control_frames.add(PONG, b"pong %d" % number)
        control_frames.flush(sock)
    control_frames.add(PING, b"")
    control_frames.add(CLOSE, b"\x03\xe8")
    assert control_frames.is_waiting
    while control_frames.is_waiting:
        sock.room = 1
        control_frames.flush(sock)
    assert sock.frames() == [(PONG, b"pong 0"), (PONG, b"pong 999"), (PING, b""), (CLOSE, b"\x03\xe8")]


def test_nothing_follows_a_close_frame() -> None:
    sock, control_frames = Socket(1000), ControlFrames()
    control_frames.add(CLOSE, b"\x03\xe8")
    control_frames.add(PONG, b"late")
    control_frames.add(CLOSE, b"\x03\xe9")
    control_frames.flush(sock)
    assert sock.frames() == [(CLOSE, b"\x03\xe8")]


def test_a_lost_connection_leaves_nothing_that_waits() -> None:
    sock, control_frames = Socket(4), ControlFrames()
    control_frames.add(PONG, b"pong")
    control_frames.flush(sock)
    sock.error = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        control_frames.flush(sock)
    assert not control_frames.is_waiting
