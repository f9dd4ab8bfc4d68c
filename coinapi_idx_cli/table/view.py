"""`-f table`: the last value of each index, repainted in place.

each batch       rows: one loop, and nothing that can wait
four times a     rows -> order, trail, delays, flash -> cells -> columns -> lines -> frame, with status above and
second           below: pure, made of rich's Text
on a terminal    pen: Text -> what it understands; live: frames in place, in a thread of its own; place: where that is;
                 aside: stderr meanwhile; signals, terminal: leave it as it was found
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from threading import Lock

from msgspec import Struct
from rich.text import Text

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.journal import Journal, SilentJournal
from coinapi_idx_cli.outputs.base import View
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.table.frame import Painter, Scene
from coinapi_idx_cli.table.rows import Rows
from coinapi_idx_cli.terminal.regions import Block, FullScreen
from coinapi_idx_cli.terminal.screen import Screen
from coinapi_idx_cli.terminal.style import Pen
from coinapi_idx_cli.terminal.terminal import Terminal

# A stopped or dead terminal must not keep the program from ending within its two seconds, of which
# the farewell to the server takes one.
_LAST_FRAME_TIMEOUT_S = 0.5

TOO_MANY_ROWS = "the feed has more indexes than the table can hold; those that have been quiet longest are dropped"


class TableContext(Struct, frozen=True):
    """What the table may know of the run."""

    status: Status  # live: read when painting, never changed here
    index_ids: tuple[str, ...] = ()  # as asked for; empty with --all
    sort: Sort = Sort.ASKED
    clean: Callable[[str], str] = str  # takes secrets and control characters out
    journal: Journal = SilentJournal()
    stdout: Sink | None = None  # polled, so that a terminal that goes away ends the run


class Table(View):
    """A live table. `write` notes values; a thread paints them, four times a second."""

    nap_s = 0.02  # painted four times a second

    def __init__(
        self,
        context: TableContext,
        terminal: Terminal | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`clock` counts the seconds that `context.status` is counted in, `wall` those since 1970."""
        self._context = context
        self.sinks = () if context.stdout is None else (context.stdout,)
        self._terminal = terminal or Terminal(sys.stdout.fileno(), sys.stdout.encoding)
        self._pen = Pen(self._terminal, environ)
        self._clock = clock
        self._wall = wall
        self._rows = Rows(context.index_ids, context.sort)
        # Held for one batch, or for the copy of the rows on the screen: never while painting.
        self._lock = Lock()
        self._painter = Painter(self._pen.glyphs, context.clean, context.sort, has_colour=self._pen.has_colour)
        self._screen: Screen | None = None
        self._is_open = self._is_closing = False

    def open(self) -> None:
        """Paint the first frame and start repainting; on a terminal that cannot, only say what is to come."""
        self._is_open = True
        if not self._pen.can_repaint:
            self._note("this terminal can show the table only at the end")
            return
        if not self._terminal.is_ours() and not self._terminal.stops_writers():
            self._note("in the background, the table appears only at the end")
        place = FullScreen() if self._pen.has_alternate_screen else Block()
        self._screen = Screen(self._terminal, self._lines, self._pen.glyphs, place)
        self._screen.up()
        self.shows_warnings = self._screen.holds_stderr

    def _note(self, text: str) -> None:
        self._terminal.write_if_it_listens(f"{text}; -f ndjson shows values as they come\n")

    def write(self, batch: Batch) -> None:
        """Note the values. Never waits for the terminal. Raises what keeps the table from being painted."""
        now_s = self._clock()
        with self._lock:
            dropped = self._rows.dropped
            self._note_gaps(batch, now_s)
            self._rows.update(batch.values, batch.texts, now_s, batch.time_received_ns)
            drops_first = not dropped and self._rows.dropped > 0
        if drops_first:
            self._context.journal.warning(TOO_MANY_ROWS)
        if self._screen is not None and self._screen.failure is not None:
            raise self._screen.failure

    def _note_gaps(self, batch: Batch, now_s: float) -> None:
        """Each ends with the value behind it, which has just come."""
        for note in batch.notes:
            seconds = note.beside.get("seconds") if note.beside is not None else None
            if isinstance(seconds, float | int):
                self._rows.note_gap(now_s - seconds, now_s)

    def close(self) -> None:
        """Leave the last frame on the screen, with a closing line. Does nothing the second time."""
        try:
            self._leave_last_frame()
        finally:
            for sink in self.sinks:
                sink.close()

    def _leave_last_frame(self) -> None:
        if not self._is_open:
            return
        self._is_open, self._is_closing = False, True
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.down(_LAST_FRAME_TIMEOUT_S)
        else:
            columns, _ = self._terminal.size()
            self._terminal.write("".join(f"{line}\n" for line in self._lines(columns)), _LAST_FRAME_TIMEOUT_S)

    def frame(self, width: int, height: int | None = None) -> list[Text]:
        """The frame of this moment for a terminal of that many columns and lines; `height` None: all rows.

        While the table is open its own thread calls this; others may when it is not.
        """
        now_s, status = self._clock(), self._context.status
        self._rows.look(now_s)
        with self._lock:
            rows, total, waiting = self._rows.snapshot(now_s, height), len(self._rows), self._rows.waiting
            dropped = self._rows.dropped
        scene = Scene(rows, total, waiting, status, now_s, self._wall(), self._is_closing, dropped, self._rows.names)
        return self._painter.paint(scene, width, height)

    def _lines(self, width: int, height: int | None = None) -> list[str]:
        return [self._pen.write(line) for line in self.frame(width, height)]
