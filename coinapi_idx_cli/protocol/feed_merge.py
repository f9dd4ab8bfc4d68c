"""Several connections that carry the same series, all the time: a value is written when the first of them brings it.

Each index is aligned by itself, with what was written (`written_log`): where a connection stands in it, and whether
what it brings is there from that place on (`feed_source`). If it is not, and nothing is there that it has yet to
bring, then it is the first, and the value is written. So what is remembered is the skew between the connections, and
the seconds by which a new one may lag.

A new connection may be ahead of the others, and then it brings what comes after values that nobody has brought yet. So
it is passive until it has met them: until a value of it was brought by another one, too, and `JOINS_AFTER_S` have
passed, in which the indexes that come rarely are brought by all. If the active ones end before, it takes over.

Servers need not publish the same values (PROTOCOL.md, "One feed, several sites"). Of one series, a connection that is
behind brings nothing that is not in what was written. So what is not there is held for a moment, and if nobody brings
it, the two differ: then only the leading connection's values of that index are written, and when that one ends the
index is cut by time.
"""

from __future__ import annotations

from collections.abc import Iterable

from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.common_order import CommonOrder, overlap
from coinapi_idx_cli.protocol.continuity import SUBSCRIBED_WITHIN_S, Flow, MemoryLimits
from coinapi_idx_cli.protocol.feed_source import FeedSource
from coinapi_idx_cli.protocol.gap import OpenGap
from coinapi_idx_cli.protocol.merge_flow import MergeFlow
from coinapi_idx_cli.protocol.pending_gap import PendingGap
from coinapi_idx_cli.protocol.recent import REMEMBERED_S
from coinapi_idx_cli.protocol.seam import Held
from coinapi_idx_cli.protocol.times import moment
from coinapi_idx_cli.protocol.written_log import Written, WrittenLog

NEVER_S = float("inf")


