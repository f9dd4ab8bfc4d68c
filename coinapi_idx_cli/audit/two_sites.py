"""An index of which two captures have different values, as two sites of the feed sent them: one site's at a time. Pure.

The first capture's values are taken. Where it has a hole, so that many values of the second one come in a time in which
it usually has several of its own, those are taken: the series is cut by time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from coinapi_idx_cli.protocol.times import alternations

TURNS = 20  # from one capture to the other and back
A_MOMENT_COUNTS = 3  # two values of one moment, none of them in both: no hole explains that
A_MATCH_EXPLAINS = 2  # turns: holes of both, one after the other
REMEMBERED = 128
HOLE = 5  # values of the second capture in a row, and intervals of the first
INTERVALS = 16


class Keyed(Protocol):
    """A value: `key` sorts as the moments do, `second` is the feed's time in whole seconds."""

    key: str
    second: int


V = TypeVar("V", bound=Keyed)


class TakenTurns:
    """How often the values that only one of two captures has change from one to the other, beside those in both.

    Sites that differ have the same value now and then by accident; captures of one site have much in common.
    """

    def __init__(self) -> None:
        self._last: tuple[str, int] | None = None  # key and side
        self._turns = 0
        self._matches = 0

    def lone(self, key: str, side: int) -> None:
        """A value that one side has and the other does not."""
        if self._last is not None and self._last[1] != side:
            self._turns += A_MOMENT_COUNTS if self._last[0] == key else 1
            self._forget()
        self._last = key, side

    def both(self) -> None:
        """A value that both have."""
        self._matches += 1
        self._forget()

    def of_two_sites(self) -> bool:
        return self._turns > TURNS and self._turns > A_MATCH_EXPLAINS * self._matches

    def _forget(self) -> None:
        if self._turns + self._matches > REMEMBERED:
            self._turns //= 2
            self._matches //= 2


def are_apart(ours: Sequence[Keyed], theirs: Sequence[Keyed]) -> bool:
    """Whether values of two captures, none of them the same, take turns too often for holes to explain it."""
    return alternations((each.key for each in ours), (each.key for each in theirs)) > TURNS


class TwoSites(Generic[V]):
    """Takes the values of both captures; gives those that are kept, each with its side, 0 or 1."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int, int, V]] = []  # a heap: key, in which order, side
        self._order = 0
        self._run: list[tuple[V, int]] = []  # of the second capture, since the last one of the first
        self._is_hole = True  # before its first value
        self._last_s: float | None = None  # of the first capture
        self._intervals_s: deque[float] = deque(maxlen=INTERVALS)  # of the first capture, without holes

    def add(self, value: V, side: int) -> None:
        self._order += 1
        heappush(self._waiting, (value.key, self._order, side, value))

    def take(self, horizon: int) -> Iterator[tuple[V, int]]:
        """What is from before that second."""
        while self._waiting and self._waiting[0][3].second < horizon:
            _, _, side, value = heappop(self._waiting)
            if side == 0:
                before_s, self._last_s = self._last_s, _time_s(value)
                if before_s is not None and not (self._is_hole and self._intervals_s):  # one at least has to be known
                    self._intervals_s.append(self._last_s - before_s)
                self._run, self._is_hole = [], False
                yield value, side
                continue
            self._run.append((value, side))
            if self._is_hole or (len(self._run) >= HOLE and self._is_long_since(value)):
                self._is_hole = True
                yield from self._run
                self._run = []

    def end(self, horizon: int) -> Iterator[tuple[V, int]]:
        """All that is left: the first capture has nothing behind its last value."""
        yield from self.take(horizon)
        yield from self._run

    def _is_long_since(self, value: V) -> bool:
        """The second capture may have ten values for each of the first one: that is not a hole."""
        intervals_s = sorted(self._intervals_s)
        usual_s = intervals_s[(len(intervals_s) - 1) // 2] if intervals_s else 0.0
        return self._last_s is None or _time_s(value) - self._last_s >= (HOLE - 1) * usual_s


def _time_s(value: Keyed) -> float:
    return value.second + float(f"0.{value.key.partition('.')[2] or 0}")
