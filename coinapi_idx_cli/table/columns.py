"""Which columns a terminal has room for, and how wide they are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coinapi_idx_cli.table.cells import RANGE, Cell
from coinapi_idx_cli.table.trail import STEPS_A_MINUTE, STEPS_KEPT

# As they appear from left to right, after the index.
TITLES = {
    "value": "value",
    "tick": "tick",
    "moved": "moved",
    "percent": "since",  # and the time of day when the run began
    "low": "low",
    "high": "high",
    "trail": "last min",
    "rate": "/s",
    "age": "age",
    "delay": "delay p50/p99",
}
# Which of them a narrow terminal keeps longest, and what each must leave to the index. With 14 cells ids can still be
# told from their like, with 19 they read well, with 26 most are whole.
_IMPORTANCE = (
    (("tick",), 14),
    (("percent",), 19),
    (("trail",), 19),
    (("age",), 19),
    (("rate",), 26),
    (("delay",), 26),
    (("moved",), 26),
    (("low", "high"), 26),
)

_LEAST_INDEX = 8


def expected(digits: int) -> dict[str, Width]:
    """What columns need sooner or later, for numbers of so many digits: taken at once, so that nothing moves when they
    do."""
    number = digits + 2  # with its point, and one more digit some day
    return {
        "value": Width(number),
        "tick": Width(number + len("▲ ")),
        "moved": Width(number + len("+")),
        "percent": Width(len("since 22:31")),
        "low": Width(number),
        "high": Width(number),
        "trail": Width(STEPS_A_MINUTE + RANGE),
        "rate": Width(4),
        "age": Width(4),
        "delay": Width(13),
    }


_GAP = 2
_WIDEST_GAP = 4

_WIDEST_INDEX = 48


@dataclass(slots=True)
class Width:
    """A column's width. It only grows, so that the frame keeps still."""

    least: int
    mark: int = 0
    left: int = 0
    right: int = 0
    spanning: int = 0

    def make_room(self, cell: Cell) -> None:
        """Make room for a cell."""
        self.mark = max(self.mark, len(cell.mark))
        if cell.spans:
            self.spanning = max(self.spanning, len(cell.left))
        else:
            self.left = max(self.left, len(cell.left))
            self.right = max(self.right, len(cell.right))

    @property
    def total(self) -> int:
        """Cells."""
        return max(self.least, self.mark + max(self.left + self.right, self.spanning))

    def fit(self, cell: Cell) -> tuple[int, int]:
        """How many blanks are between the cell's mark and its number, and how many behind it."""
        behind = 0 if cell.spans else self.right - len(cell.right)
        return self.total - len(cell.mark) - len(cell.left) - len(cell.right) - behind, behind


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns a screen has room for.

    `columns` from left to right, after the index, which is `index` cells wide; `gap` blanks before each.
    """

    columns: dict[str, Width]
    index: int
    gap: int


def layout(widths: Mapping[str, Width], longest_label: int, width: int, before: Layout | None = None) -> Layout:
    """What fits into `width` cells. `before`: the frame before, whose columns stay if they fit."""
    kept, left = _choose(widths, longest_label, width) if before is None else _keep(widths, before.columns, width)
    index = max(len("index"), min(longest_label, left, _WIDEST_INDEX))
    left -= index
    columns = {key: widths[key] for key in TITLES if key in kept}
    if "trail" in kept:
        more = min(left, STEPS_KEPT - STEPS_A_MINUTE) // STEPS_A_MINUTE * STEPS_A_MINUTE
        if before is not None and "trail" in before.columns:
            more = min(more, before.columns["trail"].total - STEPS_A_MINUTE - RANGE)
        columns["trail"] = Width(STEPS_A_MINUTE + RANGE + max(0, more))
        left -= max(0, more)
    return Layout(columns, index, _GAP + max(0, min(_WIDEST_GAP - _GAP, left // len(kept))))


def _keep(widths: Mapping[str, Width], before: Collection[str], width: int) -> tuple[set[str], int]:
    """Rather a shorter index than a column less; one that has gone does not come back."""
    kept = set(before)
    for group, _ in reversed(((("value",), 0), *_IMPORTANCE)):
        left = width - sum(_GAP + widths[key].total for key in kept)
        if left >= _LEAST_INDEX or kept == {"value"}:
            break
        kept -= {*group} - {"value"}
    return kept, width - sum(_GAP + widths[key].total for key in kept)


def _choose(widths: Mapping[str, Width], longest_label: int, width: int) -> tuple[set[str], int]:
    """The columns to show, and how many cells that leaves to the index and to more room for all."""
    left = width - _GAP - widths["value"].total
    kept = {"value"}
    for group, index in _IMPORTANCE:
        cost = sum(_GAP + widths[key].total for key in group)
        if left - cost >= min(longest_label, index):
            left -= cost
            kept.update(group)
    return kept, left