class FeedMerge:
    """Decides what is written of what several connections bring, and what is missing.

    `now` is seconds of the monotonic clock. What is returned as a flow is to be written now.
    """

    def __init__(self, limits: MemoryLimits | None = None) -> None:
        limits = limits or MemoryLimits()
        self._held_limit_bytes = limits.held
        self._log = WrittenLog(limits.written)
        self._sources: dict[int, FeedSource] = {}
        self._gap = PendingGap()
        self._flow = MergeFlow(self._gap)
        self._order = CommonOrder()
        self._differed: set[str] = set()  # indexes, between any two connections of this run

    # -- what is asked -------------------------------------------------------------------------------------------------

    @property
    def size_bytes(self) -> int:
        """About what is kept in memory."""
        return self._log.size_bytes + sum(source.held.size_bytes for source in self._sources.values())

    @property
    def leader(self) -> int:
        """The connection whose heartbeats count, and its values where the servers differ; 0 if there is none."""
        active = self._active()
        return min(active, key=lambda source: (len(source.differing), source.number)).number if active else 0

    def is_joined(self, number: int, now: float) -> bool:
        """Whether nothing would be lost if all others ended now."""
        source = self._sources.get(number)
        return source is not None and (source.is_active or source.met_s is not None or self._is_quiet(source, now))

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        return min((source.due_s() for source in self._sources.values()), default=NEVER_S)

    def unfit(self) -> int | None:
        """A connection that is too far behind or ahead of the others to be compared with them."""
        for source in self._sources.values():
            if source.held.size_bytes > self._held_limit_bytes:
                return source.number
        if self._log.is_full:
            forgotten_s = self._log.shrink()
            for source in self._sources.values():
                if source.horizon_s <= forgotten_s and len(self._sources) > 1:
                    return source.number
        return None

    # -- what happens --------------------------------------------------------------------------------------------------

    def opened(self, number: int, now: float) -> None:
        """That connection is open, and its hello is sent."""
        source = self._sources[number] = FeedSource(number, now, self._log.added, is_active=not self._sources)
        source.is_placed = source.is_active or not self._order.is_kept
        if source.is_active:
            source.floors = self._log.last_moments(self._differed)

    def accept(self, number: int, batch: Batch, now: float) -> Flow:
        """What that connection brought. Of its notes, those of a notice, and all if it is the leading one."""
        source, received_ns = self._sources[number], batch.time_received_ns
        is_leading = number == self.leader
        notes = [note for note in reversed(batch.notes) if is_leading or note.kind == "reconnect"]
        bring = self._merge if source.is_active else self._compare
        for position, (value, text) in enumerate(zip(batch.values, batch.texts, strict=True)):
            while notes and notes[-1].position <= position:
                self._flow.note(notes.pop(), received_ns, now)
            bring(source, value, text, received_ns, now)
        while notes:
            self._flow.note(notes.pop(), received_ns, now)
        self._place(now)
        self._log.forget_before(min(each.horizon_s for each in self._sources.values()) - REMEMBERED_S)
        return self._flow.take()

    def closed(self, number: int, now: float) -> Flow:
        """That connection is gone."""
        gone = self._sources.pop(number, None)
        if gone is not None and gone.is_active:
            self._place(now)
            active = self._active()
            if not self._sources:
                self._gap.open(is_certain=True)
            elif not active:
                self._take_over(now)
            elif len(active) == 1:
                self._release(active[0], now)  # nobody else will bring it
            self._cut_what_nobody_leads()
        return self._flow.take()

    def tick(self, now: float) -> Flow:
        """Decide what is due."""
        for source in list(self._sources.values()):
            if now >= source.due_s():
                self._settle(source, now)
        return self._flow.take()

    def end(self, now: float) -> Flow:
        """The run ends: what only passive connections have brought."""
        passive = [source for source in self._sources.values() if not source.is_active]
        if passive:
            for source in self._active():
                del self._sources[source.number]
            self._take_over(now)
        return self._flow.take()

    def open_gap(self, now: float) -> OpenGap | None:
        """At the end of the run: a gap that no value has closed."""
        return self._gap.end(now)

    # -- one value -----------------------------------------------------------------------------------------------------

    def _merge(self, source: FeedSource, value: IndexValue, text: bytes, received_ns: int, now: float) -> None:
        """Of an active source: written, unless it was already, or it is not where it should be."""
        index_id = value.index_id
        if index_id in source.differing:
            source.is_beside(now)
            return
        key = moment(value.time_coinapi)
        line = self._log.line(index_id)
        if line is not None:
            entry = source.find(line, key, value.value, in_order=self._order.is_kept)
            if entry is not None:
                self._passed(source, entry, now)
                source.held.drop_line(index_id)  # it comes before a value that was written
                return
            is_odd = source.owes(line) and len(self._active()) > 1
            if is_odd or index_id in source.held.lines:
                source.hold(value, text, key, received_ns, now)
                return
        if source.is_new(index_id, key):
            self._write(source, value, text, key, received_ns, now, now)

    def _compare(self, source: FeedSource, value: IndexValue, text: bytes, received_ns: int, now: float) -> None:
        """Of a passive source: held, unless it was written."""
        index_id = value.index_id
        if index_id in source.differing:
            source.is_beside(now)
            return
        key = moment(value.time_coinapi)
        if not source.is_placed:
            source.hold(value, text, key, received_ns, now)
            return
        line = self._log.line(index_id)
        entry = source.find(line, key, value.value, in_order=self._order.is_kept) if line is not None else None
        if entry is not None:
            self._passed(source, entry, now)
            source.held.drop_line(index_id)  # it comes before a value that was written, so it was written earlier
        elif line is not None or not source.begins_with(index_id, self._log.last_of(index_id), (key, value.value)):
            source.hold(value, text, key, received_ns, now)

    def _passed(self, source: FeedSource, entry: Written, now: float) -> None:
        is_in_order = source.passed(entry, now)
        if is_in_order is not None:
            self._order.note(is_kept=is_in_order)
        if source.met_s is None:
            source.met_s = now
            self._gap.forgive()

    def _write(
        self,
        source: FeedSource,
        value: IndexValue,
        text: bytes,
        key: str,
        received_ns: int,
        received_s: float,
        now: float,
    ) -> None:
        """It is the first that brings this."""
        entry = self._log.add(value.index_id, key, value.value, now)
        source.wrote(entry, now)
        self._flow.write(value, text, received_ns, received_s)
        for other in self._sources.values():
            if other is not source and other.is_placed and value.index_id in other.held.lines:
                self._recognise(other, entry, now)

    def _recognise(self, source: FeedSource, entry: Written, now: float) -> None:
        """A value that `source` holds may be this one, which another one has brought and written."""
        line = source.held.lines[entry.index_id]
        position = line.find(entry.moment, entry.number)
        if position is None:
            return
        source.held.drop(entry.index_id, position + 1)
        self._passed(source, entry, now)
        if source.is_active:
            self._write_held(source, source.take_held(entry.index_id), now)

    # -- who is active, and who differs --------------------------------------------------------------------------------

    def _place(self, now: float) -> None:
        """Look whether it is certain by now where new connections begin."""
        for source in self._sources.values():
            if not source.is_placed and (same := overlap(self._log, source.held)):
                source.is_placed = True
                held = iter(source.take_all_held())
                for entry, _ in zip(same, held, strict=False):
                    self._passed(source, entry, now)
                self._compare_held(source, held)

    def _look_through(self, source: FeedSource, now: float) -> None:
        """It is not certain where it begins: index by index."""
        source.is_placed = True
        self._compare_held(source, source.take_all_held())
        source.met_s = None if source.met_s is None else now

    def _compare_held(self, source: FeedSource, held: Iterable[Held]) -> None:
        for each in held:
            self._compare(source, each.value, each.text, each.time_received_ns, each.received_s)

    def _active(self) -> list[FeedSource]:
        return [source for source in self._sources.values() if source.is_active]

    def _is_quiet(self, source: FeedSource, now: float) -> bool:
        """Whether nobody has brought anything since its hello must have been understood."""
        is_brief = now - source.opened_s < SUBSCRIBED_WITHIN_S
        return not source.brought and self._log.added == source.begin_place and not is_brief

    def _settle(self, source: FeedSource, now: float) -> None:
        """What it holds has been held for long enough, or it has met the others long enough ago."""
        if not source.is_placed:
            self._look_through(source, now)
        elif source.is_active:
            for index_id in list(source.held.lines):
                if source.has_held(index_id, now):
                    self._differ(source, index_id, now)
        elif source.met_s is not None:
            self._activate(source, now)
        else:
            for index_id in source.lines_apart(self._log):
                self._differ(source, index_id, now)
                source.met_s = now  # by time
            source.looked_s = now

    def _activate(self, source: FeedSource, now: float) -> None:
        for index_id in list(source.held.lines):
            line = self._log.line(index_id)
            has_had_time = index_id in self._differed or source.has_held(index_id, now)
            if line is not None and has_had_time and source.owes(line):
                self._differ(source, index_id, now)
        source.is_active = True
        self._release(source, now)

    def _release(self, source: FeedSource, now: float) -> None:
        """Write what it holds."""
        self._write_held(source, source.take_all_held(), now)

    def _write_held(self, source: FeedSource, held: Iterable[Held], now: float) -> None:
        for each in held:
            if source.is_new(each.index_id, each.moment):
                self._write(source, each.value, each.text, each.moment, each.time_received_ns, each.received_s, now)

    def _take_over(self, now: float) -> None:
        """No active source is left. One that has met them goes on from where they ended."""
        for each in self._sources.values():
            if not each.is_placed:
                self._look_through(each, now)
        source = min(self._sources.values(), key=lambda each: (each.met_s is None, each.number))
        if source.met_s is None and not self._is_quiet(source, now):
            self._gap.open(is_certain=source.brought)
        self._activate(source, now)

    def _differ(self, source: FeedSource, index_id: str, now: float) -> None:
        """Of that index, other values were written than `source` brings."""
        self._differed.add(index_id)
        self._flow.differing += 1
        if source.number != self.leader:
            source.differs_in(index_id)
            return
        for other in self._sources.values():
            if other is not source:
                other.differs_in(index_id)
        source.floors |= self._log.last_moments({index_id})
        self._write_held(source, source.take_held(index_id), now)

    def _cut_what_nobody_leads(self) -> None:
        """The indexes of which all that are left differ from what was written: from here on by time."""
        active = self._active()
        if active:
            floors = self._log.last_moments(set.intersection(*(source.differing for source in active)))
            for source in self._sources.values():
                source.differing -= floors.keys()
                source.floors |= floors
