"""Two connections that carry the same series, each with its own delay: what the one wrote, what the other showed.

Each index is aligned by itself, as two lines: of what was written and not shown by the other yet, and of what the other
showed and was not brought yet. Where an identity of one is in the other's line, all that comes before it there is
older than where the second connection began. So each line stays as long as the skew between the two.

Two servers need not publish the same values (PROTOCOL.md, "One feed, several sites"). Of one series, one of the two
lines is empty once the connections have met. So where both hold values, and those of the next are not all later, the
two differ, and that index is cut by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.ledger import GONE, LINE_BYTES, Entry, Ledger, Line
from coinapi_idx_cli.protocol.times import alternations, is_before, is_until, moment
from coinapi_idx_cli.protocol.written_values import Match, WrittenValues

HELD_LIMIT_BYTES = 32 * 1024 * 1024
HELD_VALUE_BYTES = 512  # beside its text and its id: the value is kept, too
NOTHING = IndexValue("index", "", "", 0)
EVIDENCE = 3  # values that are not the same, before an index is cut by time while both connections live
TURNS_LOOKED_AT = 32  # values of an index on each side
SAME_KEPT = 50_000  # indexes
LOOKED_THROUGH = 100  # values of an index whose value does not change


class Held(Entry):
    """A value that the next connection showed and the current one did not bring yet."""

    value: IndexValue = NOTHING
    text: bytes = b""
    time_received_ns: int = 0
    received_s: float = 0.0  # of the monotonic clock

    def let_go(self) -> None:
        super().let_go()
        self.value, self.text = NOTHING, b""


class Seam:
    """From the moment when the next connection is open until it takes over. `by_time`: see `WrittenValues`.

    `may_miss`: each is a series that may have holes, as those of two runs. So both sides may hold values of an index
    though it is the same, and only values that are between each other's show that it is not.
    """

    def __init__(
        self, written: WrittenValues, *, by_time: bool, may_miss: bool = False, limit_bytes: int = HELD_LIMIT_BYTES
    ) -> None:
        self.written = written
        self.met = False  # the two were seen to carry the same stretch of time: from there on nothing is missing
        self.current_brought = False
        self.next_showed = False
        self.met_until_ns = 0  # when the last value that both carried was received here
        self._by_time = by_time
        self._is_comparable = not by_time and not may_miss
        self._may_miss = may_miss and not by_time
        self._limit_bytes = limit_bytes
        self._begins_at = written.added
        self._held: Ledger[Held] = Ledger()
        self._same: dict[int, int] = {}  # index -> the last value of it that both connections brought, as hashes

    def __len__(self) -> int:
        """How much is remembered: the skew between the two connections, in values."""
        return len(self.written) + len(self._held)

    @property
    def held(self) -> int:
        """How many values nobody wrote yet."""
        return len(self._held)

    @property
    def held_bytes(self) -> int:
        """About what they take in memory."""
        return self._held.size_bytes

    @property
    def size_bytes(self) -> int:
        """The same of all."""
        return self.written.size_bytes + self._held.size_bytes

    def wrote(self, values: Iterable[IndexValue]) -> None:
        """The current connection brought these, and they are written."""
        for value in values:
            self.current_brought = True
            key = moment(value.time_coinapi)
            line = self._held.lines.get(value.index_id)
            if line is not None and self._releases(line, value, key) and not self._by_time:
                continue
            self.written.add_identity(value.index_id, key, value.value)
            if line is not None and self._is_comparable:
                self._compare(line, EVIDENCE)
            elif line is not None and line.entries and self._may_miss:
                self._compare_turns(line)

    def has_room_for(self, batch: Batch) -> bool:
        """Whether `showed` may be called: else the next connection has to take over."""
        size_bytes = sum(map(size_of, batch.values, batch.texts)) + len(batch.values) * LINE_BYTES
        return self._held.size_bytes + size_bytes <= self._limit_bytes

    def showed(self, batch: Batch, now: float) -> None:
        """The next connection brought these; what is not written yet is held."""
        for value, text in zip(batch.values, batch.texts, strict=True):
            self.next_showed = True
            key = moment(value.time_coinapi)
            match = self.written.match(value.index_id, key, value.value)
            if match is not Match.NONE:
                self.met = True
                self.met_until_ns = batch.time_received_ns
            if match is Match.SAME:
                self._note_same(value, key)
                self._held.drop_line(value.index_id)  # they come before a written one, so they were written earlier
            elif match is Match.NONE:
                size, received_ns = size_of(value, text), batch.time_received_ns
                line = self._held.add(Held(value.index_id, key, value.value, size, GONE, value, text, received_ns, now))
                if self._is_comparable:
                    self._compare(line, EVIDENCE)
                elif self._may_miss:
                    self._compare_turns(line)

    def give_up_before(self, time_ns: int) -> int:
        """Let go what was received before that and nobody wrote; returns how many values that were."""
        before = len(self._held)
        while (oldest := self._held.oldest()) is not None and oldest.time_received_ns < time_ns:
            self._held.drop(oldest.index_id, 1)
        return before - len(self._held)

    def settle(self) -> None:
        """The end of the current connection: from here on no more evidence will come."""
        if not self._is_comparable:
            return
        for line in list(self._held.lines.values()):
            self._compare(line, 1)
        for index_id in self.written.index_ids():
            last = self._last_brought(index_id) if hash(index_id) in self._same else None
            if last is not None:
                self.written.expect(index_id, last.place)

    def rest(self) -> Iterator[tuple[Batch, float]]:
        """What the next connection showed and nobody wrote, in its order, and when it was received."""
        batch: Batch | None = None
        received_s = 0.0
        for held in self._held:
            if batch is None or batch.time_received_ns != held.time_received_ns:
                if batch is not None:
                    yield batch, received_s
                batch, received_s = Batch(held.time_received_ns), held.received_s
            batch.values.append(held.value)
            batch.texts.append(held.text)
        if batch is not None:
            yield batch, received_s

    def _releases(self, line: Line[Held], value: IndexValue, key: str) -> bool:
        """Let go what `value` proves to be written. Whether it was among that itself."""
        position = line.find(key, value.value)
        if position is not None:
            self.met_until_ns = line.entries[position].time_received_ns
            self._held.drop(value.index_id, position + 1)
            self.written.forget_index(value.index_id)
            self._note_same(value, key)
            self.met = True
            return True
        if self.written.is_by_time(value.index_id):
            self._drop_until(line, key, inclusive=not self._by_time)
        return False

    def _note_same(self, value: IndexValue, key: str) -> None:
        index = hash(value.index_id)
        if index in self._same or len(self._same) < SAME_KEPT:
            self._same[index] = hash((key, value.value))

    def _compare(self, line: Line[Held], evidence: int) -> None:
        """Cut the index by time if this many values that the current connection did not bring are not later than what
        it brought."""
        if len(line.entries) < evidence:
            return
        last, shown = self._last_brought(line.index_id), line.entries
        # Once both have brought the same value, one of the two sides is empty, if they are the same from there on.
        is_proof = evidence == 1 and hash(line.index_id) in self._same
        if last is None or not (is_proof or is_until(shown[evidence - 1].moment, last.moment)):
            return
        written = self.written.line(line.index_id)
        if written is None or (evidence > 1 and is_before(shown[-1].moment, written.entries[0].moment)):
            return  # it may lag further behind than is remembered, and catch up
        self.written.cut_by_time([line.index_id])
        self._drop_until(line, last.moment, inclusive=True)

    def _compare_turns(self, line: Line[Held]) -> None:
        """Cut the index by time if values of the two are between each other's, again and again, and none is the same.

        A hole in one of the two is a stretch of time in which only the other has values.
        """
        written = self.written.line(line.index_id)
        if written is None or not is_before(line.entries[0].moment, written.entries[-1].moment):
            return
        shown = [held.moment for held in islice(line.entries, TURNS_LOOKED_AT)]
        brought = [entry.moment for entry in islice(reversed(written.entries), TURNS_LOOKED_AT)]
        if alternations(brought, shown) > 2 * EVIDENCE:
            last = written.entries[-1].moment
            self.written.cut_by_time([line.index_id])
            self._drop_until(line, last, inclusive=True)

    def _last_brought(self, index_id: str) -> Entry | None:
        """The last value that only the current connection brought during the overlap.

        What is written from before proves nothing, nor what equals the last one that both brought: an identity may come
        twice, and then it is not sure which of them the next connection showed.
        """
        line, same = self.written.line(index_id), self._same.get(hash(index_id))
        for entry in islice(reversed(line.entries if line is not None else ()), LOOKED_THROUGH):
            if entry.place < self._begins_at:
                return None
            if same is None or hash((entry.moment, entry.number)) != same:
                return entry
        return None

    def _drop_until(self, line: Line[Held], key: str, *, inclusive: bool) -> None:
        """The two carry the same stretch of time, so nothing is missing there."""
        count = 0
        for held in line.entries:
            if not is_before(held.moment, key) and not (inclusive and held.moment == key):
                break
            count += 1
        if count:
            self.met_until_ns = line.entries[count - 1].time_received_ns
            self._held.drop(line.index_id, count)
            self.met = True


def size_of(value: IndexValue, text: bytes) -> int:
    """About what a held value takes in memory, in bytes."""
    return HELD_VALUE_BYTES + len(text) + value.index_id.__sizeof__()
