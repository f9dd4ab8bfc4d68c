"""`-f table`: the last value of each index, repainted in place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import Lock
from typing import TextIO, cast

from rich.console import Console, RenderableType
from rich.text import Text

from coinapi_idx_cli.outputs.base import Output, OutputContext
from coinapi_idx_cli.outputs.table_frame import Painter, Scene
from coinapi_idx_cli.outputs.table_live import Screen, Terminal
from coinapi_idx_cli.outputs.table_rows import Rows
from coinapi_idx_cli.outputs.table_text import ASCII, UNICODE
from coinapi_idx_cli.protocol.batch import Batch

# A stopped or dead terminal must not keep the program from ending within its two seconds, of which
# the farewell to the server takes one.
_LAST_FRAME_TIMEOUT_S = 0.5


class Table(Output):
    """A live table. `write` notes values; a thread of rich's paints them, about four times a second."""

    name = "table"
    summary = "a live table of the last values, on a terminal"
    nap_s = 0.02  # painted four times a second

    def __init__(
        self,
        context: OutputContext,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts the seconds that `context.status` is told in."""
        super().__init__(context)
        self._console = console or _console_on_stdout()
        self._clock = clock
        self._rows = Rows(context.index_ids)
        # Held for one batch, or for the copy of the rows on the screen: never while painting.
        self._lock = Lock()
        self._painter = Painter(UNICODE if self._console.encoding.startswith("utf") else ASCII, redact=context.clean)
        self._screen: Screen | None = None
        self._closing = False

    def open(self) -> None:
        """Paint the first frame and start repainting."""
        self._screen = Screen(self._console, self._frame)
        self._screen.up()

    def write(self, batch: Batch) -> None:
        """Note the values. Never waits for the terminal."""
        now_s = self._clock()
        with self._lock:
            self._rows.take(batch.values, batch.texts, now_s)

    def close(self) -> None:
        """Leave the last frame on the screen, with a closing line. Does nothing the second time."""
        screen, self._screen = self._screen, None
        if screen is not None:
            self._closing = True
            screen.down(_LAST_FRAME_TIMEOUT_S)

    def render(self, width: int, height: int | None = None) -> RenderableType:
        """The frame of this moment for a terminal of that many columns and lines; `height` None: all rows.

        While the table is open its own thread calls this; others may when it is not.
        """
        with self._lock:
            rows, total = self._rows.snapshot(height), len(self._rows)
        scene = Scene(rows, total, self.context.status, self._clock(), self._closing)
        return self._painter.paint(scene, width, height)

    def _frame(self) -> RenderableType:
        if self._console.is_interactive:
            return self.render(*self._console.size)
        return self.render(self._console.width) if self._closing else Text()


def _console_on_stdout() -> Console:
    try:
        terminal = Terminal(sys.stdout.fileno(), sys.stdout.encoding)
    except (OSError, ValueError, AttributeError):
        return Console()  # stdout is no file of the system's, as in a test
    return Console(file=cast(TextIO, terminal))
