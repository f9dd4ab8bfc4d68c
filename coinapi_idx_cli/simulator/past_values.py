"""The past of one index: its values of a stretch of time, and the bars that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import NamedTuple

from coinapi_idx_cli.simulator.periods import PeriodLength
from coinapi_idx_cli.simulator.strands import Strand


class PastBar(NamedTuple):
    """Open, high, low and close of one period; times are ticks of 100 ns since 1970. `values` is how many there are."""

    begin: int
    end: int
    first_time: int = 0
    last_time: int = 0
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    values: int = 0


class PastValues:
    """What is known of one index, in strands that may overlap."""

    def __init__(self, strands: Sequence[Strand]) -> None:
        self._strands = [strand for strand in strands if strand.begin < strand.end]

    def newest(self, begin: int, end: int, limit: int) -> list[tuple[int, float]]:
        """The last `limit` values from `begin` on, `end` not included, in ticks; with their times, oldest first."""
        found: list[tuple[int, float]] = []
        for strand, first, last in self._ranges(begin, end):
            found += _taken(strand, max(first, last - limit), last)
        return _in_order(found)[-limit:]

    def oldest(self, begin: int, end: int, limit: int) -> list[tuple[int, float]]:
        """Like `newest`, but the first ones of those that are too many."""
        found: list[tuple[int, float]] = []
        for strand, first, last in self._ranges(begin, end):
            found += _taken(strand, first, min(last, first + limit))
        return _in_order(found)[:limit]

    def bars(self, period: PeriodLength, begin: int, end: int, limit: int) -> list[PastBar]:
        """First `limit` bars that begin from `begin` on and before `end`, in ticks; none of periods without a value."""
        of_strands = [_bars_of(strand, period, begin, end, limit) for strand in self._strands]
        if len(of_strands) == 1:
            return list(of_strands[0])
        together = merge(*of_strands, key=lambda bar: bar.begin)
        joined = (_joined(list(parts)) for _, parts in groupby(together, key=lambda bar: bar.begin))
        return list(islice(joined, limit))

    @property
    def first_time(self) -> int | None:
        """When the past begins, in ticks; None without any value."""
        return min((strand.time(strand.begin) for strand in self._strands), default=None)

    def _ranges(self, begin: int, end: int) -> Iterator[tuple[Strand, int, int]]:
        for strand in self._strands:
            first, last = strand.find(begin), strand.find(end)
            if first < last:
                yield strand, first, last


def _taken(strand: Strand, first: int, last: int) -> list[tuple[int, float]]:
    values = strand.values(first, last)
    return [(strand.time(number), strand.rounded(value)) for number, value in enumerate(values, first)]


def _in_order(found: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted(found, key=lambda item: item[0])


def _bars_of(strand: Strand, period: PeriodLength, begin: int, end: int, limit: int) -> Iterator[PastBar]:
    number = strand.find(begin)
    while number < strand.end and limit:
        time = strand.time(number)
        starts, ends = period.around(time)
        after = strand.find(ends)
        if starts >= end:
            return
        if starts >= begin:  # one that began before is no bar of this stretch
            opened, high, low, closed = map(strand.rounded, strand.summary(number, after))
            yield PastBar(starts, ends, time, strand.time(after - 1), opened, high, low, closed, after - number)
            limit -= 1
        number = after


def _joined(parts: list[PastBar]) -> PastBar:
    if len(parts) == 1:
        return parts[0]
    first = min(parts, key=lambda bar: bar.first_time)
    last = max(parts, key=lambda bar: bar.last_time)
    return PastBar(
        first.begin,
        first.end,
        first.first_time,
        last.last_time,
        first.open,
        max(bar.high for bar in parts),
        min(bar.low for bar in parts),
        last.close,
        sum(bar.values for bar in parts),
    )
