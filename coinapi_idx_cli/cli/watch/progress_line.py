"""What the status line says, and how it gets onto the terminal without holding up anything."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from math import ceil, floor

from rich.filesize import decimal
from rich.progress_bar import ProgressBar
from rich.text import Text

from coinapi_idx_cli.monitoring.status_words import Rate, Silence
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.table.status import (
    GAP,
    StatusFigures,
    closing_line,
    engine_text,
    joined,
    state_text,
)
from coinapi_idx_cli.terminal.numbers import show_rate
from coinapi_idx_cli.terminal.regions import CursorLine
from coinapi_idx_cli.terminal.screen import Screen
from coinapi_idx_cli.terminal.style import Pen
from coinapi_idx_cli.terminal.terminal import Terminal
from coinapi_idx_cli.wording import plural

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)  # SIGHUP has the file reopened
_LAST_FRAME_TIMEOUT_S = 0.5  # as for the table

_ORDER = ("state", "values", "rate", "engine", "size", "bar", "percent", "left")
_IMPORTANCE = ("state", "values", "engine", "left", "percent", "size", "rate", "bar")
_LEAST_BAR, _MOST_BAR = 8, 40
_TINY = 1e-9  # or 29 of 100 were 28 percent


class StatusLine:
    """The status line of a run that writes to files, or to an engine.

    `written` tells how many bytes went to files, if there are any. `clock` counts the seconds that `status` is counted
    in.
    """

    def __init__(
        self,
        terminal: Terminal,
        environ: Mapping[str, str],
        rules: StopRules,
        status: Status,
        written: Callable[[], int] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pen = Pen(terminal, environ)
        self._screen = Screen(terminal, self._lines, self._pen.glyphs, CursorLine(), _ENDING)
        self._rules = rules
        self._status = status
        self._written = written
        self._clock = clock
        self._rate = Rate()
        self._silence = Silence()
        self.open = self._screen.up

    @property
    def can_repaint(self) -> bool:
        """Else there is to be none: it would be one below the other."""
        return self._pen.can_repaint

    @property
    def failure(self) -> Exception | None:
        """Why it did not go on."""
        return self._screen.failure

    def close(self) -> None:
        """Take it off, and leave the terminal as it was."""
        self._screen.down(_LAST_FRAME_TIMEOUT_S)

    def summary(self) -> str:
        """`1,234 values in 1m 02s, 56.1 kB written`."""
        written = f", {decimal(self._written())} written" if self._written is not None else ""
        return closing_line(self._status, self._clock()).plain + written

    def line(self, width: int) -> Text:
        """As it is at this moment, with all that fits into `width` columns."""
        now_s = self._clock()
        parts = self._parts(now_s)
        share = self._share(now_s)
        if share is not None:
            parts["percent"] = Text(f"{floor(share * 100 + _TINY):3}%")
        line = joined(parts, _ORDER, _IMPORTANCE, width)
        room = min(width - line.cell_len - len(GAP), _MOST_BAR)
        if share is not None and room >= _LEAST_BAR:
            parts["bar"] = self._bar(share, room)
            line = joined(parts, _ORDER, _IMPORTANCE, width)
        line.truncate(max(1, width), overflow="crop")
        return line

    def _lines(self, columns: int, _lines: int) -> list[str]:
        # The last column stays free: what is written there may wrap. At the end the terminal belongs to others.
        return [] if self._status.state is State.STOPPING else [self._pen.write(self.line(columns - 1))]

    def _parts(self, now_s: float) -> dict[str, Text]:
        status, count, duration_s = self._status, self._rules.count, self._rules.duration_s
        rate = self._rate.sample(status.values, now_s)
        session = StatusFigures(status, now_s, rate, self._silence.sample(status.bytes_received, now_s))
        values = plural(status.values, "value") if count is None else f"{status.values:,} of {plural(count, 'value')}"
        parts = {
            "state": state_text(session, self._pen.glyphs),
            "values": Text(values),
            "rate": Text(f"{show_rate(rate)}/s"),
        }
        if self._written is not None:
            parts["size"] = Text(decimal(self._written()))
        if status.engine:
            parts["engine"] = engine_text(status)
        if status.waits_for:
            parts["size"] = Text(f"{decimal(status.held_bytes)} held")
        if duration_s is not None:
            parts["left"] = Text(f"{_clock_time(status.started_s + duration_s - now_s)} left")
        return parts

    def _share(self, now_s: float) -> float | None:
        """How much of the run is over, by whichever of its ends is nearer."""
        count, duration_s = self._rules.count, self._rules.duration_s
        shares = [] if count is None else [self._status.values / count]
        shares += [] if duration_s is None else [(now_s - self._status.started_s) / duration_s]
        return min(1.0, max(shares)) if shares else None

    def _bar(self, share: float, width: int) -> Text:
        bar = ProgressBar(1.0, share, width, style="dim", complete_style="green", finished_style="green")
        return self._pen.text(bar, width)


def _clock_time(seconds: float) -> str:
    """`04:12`, `1:04:12`."""
    minutes, rest = divmod(max(0, ceil(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
