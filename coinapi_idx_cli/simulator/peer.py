"""One client as a test sees it: safe to use from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Literal

from coinapi_idx_cli.simulator.connection import ClientConnection
from coinapi_idx_cli.simulator.frames import binary_frame, fragmented_text, text_frame
from coinapi_idx_cli.simulator.loop_thread import LoopThread


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


class Peer:
    """A connection that a client made, open or not. `number` counts them from 1.

    What is sent keeps its order, also behind a delay, a full socket or a freeze.
    """

    def __init__(
        self, number: int, connection: ClientConnection, loop: LoopThread, changed: threading.Condition
    ) -> None:
        self.number = number
        self._connection = connection
        self._loop = loop
        self._changed = changed
        request = connection.socket.request
        self.path: str = request.path if request else ""
        """The path of the upgrade, with its query."""
        self.headers: Mapping[str, str] = request.headers if request else {}
        """The headers of the upgrade; names in any case."""

    @property
    def received(self) -> list[str]:
        """The text messages of the client so far."""
        return list(self._connection.received)

    @property
    def greeted(self) -> bool:
        """Whether a first hello or subscribe has come and was right."""
        return self._connection.greeted

    @property
    def is_open(self) -> bool:
        """Whether neither side has begun to close."""
        return not self._connection.closed and self._connection.is_open

    @property
    def is_over(self) -> bool:
        """Whether the TCP connection is over."""
        return self._connection.closed

    @property
    def close_code(self) -> int | None:
        """The code of the client's close frame, once the connection is over; `None` without such a frame."""
        return self._connection.close_code

    @property
    def delay_s(self) -> float:
        """How much later each message is delivered, from the next one on."""
        return self._connection.outbox.delay_s

    @delay_s.setter
    def delay_s(self, seconds: float) -> None:
        self._loop.call(lambda: setattr(self._connection.outbox, "delay_s", seconds))

    def send_text(self, text: str | bytes) -> None:
        """Send one text message, whatever it holds."""
        self._send([text_frame(_bytes(text))])

    def send_binary(self, data: bytes) -> None:
        """Send one binary message."""
        self._send([binary_frame(data)])

    def send_fragments(self, parts: Sequence[str | bytes]) -> None:
        """Send one text message in several frames."""
        self._send(fragmented_text([_bytes(part) for part in parts]))

    def send_bytes(self, raw: bytes) -> None:
        """Put raw bytes on the stream: half a frame, garbage."""
        self._send([raw])

    def ping(self, payload: bytes = b"") -> Future[float]:
        """Ping past all that waits. The future's result is the seconds until the pong."""
        return self._loop.start(self._connection.ping(payload))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame after all that waits, and drop the TCP connection when the client has answered."""
        self._loop.call(lambda: self._connection.close(code, reason))

    def cut(self, how: Literal["fin", "rst"] = "fin") -> None:
        """End the TCP connection at once without a close frame; what waits (delay, full socket) is lost."""
        self._loop.call(lambda: self._connection.cut(how))

    def freeze(self) -> None:
        """Send and read nothing, no pong either, while the TCP connection stays open."""
        self._loop.call(self._connection.freeze)

    def thaw(self) -> None:
        """Go on after a freeze, with all that has waited."""
        self._loop.call(self._connection.thaw)

    def wait_closed(self, timeout_s: float = 10.0) -> None:
        """Wait until the TCP connection is over. Raises `TimeoutError`."""
        self._wait(lambda: self._connection.closed, timeout_s, f"connection {self.number} is still open")

    def wait_received(self, count: int, timeout_s: float = 10.0) -> str:
        """Wait for the client's `count`-th text message and return it. Raises `TimeoutError`."""
        received = self._connection.received
        self._wait(lambda: len(received) >= count, timeout_s, f"connection {self.number} sent {len(received)} messages")
        return received[count - 1]

    def _send(self, frames: Sequence[bytes]) -> None:
        self._loop.call(lambda: self._connection.send(frames))

    def _wait(self, arrived: Callable[[], bool], timeout_s: float, otherwise: str) -> None:
        with self._changed:
            if not self._changed.wait_for(arrived, timeout_s):
                raise TimeoutError(f"{otherwise} after {timeout_s:g} s")
