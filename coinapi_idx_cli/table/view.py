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
from msgspec.structs import replace
from rich.text import Text

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.journal import Journal, SilentJournal
from coinapi_idx_cli.outputs.base import View
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.table.browse import Browse, Browsed
from coinapi_idx_cli.table.detail import Detail
from coinapi_idx_cli.table.frame import Painter, Scene
from coinapi_idx_cli.table.keyboard import Keyboard
from coinapi_idx_cli.table.rows import Row, Rows
from coinapi_idx_cli.table.tab_title import tab_title
from coinapi_idx_cli.terminal.bell import ringing
from coinapi_idx_cli.terminal.regions import Block, FullScreen
from coinapi_idx_cli.terminal.screen import Screen
from coinapi_idx_cli.terminal.style import Pen
from coinapi_idx_cli.terminal.terminal import Terminal
from coinapi_idx_cli.terminal.text import clean

# A stopped or dead terminal must not keep the program from ending within its two seconds, of which
# the farewell to the server takes one.
_LAST_FRAME_TIMEOUT_S = 0.5

STANDS_OUT_S = 10.0
TOO_MANY_ROWS = "the feed has more indexes than the table can hold; those that have been quiet longest are dropped"


class TableContext(Struct, frozen=True):
    """What the table may know of the run."""

    status: Status  # live: read when painting, never changed here
    index_ids: tuple[str, ...] = ()  # as asked for; empty with --all
    sort: Sort = Sort.ASKED
    clean: Callable[[str], str] = str  # takes secrets and control characters out
    journal: Journal = SilentJournal()
    stdout: Sink | None = None  # polled, so that a terminal that goes away ends the run
    has_tab_title: bool = True  # the terminal's tab says what is most important
    keyboard: int | None = None  # the descriptor of the terminal's keys, where there are any
    end: Callable[[str], None] = lambda _: None  # ends the run, for that reason


class Table(View):
    """A live table. `write` notes values; a thread paints them, four times a second."""

    nap_s = 0.01  # painted four times a second

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
        self._terminal = terminal or Terminal(sys.stdout.fileno(), sys.stdout.encoding)
        self._pen = Pen(self._terminal, environ)
        self._clock = clock
        self._wall = wall
        self._rows = Rows(context.index_ids, context.sort)
        # Held for one batch, or for the copy of the rows on the screen: never while painting.
        self._lock = Lock()
        self._painter = Painter(self._pen.glyphs, context.clean, has_colour=self._pen.has_colour)
        self._alerted: dict[str, float] = {}  # until when each stands out
        self._ringing = ""  # to be written with the next frame
        self._screen: Screen | None = None
        alone = context.index_ids[0] if len(context.index_ids) == 1 else None
        self._browse = Browse(self._rows.sort, alone)
        self._held: dict[str, Row] | None = None  # the rows as they were when somebody held them
        self._held_at = (0.0, 0.0)  # when, by both clocks
        self._keyboard = Keyboard(context.keyboard or 0, self._has_keys, self._press, time.monotonic)
        self._terminal.gives_keys = context.keyboard is not None
        self.sinks = () if context.stdout is None else (context.stdout,)
        if context.keyboard is not None:
            self.sinks = (*self.sinks, self._keyboard)
        self._is_open = self._is_closing = False

    def open(self) -> None:
        """Paint the first frame and start repainting; on a terminal that cannot, only say what is to come."""
        self._is_open = True
        if not self._pen.can_repaint:
            self._note("this terminal can show the table only at the end")
            return
        if not self._terminal.is_ours() and not self._terminal.stops_writers():
            self._note("in the background, the table appears only at the end")
        title = self._tab_title if self._context.has_tab_title else None
        place = FullScreen(title) if self._pen.has_alternate_screen else Block()
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

    def next_due_s(self) -> float:
        return self._keyboard.next_due_s()

    def tick(self, now: float) -> None:
        self._keyboard.tick(now)

    def _has_keys(self) -> bool:
        return self._screen is not None and self._screen.has_keys

    def _press(self, key: str) -> None:
        screen, browse, browsed = self._screen, self._browse, self._browse.browsed
        if screen is None or browse.is_over:
            return
        with self._lock:
            was_held = browsed.is_held
            browse.press(key, self._rows.ids(browsed.part, is_turned=browsed.is_turned))
            self._rows.sort_by(browsed.sort)
            if browsed.is_held != was_held:
                now_s, ids = self._clock(), self._rows.ids()
                rows = self._rows.snapshot(now_s, ids) if browsed.is_held else []
                self._held = {row.index_id: row for row in rows} if browsed.is_held else None
                self._held_at = now_s, self._wall()
        if browse.is_over:
            self._context.end("q")
        screen.repaint_soon()

    def ring(self, index_id: str, text: str) -> None:
        """An alert: that row stands out for a while, and with the next frame the terminal rings and shows the text."""
        with self._lock:
            self._alerted[index_id] = self._clock() + STANDS_OUT_S
            self._ringing = ringing(self._context.clean(text))

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
        browsed = Browsed(sort=self._rows.sort) if self._is_closing else self._browse.browsed
        with self._lock:
            ids, waiting = self._rows.ids(browsed.part, is_turned=browsed.is_turned), self._rows.waiting
            self._browse.fit(ids, self._painter.page)
            on_screen = ids[browsed.top : None if height is None else browsed.top + height]
            rows, dropped = self._rows.snapshot(now_s, on_screen), self._rows.dropped
            if self._held is not None and not self._is_closing:
                rows = [self._held.get(row.index_id, row) for row in rows]
            browsed = replace(browsed)
            alerted = self._alerted = {each: until_s for each, until_s in self._alerted.items() if now_s < until_s}
            detail = self._detail(browsed, now_s)
        scene = Scene(
            rows,
            len(ids),
            waiting,
            status,
            now_s,
            self._wall(),
            self._is_closing,
            dropped,
            self._rows.names,
            browsed,
            alerted,
            detail,
        )
        return self._painter.paint(scene, width, height)

    def _tab_title(self) -> str:
        with self._lock:
            rows = self._rows.snapshot(self._clock(), self._context.index_ids[:1])
        alone = rows[0] if len(self._context.index_ids) == 1 else None
        return clean(self._context.clean(tab_title(self._context.status, alone)), self._pen.glyphs)

    def _detail(self, browsed: Browsed, now_s: float) -> Detail | None:
        """What the view of one index needs."""
        index_id = browsed.detail
        if index_id is None:
            return None
        (row,) = self._rows.snapshot(now_s, [index_id])
        wall_s = self._wall()
        if self._held is not None:
            row, (now_s, wall_s) = self._held.get(index_id, row), self._held_at
        began_s = self._context.status.started_s
        bare = Detail(row, (), self._rows.gaps(), browsed.span, now_s, wall_s, began_s)
        past = [each for each in self._rows.past(index_id, bare.begin_s, now_s) if each.begin_s <= now_s]
        return replace(bare, past=past)

    def _lines(self, width: int, height: int | None = None) -> list[str]:
        lines = [self._pen.write(line) for line in self.frame(width, height)]
        with self._lock:
            ring, self._ringing = self._ringing, ""
        return [ring + lines[0], *lines[1:]] if ring and lines else lines
