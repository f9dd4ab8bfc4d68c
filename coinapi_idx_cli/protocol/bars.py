"""Bars: of each index and stretch of time the first, highest, lowest and last value, by the feed's time.

A bar is over when the feed's time is two seconds past its end: until then values may come out of order, or late.
"""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns
from coinapi_idx_cli.protocol.value_texts import value_texts

GRACE_NS = 2 * NS  # so far the feed's time goes on after the end of a bar before it is over
AHEAD_NS = 5 * NS  # a stamp that is further ahead of its receipt says nothing of the feed's time
ALL_AHEAD = 100  # so many in a row say something of the machine's clock instead
MOST_FAR_AHEAD = 16  # stretches that such stamps may open at a time
NEVER_NS = 1 << 63


class Bar(Struct):
    """One bar. Numbers are the text of the values that they are."""

    index_id: str
    start_ns: int
    end_ns: int
    open: str
    high: str
    low: str
    close: str
    count: int
    complete: bool
    open_ns: int
    close_ns: int
    highest: float
    lowest: float


class LateValues(Struct, frozen=True):
    """Values that no bar took: theirs was over, or they bear no time, or one far ahead of those of all others.

    `index_id`, `time_coinapi`: of the first.
    """

    count: int
    index_id: str
    time_coinapi: str


class BarFlow(Struct):
    """The bars that are over now, by their begin, then by id; and what came too late for others."""

    bars: list[Bar]
    late: LateValues | None = None


