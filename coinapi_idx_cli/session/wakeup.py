"""What ends the main thread's wait from outside: signals, and threads that have something to say."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from types import FrameType

# `timeout` sends its signal to the program and then to its group, and a Ctrl-C beneath it comes from the terminal, too.
SAME_SIGNAL_S = 0.5


class Wakeup:
    """Ends the wait of the main thread from a signal or another thread.

    A pipe to itself: `wake` from any thread makes `fileno` readable. `signal_number` is the first one that came.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._is_closed = False
        self._changing = RLock()  # a thread that is about to write must not find the pipe closed
        self._requests: list[int] = []
        self._is_end: Callable[[int], bool] = lambda _: False
        self.signal_number: int | None = None
        self.signalled_s = float("inf")  # when, by the monotonic clock
        self.end_reason: str | None = None

    def fileno(self) -> int:
        return self._read

    def wake(self) -> None:
        with self._changing, suppress(BlockingIOError):  # full: it will wake anyhow
            if not self._is_closed:
                os.write(self._write, b"\0")

    def end(self, reason: str) -> None:
        """From the main thread: somebody asked for the end, in another way than by a signal."""
        self.end_reason = reason

    def clear(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._read, 4096)

    @property
    def has_requests(self) -> bool:
        """Whether `take_requests` has something to return."""
        return bool(self._requests)

    def take_requests(self) -> list[int]:
        """The signals that came since the last call and ask for something else than to stop."""
        requests, self._requests = self._requests, []
        return requests

    @contextmanager
    def catching(
        self,
        *numbers: signal.Signals,
        requests: Sequence[signal.Signals] = (),
        is_end: Callable[[int], bool] = lambda _: False,
    ) -> Iterator[None]:
        """While it lasts, these signals ask the loop to stop; one that comes later does what it does by default.

        `is_end` tells, when one of `requests` comes, whether it asks for that, too.
        """
        self._is_end = is_end
        before = {number: signal.signal(number, self._note) for number in numbers}
        for number in requests:
            signal.signal(number, self._note_request)
        wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            for number in requests:
                signal.signal(number, signal.SIG_IGN)  # one that comes now is too late, and no reason to die of it

    def close(self) -> None:
        """A thread that still connects may call `wake` later; that number may belong to another file by then."""
        with self._changing:
            self._is_closed = True
            os.close(self._read)
            os.close(self._write)

    def _note_request(self, number: int, frame: FrameType | None) -> None:
        if not self._is_end(number):
            self._requests.append(number)
        elif self.signal_number is None:
            self._note(number, frame)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal_number is not None:
            if time.monotonic() < self.signalled_s + SAME_SIGNAL_S:
                return
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.signal_number = number
        self.signalled_s = time.monotonic()
