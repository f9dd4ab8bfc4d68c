"""What waits to be sent on one connection: behind a delay, behind a full socket, behind a freeze; always in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

Item = bytes | Callable[[], None]
_FRAMES_IN_A_WRITE = 512


class Outbox:
    """Frames go to `write` as soon as they may; more than `limit` waiting ones call `on_full`, once.

    An action put in by `then` is called when everything before it has been written.
    """

    def __init__(self, write: Callable[[bytes], None], limit: int, on_full: Callable[[], None]) -> None:
        self.delay_s = 0.0
        self._write = write
        self._limit = limit
        self._on_full = on_full
        self._loop = asyncio.get_running_loop()
        self._late: deque[tuple[float, Sequence[Item]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._ready: deque[Item] = deque()
        self._socket_full = False
        self.held = False

    def __len__(self) -> int:
        """How many frames wait."""
        return len(self._ready) + sum(len(items) for _, items in self._late)

    def send(self, frames: Sequence[bytes]) -> None:
        self._put(frames)

    def then(self, action: Callable[[], None]) -> None:
        self._put([action])

    def replace(self, items: Sequence[Item]) -> None:
        """Drop all that waits and write `items` now, also to a socket that is full; a freeze still holds them."""
        self.clear()
        self._ready.extend(items)
        self._flush(even_if_full=True)

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False
        self._flush()

    def pause(self) -> None:
        """The transport's own buffer has passed its high mark."""
        self._socket_full = True

    def resume(self) -> None:
        """The transport's own buffer has fallen below its low mark."""
        self._socket_full = False
        # Not from within the transport's own write.
        self._loop.call_soon(self._flush)

    def clear(self) -> None:
        self._late.clear()
        self._ready.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _put(self, items: Sequence[Item]) -> None:
        if self.delay_s or self._late:
            self._postpone(items)
        else:
            self._pass_on(items)

    def _postpone(self, items: Sequence[Item]) -> None:
        # A delay that shrinks must not let later messages overtake earlier ones.
        due = max(self._loop.time() + self.delay_s, self._late[-1][0] if self._late else 0.0)
        self._late.append((due, items))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._pass_on_due)

    def _pass_on_due(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._late and self._late[0][0] <= now:
            self._pass_on(self._late.popleft()[1])
        if self._late:
            self._timer = self._loop.call_at(self._late[0][0], self._pass_on_due)

    def _pass_on(self, items: Sequence[Item]) -> None:
        self._ready.extend(items)
        self._flush()
        if len(self._ready) > self._limit:
            self._on_full()

    def _flush(self, even_if_full: bool = False) -> None:
        while self._ready and not self.held and (even_if_full or not self._socket_full):
            item = self._ready[0]
            if isinstance(item, bytes):
                self._write(self._take_frames())
            else:
                self._ready.popleft()
                item()

    def _take_frames(self) -> bytes:
        ready, run = self._ready, bytearray()
        for _ in range(min(len(ready), _FRAMES_IN_A_WRITE)):
            item = ready[0]
            if not isinstance(item, bytes):
                break
            run += item
            ready.popleft()
        return bytes(run)
