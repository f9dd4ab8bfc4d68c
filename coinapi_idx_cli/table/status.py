"""The lines above and below the rows: the state of the session. Pure; the texts in Status are clean already."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from coinapi_idx_cli.monitoring.status_words import behind_text, connected_for_s, is_stale, state_words
from coinapi_idx_cli.protocol.status import NO_ENGINE, State, Status
from coinapi_idx_cli.table.delays import Delay
from coinapi_idx_cli.terminal.numbers import show_delay, show_rate
from coinapi_idx_cli.terminal.text import Glyphs, shorten
from coinapi_idx_cli.wording import duration, plural

# What needs attention is marked by a background: that can be read on a dark terminal and on a light one.
_STYLES = {
    State.CONNECTING: "reverse yellow",
    State.LIVE: "green",
    State.HANDOVER: "reverse cyan",
    State.WAITING: "reverse yellow",
    State.STOPPING: "dim",
}
_STALE = "reverse red"
_ATTENTION = "reverse yellow"
GAP = "   "
_LONGEST_SERVER = 60
_SAME_TIME_S = 5.0  # the run is as old as its connection, but for connecting

# From left to right; which of them a narrow terminal keeps longest.
_FOOT = ("values", "rate", "engine", "delay", "handovers", "gaps", "malformed", "dropped")
_FOOT_IMPORTANCE = ("values", "engine", "malformed", "dropped", "gaps", "rate", "delay", "handovers")


@dataclass(frozen=True, slots=True)
class StatusFigures:
    """The state at one moment."""

    status: Status
    now_s: float
    rate: float = 0.0
    silent_s: float = 0.0
    delay: Delay | None = None
    dropped: int = 0  # rows, as there were too many
    clock: str = ""  # the time of day
    last_value: str = ""  # when the last value came, while none can come

    @property
    def connected_s(self) -> float | None:
        """For how long; None while it is not."""
        return connected_for_s(self.status, self.now_s)

    @property
    def is_stale(self) -> bool:
        """Connected, and silent for longer than a server has any reason to be."""
        return is_stale(self.status, self.now_s, self.silent_s)


def head_line(figures: StatusFigures, width: int, glyphs: Glyphs, *, closing: bool = False) -> Text:
    """Connection, server, for how long they have held, and the time of day."""
    state = Text(f"{glyphs.bullet} ended", "dim") if closing else state_text(figures, glyphs)
    parts = {"state": state}
    if figures.last_value and not closing:
        parts["last"] = Text(f"values of {figures.last_value}")
    parts["server"] = Text(shorten(figures.status.server, _LONGEST_SERVER, glyphs.dots, head=12))
    if not closing:
        ran_s, up_s = figures.now_s - figures.status.started_s, figures.connected_s
        if up_s is not None:
            parts["up"] = Text(f"up {duration(up_s)}", "dim")
        if up_s is None or ran_s - up_s > _SAME_TIME_S:
            parts["run"] = Text(f"running {duration(ran_s)}", "dim")
        parts["clock"] = Text(figures.clock, "dim")
    return joined(parts, tuple(parts), ("state", "last", "up", "clock", "server", "run"), width)


def state_text(figures: StatusFigures, glyphs: Glyphs) -> Text:
    """In a word or two, standing out where it needs attention."""
    words = f"{glyphs.bullet} {state_words(figures.status, figures.now_s, figures.silent_s)}"
    style = _STALE if figures.is_stale else _STYLES.get(figures.status.state, "")
    if style == _STYLES[State.LIVE] and figures.status.lacks_connections:
        style = _ATTENTION
    return Text(words if "reverse" not in style else f" {words} ", style)


def foot_lines(figures: StatusFigures, width: int, glyphs: Glyphs, first: str = "") -> list[Text]:
    """The counts, and the last warning if there was one. `first`: what is said before all of it."""
    parts = _counts(figures)
    if first:
        parts["first"] = Text(first, "bold")
    order, importance = (("first", *each) if first else each for each in (_FOOT, _FOOT_IMPORTANCE))
    return [joined(parts, order, importance, width), *warning_lines(figures.status, width, glyphs)]


def closing_line(status: Status, now_s: float) -> Text:
    """What stays under the last frame: `1,234 values in 1m 02s, 2 handovers`."""
    line = Text(f"{plural(status.values, 'value')} in {duration(now_s - status.started_s)}", "bold")
    for count, noun in ((status.handovers, "handover"), (status.gaps, "gap")):
        line.append(f", {plural(count, noun)}" if count else "")
    return line.append(f", {status.malformed:,} malformed" if status.malformed else "")


def warning_lines(status: Status, width: int, glyphs: Glyphs) -> list[Text]:
    """The last warning and its time of day on one line, or nothing."""
    if not status.last_warning:
        return []
    time = f" {status.last_warning_time} " if status.last_warning_time else " ! "
    room = max(0, width - len(time) - 1)
    text = shorten(status.last_warning, room, glyphs.dots, head=room - len(glyphs.dots) - 1)
    return [Text.assemble((time, _ATTENTION), " ", text)]


def joined(parts: dict[str, Text], order: tuple[str, ...], importance: tuple[str, ...], width: int) -> Text:
    """The parts that fit; the most important one in any case."""
    kept = {importance[0]}
    left = width - parts[importance[0]].cell_len
    for key in importance[1:]:
        if key in parts and (needs := len(GAP) + parts[key].cell_len) <= left:
            left -= needs
            kept.add(key)
    return Text(GAP).join(parts[key] for key in order if key in kept)


def engine_text(status: Status) -> Text:
    """What this machine does for a stream that several write, and how much is not there yet."""
    return Text(behind_text(status), _ATTENTION if status.engine == NO_ENGINE else "")


def _counts(figures: StatusFigures) -> dict[str, Text]:
    status = figures.status
    parts = {
        "values": Text(plural(status.values, "value")),
        "rate": Text(f"{show_rate(figures.rate)}/s"),
    }
    for key, count in (("handover", status.handovers), ("gap", status.gaps)):
        if count:
            parts[f"{key}s"] = Text(plural(count, key))
    if figures.delay is not None:
        parts["delay"] = Text(f"delay {show_delay(figures.delay.p50, figures.delay.p99)}")
    if status.malformed:
        parts["malformed"] = Text(f"{status.malformed:,} malformed", _ATTENTION)
    if status.engine:
        parts["engine"] = engine_text(status)
    if figures.dropped:
        parts["dropped"] = Text(f"{plural(figures.dropped, 'row')} dropped", _ATTENTION)
    return parts
