"""One row of the table as cells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from coinapi_idx_cli.outputs import table_numbers as numbers
from coinapi_idx_cli.outputs.table_rows import Row
from coinapi_idx_cli.outputs.table_text import Glyphs

# As they stand from left to right, after the index.
TITLES = {
    "value": "value",
    "change": "change",
    "since": "since start",
    "percent": "start %",
    "age": "age",
    "updates": "updates",
}
# Which of them a narrow terminal keeps longest.
IMPORTANCE = ("change", "percent", "age", "updates", "since")

# Cells that a column will need sooner or later: taken at once, so that no column moves when they are.
LEAST = {"value": 8, "change": 8, "since": 11, "percent": 7, "age": 4, "updates": 7}

UP, DOWN, QUIET, STRONG = "green", "red", "dim", "bold"

# A difference of two doubles has no more digits than this that mean anything to the eye.
_CHANGE_BUDGET = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """`mark` stands at the column's left edge; `left` ends, and `right` starts, at the column's decimal point."""

    left: str
    right: str = ""
    mark: str = ""
    style: str = ""
    spans: bool = False  # `left` is no number: it ends at the column's right edge


EMPTY = Cell("")


def budget_for(width: int) -> int:
    """Significant digits that a terminal of `width` columns has room for; 17 show every double exactly."""
    return 17 if width >= 160 else 10 if width >= 100 else 8 if width >= 90 else 7


def cells(row: Row, digits: numbers.Digits, budget: int, now_s: float, glyphs: Glyphs) -> dict[str, Cell]:
    """All cells of a row, by the keys of TITLES. Makes `digits` learn the row's value."""
    if row.value is None:
        return {"value": Cell("waiting", style=QUIET, spans=True)}
    number = Decimal(numbers.exact_text(row.message, row.value))
    digits.learn(number)
    value = numbers.show(number, digits.places(budget), budget)
    places = digits.places(min(budget, _CHANGE_BUDGET))
    return {
        "value": _number(value, style=STRONG),
        "change": _change(row.change(), value, places, glyphs),
        "since": _since_start(row.since_start(), value, places),
        "percent": _percent(row.percent()),
        "age": Cell(numbers.duration(row.age_s(now_s)), style=QUIET),
        "updates": Cell(f"{row.updates:,}", style=QUIET),
    }


def _number(text: str, mark: str = "", sign: str = "", style: str = "") -> Cell:
    if numbers.has_exponent(text):
        return Cell(sign + text, "", mark, style, spans=True)
    left, right = numbers.split_at_point(text)
    return Cell(sign + left, right, mark, style)


def _change(change: float | None, like: str, places: int, glyphs: Glyphs) -> Cell:
    if change is None:
        return EMPTY
    if not change:
        return Cell("", "", glyphs.same + " ", QUIET)
    mark = (glyphs.up if change > 0 else glyphs.down) + " "
    return _number(numbers.show_change(change, like, places), mark=mark, style=_colour(change))


def _since_start(change: float | None, like: str, places: int) -> Cell:
    if change is None:
        return EMPTY
    sign = "+" if change > 0 else "-" if change < 0 else ""
    return _number(numbers.show_change(change, like, places), sign=sign, style=_colour(change))


def _percent(percent: float | None) -> Cell:
    return EMPTY if percent is None else Cell(numbers.show_percent(percent), style=_colour(percent))


def _colour(change: float) -> str:
    return UP if change > 0 else DOWN if change < 0 else QUIET
