"""An index of which two captures have different values, as two sites of the feed sent them: one site's at a time. Pure.

The first capture's values are taken. Where it has a hole, so that many values of the second one stand between two of
its own, those are taken: the series is cut by time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

TURNS = 10  # from one capture to the other and back, without a value that is the same
HOLE = 5  # values of the second capture in a row


class Keyed(Protocol):
    """A value: `key` sorts as the moments do, `second` is the feed's time in whole seconds."""

    key: str
    second: int


V = TypeVar("V", bound=Keyed)


def are_apart(ours: Sequence[Keyed], theirs: Sequence[Keyed]) -> bool:
    """Whether values of two captures, none of them the same, take turns too often for holes to explain it."""
    sides = [side for _, side in sorted([(each.key, 0) for each in ours] + [(each.key, 1) for each in theirs])]
    return sum(one != other for one, other in pairwise(sides)) > TURNS


class TwoSites(Generic[V]):
    """Takes the values of both captures; gives those that are kept, each with its side, 0 or 1."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int, int, V]] = []  # a heap: key, in which order, side
        self._order = 0
        self._run: list[tuple[V, int]] = []  # of the second capture, since the last one of the first
        self._is_hole = True  # before its first value

    def add(self, value: V, side: int) -> None:
        self._order += 1
        heappush(self._waiting, (value.key, self._order, side, value))

    def take(self, horizon: int) -> Iterator[tuple[V, int]]:
        """What is from before that second."""
        while self._waiting and self._waiting[0][3].second < horizon:
            _, _, side, value = heappop(self._waiting)
            if side == 0:
                self._run, self._is_hole = [], False
                yield value, side
                continue
            self._run.append((value, side))
            if self._is_hole or len(self._run) >= HOLE:
                self._is_hole = True
                yield from self._run
                self._run = []

    def end(self, horizon: int) -> Iterator[tuple[V, int]]:
        """All that is left: the first capture has nothing behind its last value."""
        yield from self.take(horizon)
        yield from self._run
