"""The lines under the table: how the session stands. Pure; the texts in Status are clean already."""

from __future__ import annotations

from collections import deque
from math import ceil

from rich.text import Text

from coinapi_idx_cli.outputs.table_numbers import duration, plural
from coinapi_idx_cli.outputs.table_text import Glyphs, shorten
from coinapi_idx_cli.protocol.status import State, Status

RATE_WINDOW_S = 5.0

_STYLES = {
    State.CONNECTING: "yellow",
    State.LIVE: "green",
    State.HANDOVER: "cyan",
    State.WAITING: "yellow",
    State.STOPPING: "dim",
}
_GAP = "   "
_LONGEST_SERVER = 40

# From left to right, and which of them a narrow terminal keeps longest.
_ORDER = ("state", "server", "uptime", "values", "rate", "malformed")
_IMPORTANCE = ("state", "malformed", "values", "rate", "uptime", "server")


class Rate:
    """Values a second over the last RATE_WINDOW_S seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, count: int, now_s: float) -> float:
        """Take note that there were `count` values by now, and tell the rate."""
        self._samples.append((now_s, count))
        while len(self._samples) > 2 and self._samples[1][0] <= now_s - RATE_WINDOW_S:
            self._samples.popleft()
        then_s, before = self._samples[0]
        return (count - before) / (now_s - then_s) if now_s > then_s else 0.0


def status_lines(status: Status, rate: float, now_s: float, width: int, glyphs: Glyphs) -> list[Text]:
    """The status line, and the last warning if there was one."""
    parts = _parts(status, rate, now_s, glyphs)
    kept = _fitting(parts, width)
    line = Text(_GAP).join(parts[key] for key in _ORDER if key in kept)
    return [line, *warning_lines(status, width, glyphs)]


def closing_lines(status: Status, now_s: float, width: int, glyphs: Glyphs) -> list[Text]:
    """What stays under the last frame: `1,234 values in 1m 02s`."""
    line = Text(f"{plural(status.values, 'value')} in {duration(now_s - status.started_s)}")
    if status.malformed:
        line.append(f", {status.malformed:,} malformed", "yellow")
    return [line, *warning_lines(status, width, glyphs)]


def warning_lines(status: Status, width: int, glyphs: Glyphs) -> list[Text]:
    """The last warning on one line, or nothing."""
    if not status.last_warning:
        return []
    return [Text(shorten(status.last_warning, width, glyphs.dots, head=width - len(glyphs.dots) - 1), "yellow")]


def _parts(status: Status, rate: float, now_s: float, glyphs: Glyphs) -> dict[str, Text]:
    style = _STYLES.get(status.state, "")
    server = shorten(status.server, _LONGEST_SERVER, glyphs.dots, head=12)
    parts = {
        "state": Text.assemble((f"{glyphs.bullet} ", style), (_state(status, now_s), style)),
        "server": Text(server, "dim"),
        "uptime": Text(f"up {duration(now_s - status.started_s)}", "dim"),
        "values": Text(plural(status.values, "value"), "dim"),
        "rate": Text(_rate(rate), "dim"),
    }
    if status.malformed:
        parts["malformed"] = Text(f"{status.malformed:,} malformed", "yellow")
    return parts


def _state(status: Status, now_s: float) -> str:
    if status.state is not State.WAITING or status.retry_at_s is None:
        return str(status.state)
    return f"{status.state}, next try in {max(0, ceil(status.retry_at_s - now_s))} s"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def _fitting(parts: dict[str, Text], width: int) -> set[str]:
    kept: set[str] = set()
    used = -len(_GAP)
    for key in _IMPORTANCE:
        if key in parts and (used := used + len(_GAP) + parts[key].cell_len) <= width:
            kept.add(key)
    return kept | {"state"}
