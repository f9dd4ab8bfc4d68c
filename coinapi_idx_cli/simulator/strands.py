"""Parts of an index's past: values in order of time that can be counted, found by time and taken out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from coinapi_idx_cli.simulator.stretch import Stretch
from coinapi_idx_cli.simulator.walk import IndexTurns
from coinapi_idx_cli.simulator.wave import IndexWave


class Strand(Protocol):
    """Values with numbers from `begin` on, `end` not included; times are ticks of 100 ns since 1970."""

    begin: int
    end: int

    def find(self, ticks: int) -> int:
        """The number of the first value at a time or after it."""

    def time(self, number: int) -> int:
        """When one value was."""

    def values(self, begin: int, end: int) -> Sequence[float]:
        """The values from number `begin` on, `end` not included; perhaps not rounded."""

    def summary(self, begin: int, end: int) -> tuple[float, float, float, float]:
        """First, greatest, least and last of `values(begin, end)`, of which there must be one."""

    def rounded(self, value: float) -> float:
        """A value as the feed gave it."""


class WalkStrand:
    """What the walk gave of one index during a stretch, computed again; numbers are those of its turns.

    `stretch` must not change any more.
    """

    def __init__(self, stretch: Stretch, turns: IndexTurns, wave: IndexWave) -> None:
        self.begin = turns.before(stretch.first)
        self.end = turns.before(stretch.end)
        self._stretch = stretch
        self._turns = turns
        self._wave = wave

    def find(self, ticks: int) -> int:
        return self._turns.before(self._stretch.step_at(ticks))

    def time(self, number: int) -> int:
        return self._stretch.time(self._turns.step(number))

    def values(self, begin: int, end: int) -> Sequence[float]:
        return self._wave.values(begin, end)

    def summary(self, begin: int, end: int) -> tuple[float, float, float, float]:
        return self._wave.summary(begin, end)

    def rounded(self, value: float) -> float:
        """As the feed gives it."""
        return round(value, self._wave.decimals)


class StoredStrand:
    """Values that are kept: those handed in, and those of captured files. Any order will do; it is made one of time."""

    def __init__(self, times: Sequence[int], values: Sequence[float]) -> None:
        if any(later < earlier for earlier, later in pairwise(times)):
            order = sorted(range(len(times)), key=times.__getitem__)
            times, values = [times[number] for number in order], [values[number] for number in order]
        self.begin = 0
        self.end = len(times)
        self._times = times
        self._values = values

    def find(self, ticks: int) -> int:
        return bisect_left(self._times, ticks)

    def time(self, number: int) -> int:
        return self._times[number]

    def values(self, begin: int, end: int) -> Sequence[float]:
        return self._values[begin:end]

    def summary(self, begin: int, end: int) -> tuple[float, float, float, float]:
        values = self.values(begin, end)
        return values[0], max(values), min(values), values[-1]

    def rounded(self, value: float) -> float:
        """As it is."""
        return value
