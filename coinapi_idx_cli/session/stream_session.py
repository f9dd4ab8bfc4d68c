"""A run that reads a stream of an engine instead of the feed: blocks in, the same outputs."""

from __future__ import annotations

import select
import signal
from collections.abc import Callable, Mapping

from msgspec import Struct

from coinapi_idx_cli.engine.stream_source import Arrival, StreamSource
from coinapi_idx_cli.errors import NoConnectionError
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.gap_records import note_of_record
from coinapi_idx_cli.protocol.messages import decode_value
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules, StopWatch
from coinapi_idx_cli.session.back_pressure import PENDING_LIMIT_BYTES, BackPressure
from coinapi_idx_cli.session.clock import SYSTEM_CLOCK, Clock
from coinapi_idx_cli.session.poller import Poller
from coinapi_idx_cli.session.statistics import Statistics
from coinapi_idx_cli.session.wakeup import Wakeup


class ReadingPlan(Struct, frozen=True):
    """What to read: `wants` says of each index whether it is asked for."""

    server: str
    rules: StopRules
    stats_s: float | None
    give_up_after_s: float | None
    since_ns: int | None
    wants: Callable[[str], bool] | None


class StreamSession:
    """One run: `run` returns when a stop that was asked for is reached, or a signal came; else it raises."""

    def __init__(
        self,
        plan: ReadingPlan,
        source: Callable[[Callable[[str, dict[str, object]], None]], StreamSource],
        output: Output,
        status: Status,
        journal: Journal,
        wakeup: Wakeup,
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        now = clock.monotonic()
        self._plan = plan
        self._source = source(self._tell)
        self._output = output
        self._status = status
        self._journal = journal
        self._wakeup = wakeup
        self._clock = clock
        self._poller = Poller(wakeup, output.sinks)
        self._pressure = BackPressure(output, journal, clock)
        self._stop = StopWatch(plan.rules, now)
        self._statistics = Statistics(status, plan.stats_s, now)
        self._last: tuple[int, str] | None = None  # receipt and time of the last value

    @property
    def stop_reason(self) -> str | None:
        """Which rule was met, None if none was."""
        return self._stop.reason or self._wakeup.end_reason

    @property
    def fell_short_of(self) -> int | None:
        """How many values were asked for, where another rule was met before they had come."""
        return self._stop.fell_short_of

    def run(self) -> None:
        try:
            while self.stop_reason is None and self._wakeup.signal_number is None:
                self._turn()
        finally:
            self._status.state = State.STOPPING
            self._source.close()
            self._pressure.end(self._clock.monotonic())

    def _turn(self) -> None:
        now = self._clock.monotonic()
        self._pressure.look(now)
        due_s = min(each.next_due_s() for each in (self._source, self._stop, self._statistics, self._output))
        polled = [self._source] if self._source.is_open and not self._pressure.held_back else []
        ready = self._poller.wait(polled, min(due_s, self._give_up_s()) - now)
        now = self._clock.monotonic()
        if ready:
            for arrival in self._source.receive(select.POLLIN, now):
                self._take(arrival, now)
        if now >= self._source.next_due_s():
            self._source.tick(now)
        if self._pressure.held_back:
            self._stop.saw_values(now)
        self._stop.check(self._status.bytes_received, now)
        if now >= self._output.next_due_s():
            self._output.tick(now)
        for number in self._wakeup.take_requests():
            if number == signal.SIGHUP:
                self._output.reopen()
            else:
                self._say_statistics(now)
        if self._statistics.is_due(now):
            self._say_statistics(now)
        self._look(now)

    def _give_up_s(self) -> float:
        since_s, limit_s = self._source.down_since_s, self._plan.give_up_after_s
        return float("inf") if since_s is None or limit_s is None else since_s + limit_s

    def _look(self, now: float) -> None:
        """Raises what ends the run."""
        if self._source.failure is not None:
            raise self._source.failure
        if now >= self._give_up_s():
            error = self._source.last_error
            what = error.what if error is not None else f"{self._plan.server} did not answer"
            hint = error.hint if error is not None else ""
            raise NoConnectionError(f"no engine for {self._plan.give_up_after_s:g} s: {what}", hint)
        is_live = self._source.down_since_s is None
        self._status.state = State.LIVE if is_live else State.CONNECTING
        if is_live and self._status.connected_s is None:
            self._status.connected(now)
        elif not is_live:
            self._status.connected_s = None

    def _take(self, arrival: Arrival, now: float) -> None:
        block = arrival.block
        self._status.bytes_received += len(block.data)
        if self._stop.reason is not None:
            return
        batch = self._batch(arrival.sequence, block)
        if arrival.missing:
            batch.notes.append(self._hole(arrival, batch))
        if block.is_gap:
            note = note_of_record(block.data)
            batch.notes.append(note)
            record = note.beside or {}
            self._status.missed(_seconds_of(record))
            line = f"a gap of the stream: nobody received from {record.get('from')} to {record.get('to')}"
            self._journal.record("gap", Level.WARNING, line, **record)
        if not (batch.values or batch.notes):
            return
        if batch.values:
            self._stop.saw_values(now)
            self._last = block.received_ns, batch.values[-1].time_coinapi
        wanted = self._stop.wanted_part(batch, self._status.values)
        self._status.values += len(wanted.values)
        self._output.write(wanted)

    def _batch(self, sequence: int, block: StreamBlock) -> Batch:
        texts = block.lines()
        values: list[IndexValue] = list(map(decode_value, texts))
        there = list(range(1, len(texts) + 1))
        if self._plan.wants is not None:
            kept = [number for number, value in enumerate(values) if self._plan.wants(value.index_id)]
            texts, values = [texts[number] for number in kept], [values[number] for number in kept]
            there = [there[number] for number in kept]
        return Batch(block.received_ns, values, texts, sequence=sequence, lines_there=there)

    def _hole(self, arrival: Arrival, batch: Batch) -> Note:
        """Where the chain breaks: from the last value before to the first one after."""
        to_ns, after = arrival.block.received_ns, batch.values[0].time_coinapi if batch.values else None
        from_ns, before = self._last or (self._plan.since_ns or to_ns, None)
        gap = Gap(min(from_ns, to_ns), to_ns, None, before, after)
        note = gap.note()
        if note.beside is not None:
            note.beside |= {"kind": "stream", "reason": arrival.missing}
        self._status.missed(gap.seconds)
        line = f"the stream is not whole: {arrival.missing}"
        self._journal.record("stream_broken", Level.WARNING, line, sequence=arrival.sequence, **gap.fields)
        return note

    def _tell(self, event: str, fields: dict[str, object]) -> None:
        if event == "engine_connected":
            line = f"connected to the engine {fields['server']}, NATS {fields['version']}"
            self._journal.record(event, Level.INFO, line, **fields)
        else:
            self._journal.record(event, Level.WARNING, str(fields["error"]), **fields)

    def _say_statistics(self, now: float) -> None:
        self._journal.say(self._statistics.line(now, self._output.pending_bytes, PENDING_LIMIT_BYTES))


def _seconds_of(record: Mapping[str, object]) -> float:
    """Of a gap that another machine wrote."""
    seconds = record.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0
