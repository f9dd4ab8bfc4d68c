"""The loop: one poll waits for all that can happen, and what happened is handed to those whom it concerns."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from contextlib import suppress

from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.journal import Journal
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.continuity import Continuity
from coinapi_idx_cli.protocol.feed_merge import FeedMerge
from coinapi_idx_cli.protocol.reconnect import Supervisor
from coinapi_idx_cli.protocol.redundancy import Redundancy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopWatch
from coinapi_idx_cli.session.back_pressure import PENDING_LIMIT_BYTES, BackPressure
from coinapi_idx_cli.session.clock import SYSTEM_CLOCK, Clock
from coinapi_idx_cli.session.connections import Connections
from coinapi_idx_cli.session.flow_writer import FlowWriter
from coinapi_idx_cli.session.handover_pipeline import HandoverPipeline
from coinapi_idx_cli.session.keep_alive import KeepAlive
from coinapi_idx_cli.session.nap import Nap
from coinapi_idx_cli.session.pipeline import Pipeline
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.poller import Poller, Wait
from coinapi_idx_cli.session.reception import Reception
from coinapi_idx_cli.session.redundant_pipeline import RedundantPipeline
from coinapi_idx_cli.session.statistics import Statistics
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.connection import Connection

FAREWELL_S = 1.0  # how long servers may take to answer our close frames


class Session:
    """One run: `run` returns when a stop that was asked for is reached, or a signal came; else it raises.

    What it needs of the world is passed in, so that a test can bring connections, time and chance of its own. `chance`
    gives numbers from 0 to 1.
    """

    def __init__(
        self,
        plan: Plan,
        output: Output,
        status: Status,
        journal: Journal,
        wakeup: Wakeup,
        *,
        connections: Connections | None = None,
        wait: Wait | None = None,
        clock: Clock = SYSTEM_CLOCK,
        chance: Callable[[], float] = random.random,
    ) -> None:
        now = clock.monotonic()
        self._output = output
        self._status = status
        self._journal = journal
        self._wakeup = wakeup
        self._clock = clock
        self._wait_for = wait or Poller(wakeup, output.sinks).wait
        self._pressure = BackPressure(output, journal, clock)
        self._connections = connections or Connections(plan.target, wakeup, plan.renewed)
        self._keep_alive = KeepAlive(now, is_needed=plan.pings)
        supervise = Redundancy if plan.redundant else Supervisor
        self._supervisor = supervise(plan.policy, chance, now, plan.target.name)
        self._supervisor_due_s = now
        self._stop = StopWatch(plan.rules, now)
        writer = FlowWriter(self._stop, output, status, journal, clock)
        pipeline: Pipeline
        if plan.redundant:
            pipeline = RedundantPipeline(FeedMerge(), writer, status, journal)
        else:
            pipeline = HandoverPipeline(Continuity(by_time=plan.sampled), writer, status)
        self._pipeline = pipeline
        self._reception = Reception(
            plan.target, self._supervisor, self._connections, pipeline, status, journal, clock, self._is_asked_to_stop
        )
        self._statistics = Statistics(status, plan.stats_s, now)
        self._due_s: float | None = None  # what is due next but for the output; None where it has to be asked
        self._output_due_s = now
        self._checks_stops = plan.rules.max_bytes is not None or plan.rules.is_satisfied is not None
        self._nap = Nap(output.nap_s, now)

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
            while not self._reception.is_over:
                ready = self._wait()
                self._advance(ready, self._clock.monotonic())
            self._write_what_arrived(self._clock.monotonic())
        finally:
            self._say_farewell()
        if self._reception.failure is not None:
            raise self._reception.failure

    def _is_asked_to_stop(self) -> bool:
        return self.stop_reason is not None or self._wakeup.signal_number is not None

    def _wait(self) -> list[Connection]:
        """Wait for anything. Returns the connections that have something to read."""
        now = self._clock.monotonic()
        self._pressure.look(now)
        self._output_due_s = due_s = self._output.next_due_s()
        if self._due_s is None:
            self._due_s = self._next_due_s()
        due_s = min(due_s, self._due_s)
        if now < self._nap.ends_s:
            return self._wait_for([], min(due_s, self._nap.ends_s) - now)
        readable = [] if self._pressure.held_back else self._connections.open_ones()
        return self._wait_for(readable, due_s - now)

    def _next_due_s(self) -> float:
        self._supervisor_due_s = self._supervisor.next_due_s()
        others = (self._stop, self._statistics, self._keep_alive, self._pipeline)
        return min(self._supervisor_due_s, *(each.next_due_s() for each in others))

    def _advance(self, ready: list[Connection], now: float) -> None:
        """Values alone let no deadline come earlier, so after nearly every wake-up there is nothing to look at."""
        for number, error in self._connections.finished(now):  # first, so that a close that waits finds them open
            self._reception.opened(number, now) if error is None else self._reception.lose(number, error, now)
            self._due_s = None
        if ready and not self._has_only_values(ready, now):
            self._due_s = None
        if self._checks_stops:
            self._stop.check(self._status.bytes_received, now)
        if self._due_s is None or self._pressure.held_back or now >= self._due_s:
            self._do_what_is_due(now)
            self._due_s = None
        if now >= self._output_due_s and now >= self._output.next_due_s():
            self._output.tick(now)
        if self._wakeup.has_requests:
            self._answer(self._wakeup.take_requests())
            self._due_s = None

    def _do_what_is_due(self, now: float) -> None:
        if self._pressure.held_back:
            self._stop.saw_values(now)  # there may be some: it is we who do not listen
            for connection in self._connections.open_ones():
                self._supervisor.excuse(connection.number, now)
        self._stop.check(self._status.bytes_received, now)
        if now >= self._supervisor_due_s and not self._reception.is_over:
            self._reception.advance(now)
        if now >= self._pipeline.next_due_s():
            self._pipeline.tick(now)
        if now >= self._keep_alive.next_due_s():
            self._keep_alive.tick(self._connections.open_ones(), now)
        if self._statistics.is_due(now):
            self._say_statistics(now)

    def _has_only_values(self, ready: list[Connection], now: float) -> bool:
        """Read what came. Whether it is values and nothing else."""
        before = self._status.bytes_received
        only_values = True
        for connection in ready:
            only_values = self._reception.receive(connection, now) and only_values
        self._nap.read(self._status.bytes_received - before, now)
        return only_values

    def _answer(self, requests: list[int]) -> None:
        for number in requests:
            if number == signal.SIGHUP:
                self._output.reopen()
            else:
                self._say_statistics(self._clock.monotonic())

    def _say_statistics(self, now: float) -> None:
        self._journal.say(self._statistics.line(now, self._output.pending_bytes, PENDING_LIMIT_BYTES))

    def _write_what_arrived(self, now: float) -> None:
        """After a signal what the kernel has was received too, also on a connection that was ready a moment before; in
        any case what the next connection has brought, and that something is missing which no value came after."""
        if self._wakeup.signal_number is not None and not self._pressure.held_back:
            for number, error in self._connections.finished(now):
                if error is None:
                    self._reception.opened(number, now)
            for connection in self._connections.open_ones():
                self._reception.drain(connection, now)
        self._pipeline.end(now)

    def _say_farewell(self) -> None:
        """Close, and read on until the servers have closed too, so that they can finish. What comes is after the end.

        Meanwhile stdout takes what is left for it; what goes wrong there is reported by who waits for the rest.
        """
        self._reception.stop()
        until_s = min(self._clock.monotonic(), self._wakeup.signalled_s) + FAREWELL_S
        leaving = self._connections.open_ones()
        for connection in leaving:
            connection.close()
        with suppress(IdxstreamError):
            while leaving and (left_s := until_s - self._clock.monotonic()) > 0:
                ready = self._wait_for(leaving, left_s)
                leaving = [each for each in leaving if each not in ready or each.read().ended is None]
        self._connections.drop_all()
        self._pressure.end(self._clock.monotonic())
