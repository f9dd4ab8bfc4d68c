"""The terminal is right again before a signal ends or stops the program, and the table comes back after `fg`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

Handler = Callable[[int, FrameType | None], object] | int | None


class Signals:
    """Handlers in front of those there are. `leave` and `come_back` must not wait: they run within the main thread."""

    def __init__(
        self,
        leave: Callable[[int], None],
        pause: Callable[[], None],
        come_back: Callable[[], None],
        ending: Iterable[signal.Signals] = ENDING,
    ) -> None:
        """`leave` for good, when one of `ending` came, which it is given; `pause` until `come_back`."""
        self._ending = ending
        self._leave = leave
        self._pause = pause
        self._come_back = come_back
        self._before: dict[int, Handler] = {}

    def catch(self) -> None:
        """Only the main thread can; from any other this does nothing."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self._ending:
            self._put(number, self._end)
        self._put(signal.SIGTSTP, self._stop)
        self._put(signal.SIGCONT, self._continue)

    def write_in_background(self) -> None:
        """From now on: after `stty tostop` that would stop the program for good, right before its end."""
        if self._before:
            self._before.setdefault(signal.SIGTTOU, signal.signal(signal.SIGTTOU, signal.SIG_IGN))

    def release(self) -> None:
        """Put back what was there."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _put(self, number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> None:
        before = signal.getsignal(number)
        # What is ignored, as under nohup or in a shell without job control, stays so.
        if before is not signal.SIG_IGN and before is not None:
            self._before[number] = before
            signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._leave(number)
        before = self._before.get(number)
        if callable(before):
            before(number, frame)
        else:
            _do_default(number)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._pause()
        _do_default(number)
        # Here the program goes on, after `fg` or `bg`.
        signal.signal(number, self._stop)
        self._come_back()

    def _continue(self, _number: int, _frame: FrameType | None) -> None:
        self._come_back()


def _do_default(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
