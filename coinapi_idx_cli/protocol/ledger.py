"""Values in the order in which they came, each index a line of its own, found by identity and counted in bytes.

A value has no number; its identity is (`index_id`, `time_coinapi`, `value`), times compared as moments and values as
numbers, and the same identity can come more than once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

from msgspec import Struct

ENTRY_BYTES = 320  # what a value takes here beside its texts: measured, and rounded up
LINE_BYTES = 1152  # the same of an index
GONE = -1
SPARE = 64  # so many entries that are gone may be in the order before it is rebuilt


class Entry(Struct, eq=False, gc=False):
    """One value. `gc=False`: it is part of no circle, and the collector would walk through all of them."""

    index_id: str
    moment: str  # see `times`
    number: float
    size_bytes: int
    place: int = GONE  # in the order of all

    def let_go(self) -> None:
        """It stays in the order for a while, and takes next to nothing there."""
        self.place = GONE
        self.index_id = self.moment = ""


E = TypeVar("E", bound=Entry)


class Line(Generic[E]):
    """The values of one index, the oldest first."""

    __slots__ = ("counts", "differs", "due_until", "entries", "index_id")

    def __init__(self, index_id: str) -> None:
        self.index_id = index_id
        self.entries: deque[E] = deque()
        self.counts: dict[tuple[str, float], int] = {}
        self.differs = False  # see `seam`, also for what follows
        self.due_until = -1

    def find(self, moment: str, number: float, *, after: int = -1) -> int | None:
        """How many come before the first one with that identity, whose place is behind `after`."""
        if (moment, number) not in self.counts:
            return None
        for position, entry in enumerate(self.entries):
            if entry.moment == moment and entry.number == number and entry.place > after:
                return position
        return None


class Ledger(Generic[E]):
    """Iterating gives all values in order."""

    def __init__(self) -> None:
        self.lines: dict[str, Line[E]] = {}
        self.size_bytes = 0
        self.added = 0
        self._order: deque[E] = deque()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[E]:
        return (entry for entry in self._order if entry.place != GONE)

    def add(self, entry: E) -> Line[E]:
        """At the end. Returns the line of its index."""
        line = self.lines.get(entry.index_id)
        if line is None:
            line = self.lines[entry.index_id] = Line(entry.index_id)
            self.size_bytes += _line_bytes(entry.index_id)
        entry.index_id = line.index_id  # one text for all of them
        entry.place = self.added
        key = (entry.moment, entry.number)
        line.entries.append(entry)
        line.counts[key] = line.counts.get(key, 0) + 1
        self._order.append(entry)
        self.size_bytes += entry.size_bytes
        self.added += 1
        self._length += 1
        self._tidy()
        return line

    def drop(self, index_id: str, count: int) -> None:
        """The first `count` values of an index; the line goes with its last one."""
        line = self.lines[index_id]
        for _ in range(count):
            entry = line.entries.popleft()
            self.size_bytes -= entry.size_bytes
            self._length -= 1
            key = (entry.moment, entry.number)
            entry.let_go()
            if line.counts[key] == 1:
                del line.counts[key]
            else:
                line.counts[key] -= 1
        if not line.entries:
            del self.lines[index_id]
            self.size_bytes -= _line_bytes(index_id)

    def drop_line(self, index_id: str) -> None:
        """All values of an index, if there are any."""
        if index_id in self.lines:
            self.drop(index_id, len(self.lines[index_id].entries))

    def after(self, place: int) -> Iterator[E]:
        """What came after the value at that place, while values are only ever dropped in their order."""
        oldest = self.oldest()
        return iter(()) if oldest is None else islice(self._order, place + 1 - oldest.place, None)

    def oldest(self) -> E | None:
        """The first one of all, which is the first one of its index, too."""
        while self._order and self._order[0].place == GONE:
            self._order.popleft()
        return self._order[0] if self._order else None

    def _tidy(self) -> None:
        while self._order[0].place == GONE:
            self._order.popleft()
        if len(self._order) > 2 * self._length + SPARE:
            self._order = deque(self)


def _line_bytes(index_id: str) -> int:
    return LINE_BYTES + index_id.__sizeof__()
