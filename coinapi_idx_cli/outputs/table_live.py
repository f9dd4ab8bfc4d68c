"""Rich's Live on a terminal that may be slow, shrink, or go away."""

from __future__ import annotations

import io
import os
import re
import select
import sys
from collections import deque
from collections.abc import Callable
from threading import Thread
from typing import TextIO, cast

from rich.console import Console, ConsoleRenderable, RenderableType
from rich.control import Control
from rich.live import Live
from rich.live_render import LiveRender
from rich.text import Text

from coinapi_idx_cli.outputs.table_text import UNICODE, clean

REFRESH_PER_SECOND = 4

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.TextIOBase):
    """A file descriptor as a text file that never raises.

    No buffer and so no lock: a write that a stopped terminal (Ctrl-S) holds up for ever must not hold up the end of
    the program, where Python would wait for the lock of `sys.stdout`.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        self._descriptor = descriptor
        self.encoding = encoding

    def isatty(self) -> bool:
        """Whether it is still there."""
        try:
            return os.isatty(self._descriptor)
        except OSError:
            return False

    def fileno(self) -> int:
        """The descriptor, for the terminal's size."""
        return self._descriptor

    def write(self, text: str) -> int:
        """Write all of it, or nothing when the terminal is gone: then nobody is there to miss it."""
        left = text.encode(self.encoding, "replace")
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError:
                break
        return len(text)


class Aside(io.TextIOBase):
    """Stands in for stderr while the table is up: what is written there appears above the table, not across it.

    Writing never waits for the terminal: the lines are picked up at the next repaint.
    """

    encoding = "utf-8"

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind
        self.encoding = behind.encoding
        self._lines: deque[str] = deque()
        self._partial = ""

    def isatty(self) -> bool:
        """No: who writes here is to send plain lines, no colours and no bars."""
        return False

    def fileno(self) -> int:
        """As the file behind."""
        return self.behind.fileno()

    def write(self, text: str) -> int:
        """Keep whole lines for `take`, and the start of one until its end comes."""
        *lines, self._partial = (self._partial + text).split("\n")
        self._lines.extend(lines)
        return len(text)

    def take(self) -> list[str]:
        """The lines since last time."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def rest(self) -> str:
        """All that nobody took, as it was written."""
        text = "".join(f"{line}\n" for line in self.take()) + self._partial
        self._partial = ""
        return text


class Screen(Live):
    """Live, with lines from stderr above it, and a clean start after the terminal shrank."""

    def __init__(self, console: Console, get_renderable: Callable[[], RenderableType]) -> None:
        self._aside: Aside | None = None
        self._columns = console.width
        # A frame that cannot be repainted in place is painted once, at the end.
        super().__init__(
            console=console,
            get_renderable=get_renderable,
            auto_refresh=console.is_interactive,
            refresh_per_second=REFRESH_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def up(self) -> None:
        """Paint the first frame, and go on painting in a thread of its own."""
        if self.console.is_interactive and sys.stderr is not None and sys.stderr.isatty():
            self._aside = Aside(sys.stderr)
            sys.stderr = cast(TextIO, self._aside)
        self.start(refresh=True)

    def down(self, timeout_s: float) -> None:
        """Paint the last frame and give the terminal back; a terminal that takes nothing is left after `timeout_s`."""
        painter = Thread(target=self.stop, daemon=True)
        painter.start()
        painter.join(timeout_s)
        aside, self._aside = self._aside, None
        if aside is None:
            return
        if sys.stderr is cast(TextIO, aside):
            sys.stderr = aside.behind
        aside.behind.write(aside.rest())

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Rich's hook, called at each repaint."""
        wipe = self._wipe()
        lines = self._aside.take() if self._aside else []
        return [*wipe, *super().process_renderables([*map(_plain, lines), *renderables])]

    def _wipe(self) -> list[ConsoleRenderable]:
        """Clear the screen after it became narrower: its lines have wrapped, and where the frame began is unknown."""
        width, self._columns = self._columns, self.console.width
        if self._columns >= width or not self.console.is_interactive:
            return []
        self._live_render = LiveRender(self._live_render.renderable, vertical_overflow=self.vertical_overflow)
        return [Control.clear(), Control.home()]


def _plain(line: str) -> Text:
    return Text(clean(_COLOURS.sub("", line).expandtabs(), UNICODE))
