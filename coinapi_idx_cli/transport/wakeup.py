"""What ends the main thread's wait from outside: signals, and threads that have something to say."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Wakeup:
    """A pipe to itself: `wake` from any thread makes `fileno` readable. `signal_number` is the first one that came."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self.signal_number: int | None = None

    def fileno(self) -> int:
        return self._read

    def wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: it will wake anyhow; closed: nobody sleeps
            os.write(self._write, b"\0")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._read, 4096)

    @contextmanager
    def catching(self, *numbers: signal.Signals) -> Iterator[None]:
        """While it lasts, these signals ask the loop to stop; a second one does what it does by default."""
        before = {number: signal.signal(number, self._note) for number in numbers}
        wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal_number is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.signal_number = number
