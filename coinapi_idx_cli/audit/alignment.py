"""Two captures of the same feed, value by value, as one series: what both have once, what one of them lacks from the
other. Pure.

Both are read side by side, by the feed's time. Each index is aligned by itself: a value of one that the other has
brought already is the same one, and what is pending before it on either side is what the other lacks. What finds no
partner until both are `WINDOW_S` further is what the other lacks, too. So memory stays at what comes within that time.
An index of which the two have different values is cut by time (`two_sites`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import IntEnum
from heapq import heappop, heappush
from itertools import islice

from msgspec import Struct

from coinapi_idx_cli.audit.two_sites import TakenTurns, TwoSites, are_apart

WINDOW_S = 60
CONFIRMED_BY = 5  # values, before a later time is believed: one wild stamp must not make all others late
NEVER = 1 << 62
LOOKED_AT = 600  # values of an index on each side, to see whether they take turns


class Source(IntEnum):
    """Which of two captures a value is in."""

    FIRST = 0
    SECOND = 1
    BOTH = 2


class CapturedValue(Struct):
    """A value of a capture.

    `key` sorts as the moments do; `second` is the feed's time in whole seconds. `line` is that of the file."""

    index_id: str
    key: str
    number: float
    second: int
    line: str


Aligned = tuple[CapturedValue, Source]


class _Clock:
    """How far a capture has come. It never goes back."""

    def __init__(self) -> None:
        self.second = -NEVER
        self._later: list[int] = []

    def see(self, second: int) -> None:
        if self.second == -NEVER:
            self.second = second
        elif second > self.second:
            self._later.append(second)
            if len(self._later) >= CONFIRMED_BY:
                self.second = min(self._later)
                self._later = [later for later in self._later if later > self.second]
        elif self._later:
            self._later.pop(0)


class _Waiting(Struct):
    """A value without a partner so far."""

    value: CapturedValue
    is_out: bool = False


class _Aligner:
    """What waits for its partner: by index and side, and by how long it has to."""

    def __init__(self, apart: set[str]) -> None:
        self._apart = apart
        self._pending: tuple[dict[str, deque[_Waiting]], dict[str, deque[_Waiting]]] = {}, {}
        self._waiting: list[tuple[int, int, int, _Waiting]] = []  # a heap: until when, in which order, which side
        self._order = 0
        self._turns: dict[str, TakenTurns] = {}  # of the values without a partner
        self._two_sites: dict[str, TwoSites[CapturedValue]] = {}

    def meet(self, value: CapturedValue, side: int, now: int) -> Iterator[Aligned]:
        """A value of one side, whose clock says `now`."""
        if (two_sites := self._two_sites.get(value.index_id)) is not None:
            two_sites.add(value, side)
            return
        theirs = self._pending[1 - side].get(value.index_id)
        position = _find(theirs, value) if theirs else None
        if theirs is None or position is None:
            waiting = _Waiting(value)
            self._pending[side].setdefault(value.index_id, deque()).append(waiting)
            self._order += 1
            heappush(self._waiting, (max(now, value.second), self._order, side, waiting))
            return
        ours = self._pending[side].pop(value.index_id, None)
        lacking = [(_out(theirs.popleft()), Source(1 - side)) for _ in range(position)]
        partner = _out(theirs.popleft())
        if ours or lacking:
            for lone in _by_time([(_out(each), Source(side)) for each in ours or ()], lacking):
                self._turns_of(value.index_id).lone(lone[0].key, lone[1])
                yield lone
        yield (partner if side else value), Source.BOTH
        turns = self._turns.get(value.index_id)
        if turns is not None and turns.of_two_sites():
            self._cut_by_time(value.index_id)
        elif turns is not None:
            turns.both()

    def give_up(self, horizon: int) -> Iterator[Aligned]:
        """All that waits since before that second: nobody brings it again."""
        while self._waiting and self._waiting[0][0] < horizon:
            *_, side, waiting = heappop(self._waiting)
            index_id = waiting.value.index_id
            if not waiting.is_out and self._is_of_two_sites(waiting.value, side):
                self._cut_by_time(index_id)
            queue = self._pending[side].get(index_id)
            while queue and not waiting.is_out:  # with what came before it
                yield _out(queue.popleft()), Source(side)
        for two_sites in self._two_sites.values():
            kept = two_sites.end(horizon) if horizon == NEVER else two_sites.take(horizon)
            yield from ((value, Source(side)) for value, side in kept)

    def _is_of_two_sites(self, value: CapturedValue, side: int) -> bool:
        turns = self._turns_of(value.index_id)
        turns.lone(value.key, side)
        queues = [[each.value for each in islice(each.get(value.index_id, ()), LOOKED_AT)] for each in self._pending]
        return turns.of_two_sites() or (all(queues) and are_apart(*queues))

    def _turns_of(self, index_id: str) -> TakenTurns:
        turns = self._turns.get(index_id)
        if turns is None:
            turns = self._turns[index_id] = TakenTurns()
        return turns

    def _cut_by_time(self, index_id: str) -> None:
        self._apart.add(index_id)
        two_sites = self._two_sites[index_id] = TwoSites()
        for side, pending in enumerate(self._pending):
            for waiting in pending.pop(index_id, ()):
                two_sites.add(_out(waiting), side)


def _out(waiting: _Waiting) -> CapturedValue:
    waiting.is_out = True
    return waiting.value


def aligned(
    first: Iterable[CapturedValue], second: Iterable[CapturedValue], apart: set[str] | None = None
) -> Iterator[Aligned]:
    """All values of both, each index in its order. `apart` gets the indexes of which they have different values."""
    readers, clocks = (iter(first), iter(second)), (_Clock(), _Clock())
    aligner = _Aligner(set() if apart is None else apart)
    side = 0
    while min(clocks[0].second, clocks[1].second) < NEVER:
        side = 0 if clocks[0].second < clocks[1].second else 1 if clocks[1].second < clocks[0].second else 1 - side
        value = next(readers[side], None)
        if value is None:
            clocks[side].second = NEVER
        else:
            clocks[side].see(value.second)
            yield from aligner.meet(value, side, clocks[side].second)
        yield from aligner.give_up(min(clocks[0].second, clocks[1].second) - WINDOW_S)
    yield from aligner.give_up(NEVER)


def _by_time(one: list[Aligned], other: list[Aligned]) -> Iterator[Aligned]:
    """Two runs of an index between the same two values, each in its order."""
    one, other = one[::-1], other[::-1]
    while one or other:
        yield (one if not other or (one and one[-1][0].key <= other[-1][0].key) else other).pop()


def _find(queue: deque[_Waiting], value: CapturedValue) -> int | None:
    for position, each in enumerate(queue):
        if each.value.key == value.key and each.value.number == value.number:
            return position
    return None
