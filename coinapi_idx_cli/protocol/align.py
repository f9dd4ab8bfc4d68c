"""Two lines for each index: what is in the stream and was not on my feed yet, and what was on my feed and is not in the
stream yet.

The two may carry the same series with any delay between them, and either may have skipped a value, so that each is
looked for through the whole line. What was skipped by the writer is `missed`.

Where values of the two are between each other's and none is the same, the two feeds are of sites that differ
(PROTOCOL.md, "One feed, several sites"): that index is cut by time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.held_values import InStream, Loss, OnFeed
from coinapi_idx_cli.protocol.ledger import ENTRY_BYTES, GONE, LINE_BYTES, Ledger, Line
from coinapi_idx_cli.protocol.times import alternations, is_before, is_until, moment

HELD_BYTES = ENTRY_BYTES + 64  # what a value takes beside its text
INDEX_BYTES = LINE_BYTES + 80
KEPT_S = 30.0  # what only one of the two has brought; after that a value that equals it is a new one
EVIDENCE = 3  # values of each side between those of the other
TURNS_LOOKED_AT = 32  # values of an index on each side
LOOK_EVERY = 4
MET_BY = 3  # values in a row that both have: one alone may be a repeat of an older one


class Alignment:
    """What the stream and my feed have, compared. `now` is seconds of the monotonic clock.

    `is_writing`: nobody else writes, so what my feed brings either was written already or is to be written now.
    """

    def __init__(self) -> None:
        self.is_writing = False
        self.missed = 0  # values that were on my feed, and are not in the stream where it has later ones
        self.differing: dict[str, str] = {}  # indexes that are cut by time, and the last moment that is in the stream
        self.losses: list[Loss] = []
        self._assumed: Loss | None = None  # that it took nothing, until something of mine is in the stream
        self._held: Ledger[OnFeed] = Ledger()
        self._written: Ledger[InStream] = Ledger()
        self._met_written = self._met_held = 0  # the places of the last value that both have
        self._shown_in_a_row = self._written_in_a_row = 0  # that the other side had already
        self._passed: deque[tuple[float, int]] = deque()  # when what is held had been met up to which place

    @property
    def held(self) -> int:
        return len(self._held)

    @property
    def written(self) -> int:
        return len(self._written)

    @property
    def held_bytes(self) -> int:
        """About what they take in memory."""
        return self._held.size_bytes

    @property
    def text_bytes(self) -> int:
        """About what their texts take."""
        held = self._held
        return max(0, held.size_bytes - len(held) * HELD_BYTES - len(held.lines) * INDEX_BYTES)

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing between the stream and the oldest value that is held."""
        if not self.losses:
            return True
        oldest = self._held.oldest()
        return oldest is not None and oldest.place < self.losses[0].place

    def oldest(self) -> OnFeed | None:
        return self._held.oldest()

    def lose(self, kind: str) -> None:
        """My feed is interrupted: what it brings next does not follow what it brought last."""
        self._shown_in_a_row = self._written_in_a_row = 0
        if not self.losses or self.losses[-1].place < self._held.added:
            self.losses.append(Loss(kind, self._held.added))

    def assume_nothing_is_missing(self) -> None:
        """Nothing was ever written, and I am about to be the first: then the first loss took nothing."""
        self._assumed = self.losses.pop(0)

    def stand_by(self) -> None:
        """Somebody else writes, or may."""
        self.is_writing = False
        if self._assumed is not None:
            self.losses.insert(0, self._assumed)
            self._assumed = None

    def forget_first_loss(self) -> Loss:
        """It is written down."""
        return self.losses.pop(0)

    def showed(
        self,
        texts: Sequence[bytes],
        values: Sequence[IndexValue],
        received_ns: int,
        now: float,
        *,
        origin: int = -1,
        first_line: int = 0,
    ) -> None:
        """My feed brought these."""
        for number, (text, value) in enumerate(zip(texts, values, strict=True), first_line):
            index_id, key = value.index_id, moment(value.time_coinapi)
            line = self._written.lines.get(index_id)
            if line is not None and (position := line.find(key, value.value)) is not None:
                self._shown_in_a_row += 1
                if self._shown_in_a_row >= MET_BY:
                    self._met(line.entries[position].place, self._held.added)
                self._written.drop(index_id, position + 1)
                self._miss(index_id)
                continue
            last = self.differing.get(index_id)
            if last is not None and is_until(key, last):
                self._met_by_time(self._held.added)
                continue
            if self._written:
                self._shown_in_a_row = 0
            if self.is_writing and line is not None and self._is_overtaken(line, key):
                self.missed += 1
                continue
            held = OnFeed(index_id, key, value.value, HELD_BYTES + len(text), GONE)
            held.text, held.time_coinapi, held.received_ns, held.at_s = text, value.time_coinapi, received_ns, now
            held.origin, held.line = origin, number
            mine = self._held.add(held)
            if line is not None and not self.is_writing:
                self._compare(mine, line)

    def wrote(self, values: Iterable[IndexValue], now: float) -> None:
        """The stream has these, and somebody else wrote them."""
        for value in values:
            index_id, key = value.index_id, moment(value.time_coinapi)
            line = self._held.lines.get(index_id)
            if line is not None and (position := line.find(key, value.value)) is not None:
                self._written_in_a_row += 1
                if self._written_in_a_row >= MET_BY:
                    self._met(self._written.added, line.entries[position].place)
                self.missed += position
                self._held.drop(index_id, position + 1)
                self._written.drop_line(index_id)
                self.differing.pop(index_id, None)
                continue
            if index_id in self.differing:
                self._cut(index_id, key)
                continue
            if self._held:
                self._written_in_a_row = 0
            theirs = self._written.add(InStream(index_id, key, value.value, ENTRY_BYTES, GONE, now))
            if line is not None:
                self._compare(line, theirs)

    def settle(self) -> list[str]:
        """I am about to write: where it is not known what follows what, time decides. Returns the indexes concerned."""
        cut = []
        for index_id in [each for each in self._held.lines if each in self._written.lines]:
            mine, theirs = self._held.lines[index_id], self._written.lines[index_id]
            if theirs.entries[-1].place < self._met_written and mine.entries[0].place >= self._met_held:
                self._written.drop_line(index_id)  # from before my feed began
                continue
            before = len(mine.entries)
            self._drop_until(index_id, theirs.entries[-1].moment)
            if (after := self._held.lines.get(index_id)) is None or len(after.entries) < before:
                cut.append(index_id)
        return cut

    def first(self, limit_bytes: int) -> Iterator[OnFeed]:
        """What is held, in the order of my feed: up to the next loss, and one value at least."""
        end = self.losses[0].place if self.losses else float("inf")
        size = 0
        for held in self._held:
            size += len(held.text) + 1
            if held.place >= end or (size > limit_bytes and size > len(held.text) + 1):
                return
            yield held

    def acknowledged(self, written: Iterable[OnFeed]) -> None:
        """These are in the stream, and I wrote them."""
        self._assumed = None
        for held in written:
            if held.place != GONE:
                self._met_held = max(self._met_held, held.place)
                before = next(n for n, each in enumerate(self._held.lines[held.index_id].entries) if each is held)
                self.missed += before
                self._met_by_time(held.place)
                self._held.drop(held.index_id, before + 1)
        self._met_written = self._written.added

    def forget_old(self, now: float) -> None:
        """What only one of the two brought, though the other has been past it for a while.

        `now`: until when my feed is compared.
        """
        while (old := self._written.oldest()) is not None and old.at_s < now - KEPT_S:
            self._written.drop(old.index_id, 1)
        self._passed.append((now, self._met_held))
        while len(self._passed) > 1 and self._passed[1][0] < now - KEPT_S:
            self._passed.popleft()
        since_s, place = self._passed[0]
        while since_s < now - KEPT_S and (mine := self._held.oldest()) is not None and mine.place < place:
            self._held.drop(mine.index_id, 1)
            self.missed += 1

    def begin_again(self, kind: str) -> None:
        """The stream is another one: nothing of what was written counts, and what is held does not follow it."""
        self._written = Ledger()
        self._met_written = self._met_held = 0
        self._passed.clear()
        self.differing.clear()
        oldest = self._held.oldest()
        place = self._held.added if oldest is None else oldest.place
        self.losses = [Loss(kind, place), *(loss for loss in self.losses if loss.place > place)]

    def take_back(self, texts: Sequence[bytes], values: Sequence[IndexValue], received_ns: int, now: float) -> None:
        """These are not in the stream any more: they are held again, before all else.

        Those that my feed has still to bring are not: they come from there.
        """
        written, before, losses = self._written, list(self._held), self.losses
        self._written, self._held, self.losses = Ledger(), Ledger(), []
        self._met_held = self._met_written = 0
        self._passed.clear()
        for text, value in zip(texts, values, strict=True):
            line = written.lines.get(value.index_id)
            if line is None or line.find(moment(value.time_coinapi), value.value) is None:
                self.showed([text], [value], received_ns, now)
        for held in before:
            while losses and losses[0].place <= held.place:
                self.lose(losses.pop(0).kind)
            self._held.add(held)
        for loss in losses:
            self.lose(loss.kind)

    # ------------------------------------------------------------------------------------------------------------------

    def _met(self, written: int, held: int) -> None:
        self._met_written, self._met_held = max(self._met_written, written), max(self._met_held, held)
        self._met_by_time(held)

    def _met_by_time(self, held: int) -> None:
        while self.losses and self.losses[0].place <= held:
            self.losses.pop(0)

    def _miss(self, index_id: str) -> None:
        """The stream is past what is held of this index."""
        line = self._held.lines.get(index_id)
        if line is not None:
            self.missed += len(line.entries)
            self._held.drop_line(index_id)

    def _is_overtaken(self, line: Line[InStream], key: str) -> bool:
        """Whether the stream has later values of this index, which my feed has still to bring."""
        last = line.entries[-1]
        return last.place >= self._met_written and is_until(key, last.moment)

    def _compare(self, mine: Line[OnFeed], theirs: Line[InStream]) -> None:
        """Cut the index by time if values of the two are between each other's, again and again, and none is the same.

        Of one series, where one side begins after the other, a single value that goes back is not evidence.
        """
        if (len(mine.entries) + len(theirs.entries)) % LOOK_EVERY or min(
            len(mine.entries), len(theirs.entries)
        ) < EVIDENCE:
            return
        last = theirs.entries[-1].moment
        ours = [held.moment for held in islice(mine.entries, TURNS_LOOKED_AT)]
        written = [entry.moment for entry in islice(reversed(theirs.entries), TURNS_LOOKED_AT)]
        if alternations(written, ours) <= 2 * EVIDENCE:
            return
        self.differing[mine.index_id] = last
        self._written.drop_line(mine.index_id)
        self._cut(mine.index_id, last)

    def _cut(self, index_id: str, key: str) -> None:
        if is_before(self.differing[index_id], key):
            self.differing[index_id] = key
        self._drop_until(index_id, key, by_time=True)

    def _drop_until(self, index_id: str, key: str, *, by_time: bool = False) -> None:
        line = self._held.lines.get(index_id)
        if line is None:
            return
        count = 0
        for held in line.entries:
            if not is_until(held.moment, key):
                break
            count += 1
        if count:
            if by_time:
                self._met_by_time(line.entries[count - 1].place)
            else:
                self.missed += count
            self._held.drop(index_id, count)
