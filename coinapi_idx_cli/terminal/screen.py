"""Frames on a terminal that may be slow, change its size, belong to another program for a while, or go away."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable
from signal import Signals as SignalNumber
from threading import Event, Lock, Thread
from typing import TextIO, cast

from coinapi_idx_cli.terminal.regions import Region
from coinapi_idx_cli.terminal.signals import ENDING, Signals
from coinapi_idx_cli.terminal.stderr_above import StderrAbove
from coinapi_idx_cli.terminal.terminal import Terminal
from coinapi_idx_cli.terminal.text import Glyphs, clean

REFRESH_PER_SECOND = 4

# What a handler of signals may wait for a frame that is being written.
_PATIENCE_S = 0.3

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Paint = Callable[[int, int], list[str]]  # columns and lines -> the frame's lines, with their colours


class Screen:
    """Paints four times a second, in place, in a thread of its own. Lines for stderr appear above the frame."""

    def __init__(
        self,
        terminal: Terminal,
        paint: Paint,
        glyphs: Glyphs,
        place: Region,
        ending: Iterable[SignalNumber] = ENDING,
    ) -> None:
        """`ending`: the signals that end the program."""
        self._terminal = terminal
        self._paint = paint
        self._glyphs = glyphs
        self._place = place
        self._signals = Signals(self._leave, self._pause, self._come_back, ending)
        self._above: StderrAbove | None = None
        self._ended = Event()
        self._wanted = Event()  # a frame, or the end
        self._writing = Lock()
        self._is_up = False  # the screen is as a frame needs it
        self._is_paused = False
        self._is_leaving = False
        self.failure: Exception | None = None  # why there are no more frames

    def up(self) -> None:
        """Paint the first frame, and go on painting."""
        if sys.stderr is not None and sys.stderr.isatty():
            self._above = StderrAbove(sys.stderr)
            sys.stderr = cast(TextIO, self._above)
        self._signals.catch()
        Thread(target=self._go_on, name="screen", daemon=True).start()

    @property
    def has_keys(self) -> bool:
        """Whether what is typed is for this screen: it is painted at present, and its terminal is ours."""
        return self._is_up and not self._is_paused and not self._is_leaving and self._terminal.is_ours()

    def repaint_soon(self) -> None:
        """Not only when it is time for the next frame."""
        self._wanted.set()

    @property
    def holds_stderr(self) -> bool:
        """Whether what goes to stderr ends up on this screen."""
        return self._above is not None

    def down(self, timeout_s: float) -> None:
        """Paint the last frame and give the terminal back; a terminal that takes nothing is left after `timeout_s`."""
        self._ended.set()
        self._wanted.set()
        self._signals.write_in_background()
        painter = Thread(target=self._say_farewell, name="screen-end", daemon=True)
        painter.start()
        painter.join(timeout_s)
        self._terminal.unmute()
        self._signals.release()
        aside, self._above = self._above, None
        if aside is not None:
            if sys.stderr is cast(TextIO, aside):
                sys.stderr = aside.behind
            aside.behind.write(aside.rest())
            aside.behind.flush()

    # -- painting ------------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        due_s = time.monotonic()
        while self.failure is None:
            self._repaint()
            due_s = max(due_s + 1 / REFRESH_PER_SECOND, time.monotonic())
            self._wanted.wait(due_s - time.monotonic())
            self._wanted.clear()
            if self._ended.is_set():
                return

    def _say_farewell(self) -> None:
        if self.failure is None:
            if self._place.waits_in_background and not self._terminal.is_ours():
                self._write_plainly()
            else:
                self._repaint(is_last=True)
        with self._writing:
            if self._is_up:
                self._terminal.write(_SHOW_CURSOR)

    def _write_plainly(self) -> None:
        """In the background: once, below what the shell and other programs wrote, and nothing that moves the cursor."""
        with self._writing:
            self._is_up = False
            lines = [
                *self._lines_above(),
                *(_COLOURS.sub("", line).rstrip() for line in self._paint(*self._terminal.size())),
            ]
            self._terminal.write("".join(f"{line}\n" for line in lines))

    def _repaint(self, *, is_last: bool = False) -> None:
        with self._writing:
            if self._is_leaving and self._place.is_away and not is_last:
                return
            if self._is_paused or not self._terminal.is_ours():
                self._is_up = False
                if not self._is_paused and not self._place.waits_in_background:
                    self._terminal.write("".join(f"{line}\n" for line in self._lines_above()))
                return
            try:
                self._terminal.write(self._begin(is_last=is_last) + self._frame(is_last=is_last))
            except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to: the main thread does it
                self.failure = error

    def _begin(self, *, is_last: bool) -> str:
        if self._is_up:
            return ""
        self._is_up = True
        self._place.restart()
        if self._is_leaving or is_last:
            return ""
        self._terminal.mute()
        return self._place.enter() + _HIDE_CURSOR

    def _frame(self, *, is_last: bool) -> str:
        size = self._terminal.size()
        draw = self._place.last if is_last else self._place.frame
        return draw(self._paint(*size), self._lines_above(), size[0])

    def _lines_above(self) -> list[str]:
        return [_plain(line, self._glyphs) for line in self._above.take_lines()] if self._above else []

    # -- signals -------------------------------------------------------------------------------------------------------

    def _leave(self, number: int) -> None:
        """The end has come: whatever happens from here on, the cursor shows and keys echo."""
        if number == SignalNumber.SIGHUP and self._terminal.isatty():
            return  # the run may only open its event log again
        self._is_leaving = True
        if self._is_up:
            self._terminal.write_if_it_listens(self._place.leave() + _SHOW_CURSOR)
        self._terminal.unmute()

    def _pause(self) -> None:
        self._is_paused = True
        # The painter may wait for the very thread that this signal interrupts; then it writes after we have gone on.
        is_between_frames = self._writing.acquire(timeout=_PATIENCE_S)
        if self._is_up:
            self._terminal.write_if_it_listens(self._place.leave() + _SHOW_CURSOR)
        self._terminal.unmute()
        if is_between_frames:
            self._writing.release()

    def _come_back(self) -> None:
        """The next frame begins where the cursor is: what was above belongs to the shell.

        Not so when the program ends and was not stopped: `timeout` sends SIGCONT behind its SIGTERM, in any case.
        """
        if not self._is_leaving or self._is_paused:
            self._is_up = self._is_paused = False


def _plain(line: str, glyphs: Glyphs) -> str:
    return clean(_COLOURS.sub("", line).expandtabs(), glyphs)
