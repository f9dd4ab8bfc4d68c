"""A chart of the past of an index, in braille or, without UTF-8, in stars. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from coinapi_idx_cli.table.history import PastBucket

_BRAILLE = 0x2800
_DOTS = (
    0x01,
    0x02,
    0x04,
    0x40,
    0x08,
    0x10,
    0x20,
    0x80,
)  # of a cell: its left column from top to bottom, then its right
# By which dots there are, the first one in the lowest bit.
_CELLS = " " + "".join(
    chr(_BRAILLE + sum(dot for bit, dot in enumerate(_DOTS) if marks >> bit & 1)) for marks in range(1, 256)
)


class Chart:
    """So many cells wide and high, from `begin_s` to `end_s`. Where there was a gap it is left open."""

    def __init__(self, width: int, height: int, begin_s: float, end_s: float, *, is_ascii: bool) -> None:
        self._width, self._height = width, height
        self._begin_s, self._end_s = begin_s, end_s
        self._is_ascii = is_ascii
        self._across, self._down = (1, 1) if is_ascii else (2, 4)
        self.low = self.high = 0.0

    def draw(self, past: Sequence[PastBucket], gaps: Sequence[tuple[float, float]]) -> list[str]:
        """The lines from top to bottom; `low` and `high` are the values of the lowest and the highest dots."""
        known = [each for each in past if isfinite(each.low) and isfinite(each.high)]
        shown = [each for each in known if each.begin_s >= self._begin_s] or known[-1:]
        if not shown:
            return [" " * self._width] * self._height
        first = known[max(0, len(known) - len(shown) - 1)]
        self.low = min(first.last, *(each.low for each in shown))
        self.high = max(first.last, *(each.high for each in shown))
        columns = self._columns(known, gaps)
        line = self._stars if self._is_ascii else self._braille
        return [line(columns, number) for number in range(self._height)]

    def _columns(self, past: Sequence[PastBucket], gaps: Sequence[tuple[float, float]]) -> list[int]:
        """Of each column of dots those that there are: the uppermost in the lowest bit."""
        columns = [0] * (self._width * self._across)
        step_s = (self._end_s - self._begin_s) / len(columns)
        place, before = 0, None
        for column in range(len(columns)):
            from_s, to_s = self._begin_s + column * step_s, self._begin_s + (column + 1) * step_s
            low = high = before
            is_gap = any(begin < to_s and end > from_s for begin, end in gaps)
            before = None if is_gap else before  # nobody knows what it was behind it, until the next value
            while place < len(past) and past[place].begin_s < to_s:
                bucket = past[place]
                if bucket.begin_s >= from_s:
                    low = bucket.low if low is None else min(low, bucket.low)
                    high = bucket.high if high is None else max(high, bucket.high)
                else:
                    low = high = bucket.last
                before = bucket.last
                place += 1
            if not is_gap and low is not None and high is not None:
                columns[column] = (2 << self._row(low)) - (1 << self._row(high))
        return columns

    def _row(self, value: float) -> int:
        most, span = self._height * self._down - 1, self.high - self.low
        share = (self.high - value) / span if 0 < span < float("inf") else 0.5
        return min(most, max(0, round(share * most)))

    @staticmethod
    def _stars(columns: list[int], line: int) -> str:
        return "".join("*" if dots >> line & 1 else " " for dots in columns)

    @staticmethod
    def _braille(columns: list[int], line: int) -> str:
        above = 4 * line
        pairs = zip(columns[::2], columns[1::2], strict=True)
        return "".join([_CELLS[left >> above & 15 | (right >> above & 15) << 4] for left, right in pairs])