class BarMaker:
    """Makes bars of the values of a run. What it keeps grows with the number of indexes alone.

    `duration_ns` divides a day, or is a whole number of days, so that bars of all runs have the same bounds.
    """

    def __init__(self, duration_ns: int) -> None:
        self._duration_ns = duration_ns
        self._behind_ns = 0  # how far the machine's clock is behind, as far as it is known to be
        self._ahead_in_a_row = 0
        self._least_ahead_ns = NEVER_NS  # of these
        self._feed_ns = -1  # the feed's time: the latest stamp that is to be believed
        self._whole_from_ns = -1  # a bar that begins here or before lacks what was not received
        self._due_ns = NEVER_NS  # when the next one is over
        self._open: dict[int, dict[str, Bar]] = {}  # by their begin

    def add(self, batch: Batch) -> BarFlow:
        """Take the next values and gaps."""
        flow = BarFlow([])
        begin = 0
        for note in [note for note in batch.notes if note.kind == "gap"]:
            self._take(batch, begin, note.position, flow)
            begin = note.position
            self._note_gap(note.beside or {})
        self._take(batch, begin, len(batch.values), flow)
        return flow

    def end(self) -> list[Bar]:
        """The run ends: what is open lacks what would still have come."""
        bars = []
        for start_ns in sorted(self._open):
            bars += self._sorted(self._open[start_ns])
        for bar in bars:
            bar.complete = False
        self._open, self._due_ns = {}, NEVER_NS
        return bars

    def _take(self, batch: Batch, begin: int, end: int, flow: BarFlow) -> None:
        values = batch.values[begin:end]
        if not values:
            return
        believed_ns = batch.time_received_ns + self._behind_ns + AHEAD_NS
        for value, text in zip(values, value_texts(batch.texts[begin:end]), strict=True):
            time_ns = parse_utc_ns(value.time_coinapi)
            if time_ns is not None and (self._ahead_in_a_row or self._behind_ns or time_ns > believed_ns):
                believed_ns = self._believed_ns(time_ns, batch.time_received_ns)
            bars = None if time_ns is None else self._stretch_of(time_ns, believed_ns, flow)
            if time_ns is None or bars is None:
                self._count_late(flow, value.index_id, value.time_coinapi)
            elif (bar := bars.get(value.index_id)) is None:
                bars[value.index_id] = self._new_bar(value, text, time_ns)
            else:
                self._update(bar, value.value, text, time_ns)

    def _believed_ns(self, time_ns: int, received_ns: int) -> int:
        """Up to when a stamp is believed, where one is not, or was not.

        One alone is wild. If all are that far ahead, it is the machine's clock that is wrong.
        """
        if time_ns <= received_ns + AHEAD_NS:
            self._behind_ns = 0
        believed_ns = received_ns + self._behind_ns + AHEAD_NS
        if time_ns <= believed_ns:
            self._ahead_in_a_row, self._least_ahead_ns = 0, NEVER_NS
            return believed_ns
        self._ahead_in_a_row += 1
        self._least_ahead_ns = min(self._least_ahead_ns, time_ns - received_ns)
        if self._ahead_in_a_row < ALL_AHEAD:
            return believed_ns
        self._behind_ns = self._least_ahead_ns
        self._ahead_in_a_row, self._least_ahead_ns = 0, NEVER_NS
        return received_ns + self._behind_ns + AHEAD_NS

    def _stretch_of(self, time_ns: int, believed_ns: int, flow: BarFlow) -> dict[str, Bar] | None:
        if self._feed_ns < time_ns <= believed_ns:
            self._advance(time_ns, flow)
        start_ns = time_ns - time_ns % self._duration_ns
        bars = self._open.get(start_ns)
        return bars if bars is not None else self._begin(start_ns, believed_ns)

    def _new_bar(self, value: IndexValue, text: str, time_ns: int) -> Bar:
        start_ns = time_ns - time_ns % self._duration_ns
        return Bar(
            index_id=value.index_id,
            start_ns=start_ns,
            end_ns=start_ns + self._duration_ns,
            open=text,
            high=text,
            low=text,
            close=text,
            count=1,
            complete=start_ns > self._whole_from_ns,
            open_ns=time_ns,
            close_ns=time_ns,
            highest=value.value,
            lowest=value.value,
        )

    @staticmethod
    def _update(bar: Bar, number: float, text: str, time_ns: int) -> None:
        bar.count += 1
        if number > bar.highest:
            bar.high, bar.highest = text, number
        elif number < bar.lowest:
            bar.low, bar.lowest = text, number
        if time_ns >= bar.close_ns:
            bar.close, bar.close_ns = text, time_ns
        elif time_ns < bar.open_ns:
            bar.open, bar.open_ns = text, time_ns

    def _begin(self, start_ns: int, believed_ns: int) -> dict[str, Bar] | None:
        """None where it is over already, or where stamps from the future have opened too many."""
        over_ns = start_ns + self._duration_ns + GRACE_NS
        if over_ns <= self._feed_ns:
            return None
        near_ns = max(believed_ns, self._feed_ns + AHEAD_NS)
        if start_ns > near_ns and sum(each > near_ns for each in self._open) >= MOST_FAR_AHEAD:
            return None
        self._due_ns = min(self._due_ns, over_ns)
        bars: dict[str, Bar] = {}
        self._open[start_ns] = bars
        return bars

    def _advance(self, feed_ns: int, flow: BarFlow) -> None:
        if self._feed_ns < 0:
            self._lack(0, feed_ns)  # the run began here
        self._feed_ns = feed_ns
        if feed_ns < self._due_ns:
            return
        past_ns = self._duration_ns + GRACE_NS
        for start_ns in sorted(self._open):
            if start_ns + past_ns <= feed_ns:
                flow.bars += self._sorted(self._open.pop(start_ns))
        self._due_ns = min(self._open, default=NEVER_NS - past_ns) + past_ns

    def _note_gap(self, gap: dict[str, object]) -> None:
        """All bars that it touches lack something; without its times all that are open do."""
        from_ns, to_ns = (parse_utc_ns(str(gap.get(f"time_coinapi_{side}"))) for side in ("from", "to"))
        self._lack(from_ns or 0, to_ns or max(self._feed_ns, 0))

    def _lack(self, from_ns: int, to_ns: int) -> None:
        """Something may be missing there."""
        self._whole_from_ns = max(self._whole_from_ns, to_ns)
        for start_ns, bars in self._open.items():
            if start_ns <= to_ns and start_ns + self._duration_ns > from_ns:
                for bar in bars.values():
                    bar.complete = False

    @staticmethod
    def _sorted(bars: dict[str, Bar]) -> list[Bar]:
        return [bars[index_id] for index_id in sorted(bars)]

    @staticmethod
    def _count_late(flow: BarFlow, index_id: str, time_coinapi: str) -> None:
        before = flow.late or LateValues(0, index_id, time_coinapi)
        flow.late = LateValues(before.count + 1, before.index_id, before.time_coinapi)
