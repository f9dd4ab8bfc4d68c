"""What the table knows of each index. Pure: no terminal, no clock, no lock."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite

import orjson

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.value_texts import value_text
from coinapi_idx_cli.table.history import MINUTE_S, SECOND_S, History, PastBucket
from coinapi_idx_cli.table.index_names import IndexNames
from coinapi_idx_cli.table.order import arranged
from coinapi_idx_cli.table.trail import STEPS_A_MINUTE, Steps, Trail

# Rows that change places with every frame cannot be read.
ARRANGED_EVERY_S = 2.0

# What the rows may take in memory: some 18,000, where the feed has 8,000. ROW_BYTES is what one of them takes beside
# its id, measured: with all that it knows of five minutes, and what its history of more than a day adds.
ROWS_LIMIT_BYTES = 192 * 1024 * 1024
ROW_BYTES = 5632 + 5120
KEPT_SHARE = 7 / 8  # when it is too much, more rows go at once than one, as it takes a look at all of them
LONGEST_MESSAGE_BYTES = 512  # of a longer one only the time and the value are kept
LONGEST_TEXT = 64  # of these

SEEN_KEPT = 100  # rows whose seconds are kept: 12 MB

# Of values that come by chance, one in thousands is this many times the usual away from the one before.
_QUIET_RHYTHMS = 8
_LEAST_QUIET_S = 10.0
_LEAST_UPDATES = 5  # fewer make no rhythm


@dataclass(slots=True)
class Row:
    """One index. Until there is a value, only `index_id` has a meaning."""

    index_id: str
    updates: int = 0
    value: float | None = None  # None until there is one
    previous: float | None = None  # None until there are two
    first: float = 0.0  # of this run, as low and high
    low: float = 0.0
    high: float = 0.0
    message: bytes = b""  # the last one, as it came: it holds the value's exact text, and its time
    first_s: float = 0.0  # monotonic
    updated_s: float = 0.0  # monotonic
    received_ns: int = 0  # UTC
    trail: Trail = field(default_factory=Trail)
    history: History = field(default_factory=History)
    stretch_s: float = 0.0  # when the stretch began that is still to be noted in trail and history, and what it had
    stretch_low: float = 0.0
    stretch_high: float = 0.0
    due_s: float = 0.0  # when it ends
    is_seen: bool = False  # on the screen now or lately
    past: list[float | None] = field(default_factory=list)  # of a copy: the trail, with a hole where there was a gap
    rate: float | None = None  # of a copy: updates a second; None while that cannot be known

    def change(self) -> float | None:
        """Last value minus the one before."""
        return None if self.value is None or self.previous is None else self.value - self.previous

    def since_start(self) -> float | None:
        """Last value minus the first one."""
        return None if self.value is None or self.previous is None else self.value - self.first

    def percent(self) -> float | None:
        """`since_start` in percent of the first value's size. None where that has no meaning."""
        change = self.since_start()
        if change is None or not self.first:
            return None
        percent = change / abs(self.first) * 100
        return percent if isfinite(percent) else None

    def age_s(self, now_s: float) -> float:
        """Seconds since the last value came."""
        return max(0.0, now_s - self.updated_s)

    def is_quiet(self, now_s: float) -> bool:
        """Whether the next value is overdue by far, as this index goes."""
        if self.updates < _LEAST_UPDATES:
            return False
        rhythm_s = (self.updated_s - self.first_s) / (self.updates - 1)
        return self.age_s(now_s) > max(_LEAST_QUIET_S, _QUIET_RHYTHMS * rhythm_s)


