"""One of several connections that carry the same series: how far it has come in what was written. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from itertools import takewhile

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.ledger import GONE, Ledger, Line
from coinapi_idx_cli.protocol.seam import Held, size_of
from coinapi_idx_cli.protocol.times import is_until
from coinapi_idx_cli.protocol.written_log import Written, WrittenLog

JOINS_AFTER_S = 2.0  # so far apart an index may be in the orders of two servers
PLACED_AFTER_S = 2.0  # it is looked at index by index, if its place in the order of all is not certain by then
DIFFERS_AFTER_S = 2.0  # a value that is not where it should be
UNMET_FOR_S = 5.0  # so far a server may lag behind another
EVIDENCE = 3  # values on each side, before an index is cut by time though the two never met
NEVER_S = float("inf")

Identity = tuple[str, float]  # a moment and a number


class FeedSource:
    """How far a connection has come, in all and in each index. Times are seconds of the monotonic clock.

    An active source writes what it is the first to bring. A passive one only shows what it brings, until it is known to
    carry the same as the active ones: it has met them.
    """

    def __init__(self, number: int, now: float, begin_place: int, *, is_active: bool) -> None:
        self.number = number
        self.opened_s = now
        self.is_active = is_active
        self.brought = False  # a value
        self.is_placed = True  # else all that it brings is held until it is certain where that begins
        self.begin_place = begin_place  # what is written from that place on was written since it is open
        self.met_s: float | None = None  # when a value was seen both in what it brings and in what was written
        self.looked_s = now  # when it was last looked at whether it differs
        self.horizon_s = now  # when that value was written that it has come to
        self.held: Ledger[Held] = Ledger()  # what it brought and nobody wrote
        self.differing: set[str] = set()  # indexes whose values are not those of the leading source
        self.floors: dict[str, str] = {}  # index -> only what is later than that moment is new
        self._lag_s = 0.0  # how much later than the first one it brought the last value
        self._first_place = GONE  # of the first value that it brought
        self._passed_place = GONE  # it has come that far at least
        self._places: dict[str, int] = {}  # index -> the place of the last value of it that it brought
        self._doubtful: dict[str, Identity] = {}  # index -> its first value, which may be a later one that is the same

    def due_s(self) -> float:
        """When something has to be decided about it."""
        if not self.is_active and self.met_s is not None:
            return self.met_s + JOINS_AFTER_S
        oldest = self.held.oldest()
        if oldest is None:
            return NEVER_S
        if not self.is_placed:
            return oldest.received_s + PLACED_AFTER_S
        if self.is_active:
            return oldest.received_s + DIFFERS_AFTER_S
        return max(oldest.received_s, self.looked_s) + UNMET_FOR_S

    def find(self, line: Line[Written], key: str, number: float, *, in_order: bool) -> Written | None:
        """That value, if it was written behind where this source stands in its index.

        `in_order`: what it begins an index with is behind all that it has brought of others.
        """
        place = self._places.get(line.index_id, GONE)
        if line.entries[-1].place <= place:
            return None
        count = line.counts.get((key, number), 0)
        if not count:
            return None
        if place == GONE and (in_order or count > 1):
            place = self._passed_place
        first = None
        for entry in reversed(line.entries):  # what it has yet to bring is at the end
            if entry.place <= place:
                break
            if entry.moment == key and entry.number == number:
                first = entry
        return first

    def owes(self, line: Line[Written]) -> bool:
        """Whether something was written of that index that it has yet to bring."""
        bound = max(self._places.get(line.index_id, GONE), self._first_place, self.begin_place - 1)
        doubtful = self._doubtful.get(line.index_id)
        later = takewhile(lambda entry: entry.place > bound, reversed(line.entries))
        return any((entry.moment, entry.number) != doubtful for entry in later)

    def begins_with(self, index_id: str, last: Identity | None, value: Identity) -> bool:
        """Whether its first value is the last one that was written of the index, however long ago: some servers begin
        with that."""
        return value == last and index_id not in self._places and index_id not in self.held.lines

    def is_new(self, index_id: str, key: str) -> bool:
        """Whether that moment is late enough for a value to be new, where the index is cut by time."""
        floor = self.floors.get(index_id)
        if floor is not None and is_until(key, floor):
            return False
        if floor is not None:
            del self.floors[index_id]
        return True

    def passed(self, entry: Written, now: float) -> bool | None:
        """It brought what was written already. Whether that was in the order of all; None if that is not certain."""
        index_id = entry.index_id
        is_in_order = entry.place > self._passed_place if index_id in self._places else None
        if index_id in self._places:
            self._doubtful.pop(index_id, None)
        else:
            self._doubtful[index_id] = entry.moment, entry.number
        if self._first_place == GONE:
            self._first_place = entry.place
        self._places[index_id] = entry.place
        self._lag_s = now - entry.written_s
        self.horizon_s = max(self.horizon_s, entry.written_s) if self.brought else entry.written_s
        self.brought = True
        self._passed_place = max(self._passed_place, entry.place)
        self.floors.pop(index_id, None)
        return is_in_order

    def wrote(self, entry: Written, now: float) -> None:
        """It was the first to bring this."""
        self.brought = True
        self._doubtful.pop(entry.index_id, None)
        self._places[entry.index_id] = entry.place
        self._passed_place = max(self._passed_place, entry.place)
        self._lag_s, self.horizon_s = 0.0, now

    def is_beside(self, now: float) -> None:
        """It brought what is not compared: it lags as before."""
        self.horizon_s = max(self.horizon_s, now - self._lag_s)

    def differs_in(self, index_id: str) -> None:
        self.differing.add(index_id)
        self.held.drop_line(index_id)
        self.floors.pop(index_id, None)

    def hold(self, value: IndexValue, text: bytes, key: str, received_ns: int, now: float) -> None:
        self.brought = True
        size = size_of(value, text)
        self.held.add(Held(value.index_id, key, value.value, size, GONE, value, text, received_ns, now))

    def take_all_held(self) -> Iterable[Held]:
        """What it holds, in order, which is held no longer."""
        held, self.held = self.held, Ledger()
        return held

    def take_held(self, index_id: str) -> list[Held]:
        """What it holds of an index, which is held no longer."""
        line = self.held.lines.get(index_id)
        held = [copy(each) for each in line.entries] if line is not None else []  # what is dropped is emptied
        self.held.drop_line(index_id)
        return held

    def has_held(self, index_id: str, now: float) -> bool:
        """Whether it has held a value of that index for so long that the others had the time to bring it."""
        return self.held.lines[index_id].entries[0].received_s + DIFFERS_AFTER_S <= now

    def lines_apart(self, log: WrittenLog) -> list[str]:
        """The indexes of which it and the others brought values of the same stretch of time, and none is the same."""
        apart = []
        for index_id, held in self.held.lines.items():
            line = log.line(index_id)
            if line is None or len(held.entries) < EVIDENCE or len(line.entries) < EVIDENCE:
                continue
            shown, written = held.entries[EVIDENCE - 1], line.entries[-EVIDENCE]
            is_later = written.written_s >= shown.received_s + UNMET_FOR_S  # they had the time to bring the same
            if is_later and is_until(shown.moment, line.entries[-1].moment):
                apart.append(index_id)
        return apart
