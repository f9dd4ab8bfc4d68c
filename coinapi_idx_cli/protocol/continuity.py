"""What is written of what came, and what is known to be missing.

One connection: all that comes is written, and the last seconds of it are remembered, because the next connection's
server may lag and send them again. Two connections: the seam between them (`seam`). After a loss: a gap, from the last
value before to the first one after. Nothing in the feed numbers its messages, so whether something was lost there
cannot be known, only when.
"""

from __future__ import annotations

from msgspec import Struct, field

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.gap import Gap, OpenGap
from coinapi_idx_cli.protocol.pending_gap import PendingGap
from coinapi_idx_cli.protocol.recent import REMEMBERED_BYTES, Recent
from coinapi_idx_cli.protocol.seam import HELD_LIMIT_BYTES, Seam
from coinapi_idx_cli.protocol.written_values import WRITTEN_LIMIT_BYTES, WrittenValues

SUBSCRIBED_WITHIN_S = 0.25  # after that a server that is silent has taken the hello, and has nothing to say
SUPPRESSED_FOR_S = 30.0  # from the first values on; after that a value that equals an old one is a new one


class MemoryLimits(Struct, frozen=True):
    """How many bytes a continuity may keep.

    Of what is kept in memory, in bytes: the last seconds, and during an overlap what one connection wrote and the
    other did not show, and what the other showed and the one did not bring. `written` counts twice when another
    overlap begins while what came before the last one may still come again."""

    recent: int = REMEMBERED_BYTES
    written: int = WRITTEN_LIMIT_BYTES
    held: int = HELD_LIMIT_BYTES


class Flow(Struct):
    """What is to be written, in order, and the gap before its first value, whose note is among them.

    `differing`: this many indexes were cut by time here, as the two connections did not bring the same values.
    """

    batches: list[Batch] = field(default_factory=list)
    gap: Gap | None = None
    differing: int = 0


class Continuity:
    """Decides what is written of what came, and what is missing.

    `by_time`: the server was asked for an update limit, so each samples for itself.

    `now` is seconds of the monotonic clock, so that a step of the wall clock changes no memory and no gap.
    """

    def __init__(self, *, by_time: bool = False, limits: MemoryLimits | None = None) -> None:
        self._by_time = by_time
        self._limits = limits or MemoryLimits()
        self._recent = Recent(self._limits.recent)
        self._gap = PendingGap()
        self._seam: Seam | None = None
        self._overlap_from_s = 0.0
        self._is_lost = False
        self._suppressed: WrittenValues | None = None  # what the current connection may bring a second time
        self._suppressed_until_s: float | None = None  # set by the first values: a reader may have held us up
        self._differing: list[str] = []  # which indexes the last overlap showed to differ between two servers

    @property
    def is_cut(self) -> bool:
        """Whether more was written than can be compared with what the next connection brings: see `WrittenValues`."""
        written = self._suppressed if self._seam is None else self._seam.written
        return written is not None and written.is_cut

    @property
    def size_bytes(self) -> int:
        """About what is kept in memory."""
        parts = (self._recent, self._seam, self._suppressed)
        return sum(part.size_bytes for part in parts if part is not None)

    @property
    def is_undisturbed(self) -> bool:
        """Whether all that the current connection brings is written as it comes: then `wrote` does for `accept`."""
        return self._suppressed is None and self._seam is None and not self._is_lost and not self._gap.is_open

    def wrote(self, batch: Batch, now: float) -> None:
        """The values of the current connection that were written while it `is_undisturbed`: one at least."""
        self._remember(batch, now, now)

    def accept(self, batch: Batch, now: float) -> Flow:
        """A batch of the current connection."""
        self._is_lost = False
        flow = Flow()
        if self._suppressed is not None:
            suppressed, before = self._suppressed, self._suppressed.times_cut
            batch = self._without_doubles(batch, suppressed, now)
            flow.differing = suppressed.times_cut - before
            if flow.differing:
                self._differing = suppressed.differing
        flow.batches.append(batch)
        if batch.values:
            flow.gap = self._gap.close(batch, now)
            if self._seam is not None:
                self._seam.wrote(batch.values)
            self._remember(batch, now, now)
        return flow

    def begin_overlap(self, now: float) -> None:
        """The next connection is open."""
        self._seam = Seam(self._written(), by_time=self._by_time, limit_bytes=self._limits.held)
        self._overlap_from_s = now

    def hold(self, batch: Batch, now: float) -> bool:
        """A batch of the next connection. False if there is no room for it: then that one has to take over first."""
        if self._seam is None:
            return True
        if not self._seam.has_room_for(batch):
            return False
        self._seam.showed(batch, now)
        return True

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
        seam.settle()
        self._differing = seam.written.differing
        flow = Flow(differing=len(self._differing))
        self._suppress(seam.written)
        if seam.met:  # by what was written before: the gap of an earlier change of connections was none
            self._gap.forgive()
        was_brief = now - self._overlap_from_s < SUBSCRIBED_WITHIN_S
        if not seam.met and (seam.current_brought or seam.next_showed or was_brief):
            self._gap.open(is_certain=seam.next_showed)
        for batch, received_s in seam.rest():
            flow.gap = self._gap.close(batch, received_s) or flow.gap
            self._remember(batch, received_s, now)
            flow.batches.append(batch)
        return flow

    def lose(self) -> None:
        """The current connection is gone, and no other is open. Again and again while none can be had."""
        self._seam = None
        if self._is_lost:
            return
        self._is_lost = True
        written = self._written()
        written.cut_by_time(self._differing)
        self._suppress(written)
        self._gap.open(is_certain=True)

    def end(self, now: float) -> OpenGap | None:
        """The run ends: a gap that no value has closed."""
        return self._gap.end(now)

    def _remember(self, batch: Batch, received_s: float, now: float) -> None:
        self._recent.remember(batch, now)
        self._gap.wrote(batch, received_s)

    def _written(self) -> WrittenValues:
        return self._recent.written(self._limits.written, by_time=self._by_time)

    def _suppress(self, written: WrittenValues) -> None:
        self._suppressed = written if len(written) else None
        self._suppressed_until_s = None

    def _without_doubles(self, batch: Batch, suppressed: WrittenValues, now: float) -> Batch:
        if batch.values and self._suppressed_until_s is None:
            self._suppressed_until_s = now + SUPPRESSED_FOR_S
        if self._suppressed_until_s is not None and now > self._suppressed_until_s:
            self._suppressed = None
            return batch
        kept, found = without_doubles(batch, suppressed)
        if found:
            self._gap.forgive()
        if not len(suppressed):
            self._suppressed = None
        return kept
