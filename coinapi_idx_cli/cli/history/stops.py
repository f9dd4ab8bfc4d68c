"""Signals end a run where it waits, and nowhere else: what is being written is written to its end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from coinapi_idx_cli.cli.signals import not_ignored

T = TypeVar("T")


class StoppedBySignal(BaseException):
    """A signal came while the run waited for something."""


class Stops:
    """Which signal came. `exit_code`: that of the process then."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._waits = False

    @property
    def exit_code(self) -> int:
        return 128 + (self.number or 0)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Within it signals do not end the process."""
        numbers = not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        before = [(number, signal.signal(number, self._note)) for number in numbers]
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)

    def during(self, work: Callable[[], T]) -> T:
        """Work that a signal may end. Raises StoppedBySignal, also for one that came before."""
        try:
            self._waits = True
            if self.number is not None:
                raise StoppedBySignal
            return work()
        finally:
            self._waits = False

    def sleep(self, seconds: float) -> None:
        """Raises StoppedBySignal."""
        self.during(lambda: time.sleep(seconds))

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
        if self._waits:
            self._waits = False
            raise StoppedBySignal
