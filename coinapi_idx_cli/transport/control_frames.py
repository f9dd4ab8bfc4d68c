"""What a connection sends once it is open: control frames, as far as the socket takes them, without ever waiting."""

from __future__ import annotations

import ssl
from typing import Protocol

from coinapi_idx_cli.transport.library import websocket

WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class NonBlockingSocket(Protocol):
    """A socket that does not block."""

    def send(self, data: bytes, /) -> int: ...


class ControlFrames:
    """The control frames that wait to be sent.

    Bounded: of pongs and pings that wait, the latest is enough (RFC 6455, 5.5.3), and there is one close frame.
    """

    def __init__(self) -> None:
        self._begun = b""  # the rest of a frame whose beginning was sent
        self._frames: dict[int, bytes] = {}  # by opcode, in the order in which they go out
        self._is_closing = False

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that the socket did not take."""
        return bool(self._begun or self._frames)

    def add(self, opcode: int, payload: bytes) -> None:
        """Nothing follows a close frame."""
        if self._is_closing:
            return
        self._is_closing = opcode == websocket.ABNF.OPCODE_CLOSE
        self._frames[opcode] = websocket.ABNF.create_frame(payload, opcode).format()

    def flush(self, sock: NonBlockingSocket) -> None:
        """Send what the socket takes. Raises OSError when the connection is lost; then nothing waits any more."""
        try:
            while self.is_waiting:
                self._begun = self._begun or self._frames.pop(next(iter(self._frames)))
                self._begun = self._begun[sock.send(self._begun) :]
        except WOULD_WAIT:
            pass
        except OSError:
            self._begun, self._frames = b"", {}
            raise
