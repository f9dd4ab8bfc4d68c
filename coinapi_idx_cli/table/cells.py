"""One row of the table as cells. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from rich.text import Text

from coinapi_idx_cli.protocol.value_texts import value_text
from coinapi_idx_cli.table.delays import Delay, Delays, delay_ms
from coinapi_idx_cli.table.flash import Flash
from coinapi_idx_cli.table.rows import Row
from coinapi_idx_cli.table.trail import sparkline
from coinapi_idx_cli.terminal import numbers
from coinapi_idx_cli.terminal.text import Glyphs
from coinapi_idx_cli.wording import duration

UP, DOWN, QUIET, STRONG = "green", "red", "dim", "bold"

# A difference of two doubles has no more digits than this that mean anything to the eye.
_CHANGE_BUDGET = 10

_DELAYS_KEPT = 120

RANGE = len(" 0.05%")  # behind a sparkline
_MOST_SHARE = 10  # from here on without decimals


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table.

    `mark` is at the column's left edge; `left` ends, and `right` starts, at the column's decimal point.
    """

    left: str
    right: str = ""
    mark: str = ""
    style: str = ""
    spans: bool = False  # `left` is not a number: it ends at the column's right edge
    lit_from: int | None = None  # from which character of the number on `lit_style` holds
    lit_style: str = ""


EMPTY = Cell("")


@dataclass(slots=True)
class Memory:
    """What earlier frames leave to the next one, for one index."""

    digits: numbers.Digits = field(default_factory=numbers.Digits)
    flash: Flash = field(default_factory=Flash)
    delays: Delays = field(default_factory=lambda: Delays(_DELAYS_KEPT))
    delay: Delay | None = None
    updates: int = 0
    chart: tuple[object, list[Text]] = (None, [])  # what it was drawn from, and its lines

    def learn(self, row: Row) -> float | None:
        """Take note of a row that is about to be shown. The delay of its value in ms, where that is a new one."""
        if row.value is None or row.updates == self.updates:
            return None
        self.updates = row.updates
        sample_ms = delay_ms(row)
        if sample_ms is not None:
            self.delays.note(sample_ms)
            self.delay = self.delays.tell()
        return sample_ms


@dataclass(frozen=True, slots=True)
class Look:
    """How a frame shows its rows, whatever the row."""

    glyphs: Glyphs
    budget: int  # significant digits, at the most
    now_s: float
    has_colour: bool = True
    is_aligned: bool = True  # at the point; else the numbers lie too far apart for that


def budget_for(width: int) -> int:
    """Significant digits that a terminal of `width` columns has room for; 17 show every double exactly."""
    return 17 if width >= 160 else 10 if width >= 100 else 8 if width >= 90 else 7 if width >= 60 else 6


def cells(row: Row, memory: Memory, look: Look) -> dict[str, Cell]:
    """All cells of a row but its sparkline, by their columns. Makes `memory` learn the row's value."""
    if row.value is None:
        return {"value": Cell("waiting", style=QUIET, spans=True)}
    number = Decimal(value_text(row.message))
    memory.digits.learn(number)
    value = numbers.show(number, memory.digits.places(look.budget), look.budget)
    places = memory.digits.places(min(look.budget, _CHANGE_BUDGET))
    return {
        "value": _value(value, row.value, memory.flash, look),
        "tick": _tick(row.change(), value, places, look),
        "moved": _moved(row.since_start(), value, places, look),
        "percent": _percent(row.percent()),
        "low": _extreme(row.low, memory.digits, look),
        "high": _extreme(row.high, memory.digits, look),
        "rate": _rate(row.rate),
        "age": Cell(duration(row.age_s(look.now_s)), style=QUIET),
        "delay": _delay(memory.delay),
    }


def trail_cell(row: Row, width: int, levels: str) -> Cell:
    """The last `width` steps, the one that is not over yet among them."""
    known = deque(row.past, maxlen=width - RANGE)
    known.append(row.value)
    shown = [value for value in known if value is not None]
    text = sparkline(list(known), width - RANGE, levels).lstrip()
    return Cell(text + _range(shown), style=QUIET, spans=True)


def _range(values: list[float]) -> str:
    """How far the highest of them is above the lowest, in percent of that: of two lines only one may tell something."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    share = (high - low) / abs(low) * 100 if low and high > low else 0.0
    text = f"{share:.2f}%" if share < _MOST_SHARE else f"{share:.0f}%" if share < _MOST_SHARE**3 else "wild"
    return f"{text:>{RANGE}}"


def _value(text: str, value: float, flash: Flash, look: Look) -> Cell:
    lit = flash.see(text, value, look.now_s)
    if lit is None:
        return _number(text, look, style=STRONG)
    start, is_rise = lit
    lit_style = "underline" if not look.has_colour else f"not bold {UP if is_rise else DOWN}"
    return _number(text, look, style=STRONG, lit_from=start, lit_style=lit_style)


def _number(
    text: str,
    look: Look,
    mark: str = "",
    sign: str = "",
    style: str = "",
    lit_from: int | None = None,
    lit_style: str = "",
) -> Cell:
    spans = not look.is_aligned or numbers.has_exponent(text)
    left, right = (text, "") if spans else numbers.split_at_point(text)
    return Cell(sign + left, right, mark, style, spans, lit_from, lit_style)


def _tick(change: float | None, like: str, places: int, look: Look) -> Cell:
    """The last value minus the one before."""
    if change is None:
        return EMPTY
    if not change:
        return Cell("", "", look.glyphs.same + " ", QUIET)
    mark = (look.glyphs.up if change > 0 else look.glyphs.down) + " "
    return _number(numbers.show_change(change, like, places), look, mark=mark)


def _moved(change: float | None, like: str, places: int, look: Look) -> Cell:
    """The last value minus the first one."""
    if change is None:
        return EMPTY
    text = numbers.show_change(change, like, places)
    sign = "" if numbers.is_zero(text) else "+" if change > 0 else "-"
    return _number(text, look, sign=sign)


def move_of(row: Row, places: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    """How far it moved since the start, in parts with their styles."""
    change, percent = row.since_start(), _percent(row.percent())
    if change is None:
        return [("no change yet", QUIET)]
    mark = glyphs.same if not change else glyphs.up if change > 0 else glyphs.down
    size = numbers.show_change(change, str(row.value), places)
    return [(f"{mark} {size}  ", ""), (percent.left, percent.style)]


def _percent(percent: float | None) -> Cell:
    """The only colour of a row, beside the digits that have just changed."""
    if percent is None:
        return EMPTY
    text = numbers.show_percent(percent)
    return Cell(text, style=QUIET if numbers.is_zero(text) else _colour(percent))


def _extreme(value: float, digits: numbers.Digits, look: Look) -> Cell:
    return _number(numbers.show(Decimal(repr(value)), digits.places(look.budget), look.budget), look)


def _rate(rate: float | None) -> Cell:
    return EMPTY if rate is None else Cell(numbers.show_rate(rate))


def _delay(delay: Delay | None) -> Cell:
    return EMPTY if delay is None else Cell(numbers.show_delay(delay.p50, delay.p99), style=QUIET)


def _colour(change: float) -> str:
    return UP if change > 0 else DOWN if change < 0 else QUIET
