"""What is written of what came, and what is known to be missing.

One connection: all that comes is written, and the last seconds of it are remembered, because the next connection's
server may lag and send them again. Two connections: the seam between them (`seam`). After a loss: a gap, from the last
value before to the first one after. Nothing in the feed numbers its messages, so whether something was lost there
cannot be known, only when.
"""

from __future__ import annotations

from collections import deque

import orjson
from msgspec import Struct, field

from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.messages import decode_value
from coinapi_idx_cli.protocol.seam import Past, Seam, WrittenTimes, WrittenValues
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns, utc_text

REMEMBERED_S = 5.0  # how far a server may lag behind another
REMEMBERED_VALUES = 65_536  # the same, in memory: 11 MB
SUBSCRIBED_WITHIN_S = 0.25  # after that a server that is silent has taken the hello, and has nothing to say
SUPPRESSED_FOR_S = 30.0  # from the first values on; after that a value that equals an old one is a new one


class Gap(Struct, frozen=True):
    """Bounds by receipt: the last value before, the first one after, UTC nanoseconds."""

    from_ns: int
    to_ns: int

    @property
    def fields(self) -> dict[str, object]:
        """As in the event and in the line of --include."""
        seconds = (self.to_ns - self.from_ns) / NS
        return {"from": utc_text(self.from_ns), "to": utc_text(self.to_ns), "seconds": seconds}

    def note(self) -> Note:
        return Note(0, "gap", orjson.dumps({"type": "gap", **self.fields}))


class Flow(Struct):
    """What is to be written, in order, and the gap before its first value, whose note is among them."""

    batches: list[Batch] = field(default_factory=list)
    gap: Gap | None = None


class Continuity:
    """`by_time`: the server was asked for an update limit, so each samples for itself.

    `now` is seconds of the monotonic clock, so that a step of the wall clock shortens no memory.
    """

    def __init__(self, *, by_time: bool = False) -> None:
        self._by_time = by_time
        # When, how many, and their lines: decoded they would take ten times as much, and as single texts cost each read
        # its place in the processor's cache.
        self._recent: deque[tuple[float, int, bytes]] = deque()
        self._recent_values = 0
        self._last: Batch | None = None  # the one with the last value that was written
        self._seam: Seam | None = None
        self._overlap_from_s = 0.0
        self._is_lost = False
        self._suppressed: Past | None = None  # what the current connection may bring a second time
        self._suppressed_until_s: float | None = None  # set by the first values: a reader may have held us up
        self._gap_after: Batch | None = None  # a gap waits for the first value after this one
        self._is_gap_certain = True  # else a first value that was written before shows that nothing is missing

    def take(self, batch: Batch, now: float) -> Flow:
        """A batch of the current connection."""
        self._is_lost = False
        if self._suppressed is not None:
            batch = self._without_doubles(batch, self._suppressed, now)
        if not batch.values:
            return Flow([batch])
        gap = self._close_gap(batch)
        if self._seam is not None:
            self._seam.wrote(batch.values)
        self._remember(batch, now)
        return Flow([batch], gap)

    def begin_overlap(self, now: float) -> None:
        """The next connection is open."""
        self._seam = Seam(self._written(), by_time=self._by_time)
        self._overlap_from_s = now

    def hold(self, batch: Batch) -> None:
        """A batch of the next connection."""
        if self._seam is not None:
            self._seam.showed(batch)

    def end_overlap(self) -> None:
        """The next connection is gone, the current one stays."""
        self._seam = None

    def switch(self, now: float) -> Flow:
        """The current connection is gone; the next one, which is open, is the current one now.

        Also at the end of a run that ends during an overlap, for what only the next connection has brought.
        """
        seam, self._seam = self._seam, None
        if seam is None:
            return Flow()
        self._suppress(seam.written)
        was_brief = now - self._overlap_from_s < SUBSCRIBED_WITHIN_S
        if not seam.met and (seam.current_brought or seam.next_showed or was_brief):
            self._open_gap(is_certain=seam.next_showed)
        flow = Flow()
        for batch in seam.rest():
            flow.gap = self._close_gap(batch) or flow.gap
            self._remember(batch, now)
            flow.batches.append(batch)
        return flow

    def lose(self) -> None:
        """The current connection is gone, and no other is open. Again and again while none can be had."""
        self._seam = None
        if self._is_lost:
            return
        self._is_lost = True
        self._suppress(self._written())
        self._open_gap(is_certain=True)

    def _remember(self, batch: Batch, now: float) -> None:
        recent = self._recent
        recent.append((now, len(batch.texts), batch.lines()))
        self._recent_values += len(batch.texts)
        self._last = batch
        while len(recent) > 1 and (self._recent_values > REMEMBERED_VALUES or recent[0][0] < now - REMEMBERED_S):
            self._recent_values -= recent.popleft()[1]

    def _written(self) -> Past:
        written: Past = WrittenTimes() if self._by_time else WrittenValues()
        for _, _, lines in self._recent:
            for text in lines.split(b"\n")[:-1]:
                written.add(decode_value(text))
        return written

    def _suppress(self, written: Past) -> None:
        self._suppressed = written if len(written) else None
        self._suppressed_until_s = None

    def _without_doubles(self, batch: Batch, suppressed: Past, now: float) -> Batch:
        if batch.values and self._suppressed_until_s is None:
            self._suppressed_until_s = now + SUPPRESSED_FOR_S
        if self._suppressed_until_s is not None and now > self._suppressed_until_s:
            self._suppressed = None
            return batch
        kept, found = without_doubles(batch, suppressed)
        if found:
            self._forgive_gap()
        if not len(suppressed):
            self._suppressed = None
        return kept

    def _open_gap(self, *, is_certain: bool) -> None:
        if self._gap_after is None:
            self._gap_after = self._last
            self._is_gap_certain = is_certain
        self._is_gap_certain = self._is_gap_certain or is_certain

    def _forgive_gap(self) -> None:
        if not self._is_gap_certain:
            self._gap_after = None

    def _close_gap(self, batch: Batch) -> Gap | None:
        before, self._gap_after = self._gap_after, None
        if before is None:
            return None
        gap = Gap(_gap_begin_ns(before, batch.time_received_ns), batch.time_received_ns)
        batch.notes.insert(0, gap.note())
        return gap


def _gap_begin_ns(before: Batch, to_ns: int) -> int:
    """The receipt of the last value before. If its connection lagged so far that the first one after was received
    earlier, only the time at which the value was sent lies before what is missing."""
    if before.time_received_ns <= to_ns:
        return before.time_received_ns
    sent_ns = parse_utc_ns(before.values[-1].time_coinapi)
    return to_ns if sent_ns is None else min(sent_ns, to_ns)
