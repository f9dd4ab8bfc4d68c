"""Keys, read by the main loop while the table is in the foreground."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from contextlib import suppress

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.terminal.keys import Keys

READ_BYTES = 1024
NEVER_S = float("inf")


class Keyboard(Sink):
    """Polled like a sink, but for what is typed. `listens`: whether the keys are ours at the moment."""

    def __init__(
        self,
        descriptor: int,
        listens: Callable[[], bool],
        pressed: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._descriptor = descriptor
        self._listens = listens
        self._pressed = pressed
        self._clock = clock
        self._keys = Keys()
        self._is_gone = False

    def open(self, head: bytes) -> None:
        """Nothing is written to it."""

    def write(self, batch: Batch, data: bytes) -> None:
        """Nothing is written to it."""

    def fileno(self) -> int | None:
        return self._descriptor if not self._is_gone and self._listens() else None

    def wants(self) -> int:
        return select.POLLIN

    def ready(self, events: int) -> None:
        """A terminal that went away is another sink's business."""
        data = b""
        if self._listens():
            with suppress(OSError):
                data = os.read(self._descriptor, READ_BYTES)
        self._is_gone = not data and bool(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL))
        self._press(self._keys.add(data, self._clock()))

    def next_due_s(self) -> float:
        return self._keys.due_s()

    def tick(self, now: float) -> None:
        self._press(self._keys.tick(now))

    def _press(self, keys: list[str]) -> None:
        for key in keys:
            self._pressed(key)
