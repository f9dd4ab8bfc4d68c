"""The feed's heartbeat messages on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Heartbeat:
    """Calls `beat` after `interval_s` of silence, and again after each further `interval_s`."""

    def __init__(self, interval_s: float, beat: Callable[[], None]) -> None:
        self._interval_s = interval_s
        self._beat = beat
        self._loop = asyncio.get_running_loop()
        self._sent_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def switch(self, on: bool) -> None:
        """Start or end the heartbeats. Silence counts from now on."""
        if on and self._timer is None:
            self.sent()
            self._wait()
        if not on:
            self.stop()

    def sent(self) -> None:
        """A message went out: silence begins again."""
        self._sent_at = self._loop.time()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = self._loop.call_at(self._sent_at + self._interval_s, self._look)

    def _look(self) -> None:
        if self._loop.time() >= self._sent_at + self._interval_s:
            self._beat()
            self.sent()
        self._wait()
