"""What was written lately, and a connection that lags may bring again."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.ledger import ENTRY_BYTES, Entry, Ledger, Line
from coinapi_idx_cli.protocol.times import is_before, moment

WRITTEN_LIMIT_BYTES = 32 * 1024 * 1024


class Match(Enum):
    """What a value is to what was written."""

    NONE = auto()
    SAME = auto()
    OLDER = auto()  # not known, but from before what is, where time decides


class WrittenValues:
    """What was written, to recognise what comes again.

    Each index by identity, or by time: then only its last value counts, and what is older counts as written too.

    By time are all of them if `by_time`, for feeds with an update limit, where each server samples for itself; else
    those that differ between two servers, see `cut_by_time`.

    Where an identity is in its line more than once, the order over all indexes tells which one is meant: the first
    after the last value that was recognised beyond doubt.

    When there is more than `limit_bytes` the oldest values are forgotten, and `is_cut` is set. From then on what is
    older than all that is known of its index counts as written: it came before that in the same series.
    """

    def __init__(self, *, by_time: bool = False, limit_bytes: int = WRITTEN_LIMIT_BYTES) -> None:
        self.is_cut = False
        self.times_cut = 0  # how often an index was found to differ
        self._by_time = by_time
        self._limit_bytes = limit_bytes
        self._ledger: Ledger[Entry] = Ledger()
        self._recognised = -1

    def __len__(self) -> int:
        return len(self._ledger)

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return self._ledger.size_bytes

    @property
    def added(self) -> int:
        """How many values there were so far, which is the place of the next one."""
        return self._ledger.added

    @property
    def differing(self) -> list[str]:
        """The indexes that are cut by time though not all are."""
        return [index_id for index_id, line in self._ledger.lines.items() if line.differs]

    def index_ids(self) -> list[str]:
        return list(self._ledger.lines)

    def line(self, index_id: str) -> Line[Entry] | None:
        """What is known of an index: one value at least."""
        return self._ledger.lines.get(index_id)

    def is_by_time(self, index_id: str) -> bool:
        line = self.line(index_id)
        return self._by_time or (line is not None and line.differs)

    def add(self, value: IndexValue) -> None:
        self.add_identity(value.index_id, moment(value.time_coinapi), value.value)

    def add_identity(self, index_id: str, key: str, number: float) -> None:
        """The same, where the moment of the value is known."""
        line = self._ledger.add(Entry(index_id, key, number, ENTRY_BYTES + key.__sizeof__()))
        if self._by_time or line.differs:
            self._keep_last(index_id, line)
        while self._ledger.size_bytes > self._limit_bytes and (oldest := self._ledger.oldest()) is not None:
            self.is_cut = True
            self._ledger.drop(oldest.index_id, 1)

    def match(self, index_id: str, key: str, number: float) -> Match:
        """If that value was written, neither it nor what was written before it is expected again."""
        line = self.line(index_id)
        if line is None:
            return Match.NONE
        is_certain = line.counts.get((key, number), 0) == 1
        position = line.find(key, number, after=-1 if is_certain else self._recognised)
        if position is None:
            if line.entries[0].place <= line.due_until:
                self.cut_by_time([index_id])
            return Match.OLDER if self._counts_as_written(line, key) else Match.NONE
        if is_certain:
            self._recognised = max(self._recognised, line.entries[position].place)
        if not self._by_time:
            self._ledger.drop(index_id, position + 1)
        return Match.SAME

    def recognise(self, value: IndexValue) -> bool:
        """Whether `value` counts as written."""
        return self.match(value.index_id, moment(value.time_coinapi), value.value) is not Match.NONE

    def is_older(self, value: IndexValue) -> bool:
        """Whether `value` is from before all that is known of its index."""
        line = self.line(value.index_id)
        return line is not None and is_before(moment(value.time_coinapi), line.entries[0].moment)

    def cut_by_time(self, index_ids: Iterable[str]) -> None:
        """These are not the same at the next server: what is not later than their last values counts as written."""
        for index_id in index_ids:
            line = self.line(index_id)
            if line is not None:
                self.times_cut += not line.differs
                line.differs = True
                self._keep_last(index_id, line)

    def expect(self, index_id: str, place: int) -> None:
        """The next server showed what precedes these values: it shows them next, up to that place, or it differs."""
        self._ledger.lines[index_id].due_until = place

    def forget_index(self, index_id: str) -> None:
        self._ledger.drop_line(index_id)

    def _keep_last(self, index_id: str, line: Line[Entry]) -> None:
        self._ledger.drop(index_id, len(line.entries) - 1)

    def _counts_as_written(self, line: Line[Entry], key: str) -> bool:
        if is_before(key, line.entries[0].moment):
            return self._by_time or line.differs or self.is_cut
        return line.differs and key == line.entries[0].moment