class Rows:
    """All rows, in the order of `sort`: by default those asked for as asked, or all by their ids where none was.

    `take` may be called while another thread calls `look`; `snapshot` may not.
    """

    def __init__(
        self, index_ids: Iterable[str] = (), sort: Sort = Sort.ASKED, limit_bytes: int = ROWS_LIMIT_BYTES
    ) -> None:
        """`limit_bytes`: when the rows take more, the quietest are dropped, but none that was asked for."""
        self.dropped = 0
        self._limit_bytes = limit_bytes
        self._size_bytes = 0  # of those that can be dropped
        self._order = list(dict.fromkeys(index_ids))
        self._asked = frozenset(self._order)
        self._rows: dict[str, Row] = {}
        self._sort = Sort.ID if sort is Sort.ASKED and not self._order else sort
        self._steps = Steps()
        # The first ones of that order, arranged. When rows are dropped there is a new order: then this holds no longer.
        self._arranged: tuple[list[str], list[str]] = (self._order, [])
        self._arrange_again_s = float("-inf")
        self._lately: dict[str, None] = {}  # the rows that were on the screen, the latest last
        self.names = IndexNames()

    def __len__(self) -> int:
        return len(self._order)

    @property
    def waiting(self) -> int:
        """How many were asked for and have not come."""
        return len(self._order) - len(self._rows)

    def update(self, values: list[IndexValue], messages: list[bytes], now_s: float, received_ns: int = 0) -> None:
        """Note the next values, in order; `messages[i]` is the text of `values[i]`. The only place that reads values.

        The busiest loop of the table: everything that can wait for the painting is left to it.
        """
        rows, step = self._rows, self._steps.at(now_s)
        if max(map(len, messages), default=0) > LONGEST_MESSAGE_BYTES:
            messages = list(map(_shortened, messages, values))
        for message, value in zip(messages, values, strict=True):
            number = value.value
            row = rows.get(value.index_id) or self._add(value.index_id, number, now_s, step)
            if now_s >= row.due_s:
                self._begin_stretch(row, number, now_s, step)
            row.previous = row.value
            row.value = number
            # Beyond all that there was is beyond all of this stretch, too.
            if number > row.stretch_high:
                row.stretch_high = number
                if number > row.high:
                    row.high = number
            elif number < row.stretch_low:
                row.stretch_low = number
                if number < row.low:
                    row.low = number
            row.message = message
            row.updates += 1
            row.updated_s = now_s
            row.received_ns = received_ns

    def _begin_stretch(self, row: Row, number: float, now_s: float, step: int) -> None:
        """It ends with the step of the trail, with the minute, and, of a row that is seen, with the second."""
        self._note_stretch(row)
        row.trail.note(step, row.value, row.updates)
        row.stretch_s, row.stretch_low, row.stretch_high = now_s, number, number
        row.low, row.high = min(row.low, number), max(row.high, number)
        length_s = SECOND_S if row.is_seen else MINUTE_S
        row.due_s = min(self._steps.began_s(step + 1), (now_s // length_s + 1) * length_s)

    @staticmethod
    def _note_stretch(row: Row) -> None:
        """What the stretch had so far: that can be noted again later."""
        if row.value is not None:
            row.history.add(row.stretch_s, row.stretch_low, row.stretch_high, row.value)

    def note_gap(self, from_s: float, to_s: float) -> None:
        """Nothing was received between."""
        self._steps.note_gap(from_s, to_s)

    def _add(self, index_id: str, number: float, now_s: float, step: int) -> Row:
        row = Row(index_id, first=number, low=number, high=number, first_s=now_s, updated_s=now_s)
        row.trail.step = step
        self._rows[index_id] = row
        if index_id in self._asked and len(self._asked) <= SEEN_KEPT:
            self._see(row)
        if index_id not in self._asked:
            self._order.append(index_id)
            self._size_bytes += _size_bytes(row)
            if self._size_bytes > self._limit_bytes:
                self._drop_quietest()
        return row

    def _drop_quietest(self) -> None:
        """Those whose last values are the oldest."""
        quietest = sorted((row for row in self._rows.values() if row.index_id not in self._asked), key=_last_s)
        for row in quietest:
            if self._size_bytes <= self._limit_bytes * KEPT_SHARE:
                break
            del self._rows[row.index_id]
            self._size_bytes -= _size_bytes(row)
            self.dropped += 1
        self._order = [index_id for index_id in self._order if index_id in self._asked or index_id in self._rows]

    def _see(self, row: Row) -> None:
        """From now on all that it does is kept, until a hundred others have been looked at."""
        self._lately.pop(row.index_id, None)
        self._lately[row.index_id] = None
        if row.is_seen:
            return
        row.is_seen, row.due_s = True, 0.0
        first = row.trail.step - len(row.trail.values)
        trail = [(self._steps.began_s(place), value) for place, value in enumerate(row.trail.values, first)]
        row.history.see([(at_s, value) for at_s, value in trail if value is not None])
        if len(self._lately) > SEEN_KEPT:
            other = self._rows.get(next(iter(self._lately)))
            del self._lately[next(iter(self._lately))]
            if other is not None:
                other.is_seen = False
                other.history.forget()

    def past(self, index_id: str, begin_s: float, now_s: float) -> list[PastBucket]:
        """What that index did since then."""
        row = self._rows.get(index_id)
        if row is None:
            return []
        self._note_stretch(row)
        return row.history.since(begin_s, now_s)

    def gaps(self) -> list[tuple[float, float]]:
        """When nothing was received, in seconds of the monotonic clock."""
        return self._steps.gaps()

    def sort_by(self, sort: Sort) -> None:
        """From the next look on."""
        if sort is not self._sort:
            self._sort, self._arrange_again_s = sort, float("-inf")

    @property
    def sort(self) -> Sort:
        return self._sort

    def look(self, now_s: float) -> None:
        """Sort the rows again when it is time to."""
        order = self._order
        if now_s >= self._arrange_again_s or self._arranged[0] is not order:
            self._arrange_again_s = now_s + ARRANGED_EVERY_S
            rows = [self._seen(index_id, now_s) for index_id in list(order)]
            self._arranged = order, [row.index_id for row in arranged(rows, self._sort, now_s)]
            if len(self.names.all_ids) != len(order) or self.dropped:
                self.names = IndexNames(tuple(order))

    def _seen(self, index_id: str, now_s: float) -> Row:
        """A copy with the rate of this moment."""
        row = self._rows.get(index_id)
        if row is None or row.value is None:
            return Row(index_id)
        row, step = copy(row), self._steps.at(now_s)
        minute_ago_s = self._steps.began_s(step - STEPS_A_MINUTE)
        row.rate = row.trail.rate(row.updates, row.first_s, now_s, minute_ago_s, step)
        return row

    def ids(self, part: str = "", *, is_turned: bool = False) -> list[str]:
        """Of all rows in their order, or turned about; `part`: only those that contain it, whatever its case."""
        of, arranged_ids = self._arranged
        known = arranged_ids if of is self._order else []
        ids = [*known, *islice(self._order, len(known), None)]
        if part:
            ids = [index_id for index_id in ids if part.casefold() in index_id.casefold()]
        return ids[::-1] if is_turned else ids

    def snapshot(self, now_s: float, index_ids: Iterable[str]) -> list[Row]:
        """Copies of these rows, which later values do not change."""
        return [self._copy(index_id, now_s) for index_id in index_ids]

    def _copy(self, index_id: str, now_s: float) -> Row:
        row, step = self._seen(index_id, now_s), self._steps.at(now_s)
        if row.value is not None:
            row.trail.note(step, row.value, row.updates)
            self._see(self._rows[index_id])
            row.past = self._steps.with_holes(list(row.trail.values), step)
        return row


def _shortened(message: bytes, value: IndexValue) -> bytes:
    if len(message) <= LONGEST_MESSAGE_BYTES:
        return message
    time, number = orjson.dumps(value.time_coinapi[:LONGEST_TEXT]), value_text(message)
    if len(number) > LONGEST_TEXT:
        number = repr(value.value)
    return b'{"type":"index","index_id":"","time_coinapi":%b,"value":%b}' % (time, number.encode())


def _size_bytes(row: Row) -> int:
    return ROW_BYTES + row.index_id.__sizeof__()


def _last_s(row: Row) -> float:
    return row.updated_s
