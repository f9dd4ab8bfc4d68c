"""The loop: one poll waits for all that can happen, the protocol says what it means, and this does it."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open, Promote, Retry
from coinapi_idx_cli.protocol.continuity import Continuity
from coinapi_idx_cli.protocol.messages import (
    Event,
    Malformed,
    ReconnectNotice,
    ServerError,
    UnknownMessage,
    decode,
    malformed,
)
from coinapi_idx_cli.protocol.reconnect import Supervisor
from coinapi_idx_cli.protocol.server_errors import meaning_of, meaning_of_close
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopWatch
from coinapi_idx_cli.session.back_pressure import PENDING_LIMIT_BYTES, BackPressure
from coinapi_idx_cli.session.connections import Connections
from coinapi_idx_cli.session.disconnects import Disconnects
from coinapi_idx_cli.session.keep_alive import KeepAlive
from coinapi_idx_cli.session.pipeline import Pipeline
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.poller import Poller
from coinapi_idx_cli.session.statistics import Statistics
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.terminal.one_line import excerpt
from coinapi_idx_cli.transport.connection import Connection, Reading

FAREWELL_S = 1.0  # how long servers may take to answer our close frames
LAST_READS_S = 0.4  # for what had arrived already when a connection is ended, or the run
TOO_FAR_BEHIND = "the first connection is so far behind the second one that no more can be held"


class Session:
    """`run` returns when a stop that was asked for is reached, or a signal came; it raises what ended it otherwise."""

    def __init__(self, plan: Plan, output: Output, status: Status, journal: Journal, wakeup: Wakeup) -> None:
        now = time.monotonic()
        self._server = plan.target.name
        self._with_key = plan.target.api_key is not None
        self._hello_bytes = len(plan.target.hello)
        self._output = output
        self._status = status
        self._journal = journal
        self._wakeup = wakeup
        self._poller = Poller(wakeup, output.sinks)
        self._pressure = BackPressure(output, journal)
        self._connections = Connections(plan.target, wakeup, plan.renewed)
        self._keep_alive = KeepAlive(now, is_needed=plan.pings)
        self._supervisor = Supervisor(plan.policy, random.random, now, self._server)
        self._supervisor_due_s = now
        self._stop = StopWatch(plan.rules, now)
        self._pipeline = Pipeline(Continuity(by_time=plan.sampled), self._stop, output, status, journal)
        self._statistics = Statistics(status, plan.stats_s, now)
        self._disconnects = Disconnects(status, journal)
        self._failure: IdxstreamError | None = None  # what ends the run
        self._writing_from = 0  # the number of the connection whose values are written
        self._nap_s = output.nap_s
        self._nap_ends_s = now

    @property
    def stop_reason(self) -> str | None:
        """Which rule was met, None if none was."""
        return self._stop.reason

    @property
    def fell_short_of(self) -> int | None:
        """How many values were asked for, where another rule was met before they had come."""
        return self._stop.fell_short_of

    def run(self) -> None:
        try:
            while not self._is_over():
                ready = self._wait()
                self._advance(ready, time.monotonic())
            self._write_what_arrived(time.monotonic())
        finally:
            self._say_farewell()
        if self._failure is not None:
            raise self._failure

    def _is_over(self) -> bool:
        is_asked_for = self._stop.reason is not None or self._wakeup.signal_number is not None
        return is_asked_for or self._failure is not None

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _wait(self) -> list[Connection]:
        """Wait for anything. Returns the connections that have something to read."""
        now = time.monotonic()
        self._pressure.look(now)
        self._supervisor_due_s = self._supervisor.next_due_s()
        others = (self._stop, self._statistics, self._output, self._keep_alive)
        due_s = min(self._supervisor_due_s, *(each.next_due_s() for each in others))
        if now < self._nap_ends_s:
            return self._poller.wait([], min(due_s, self._nap_ends_s) - now)
        readable = [] if self._pressure.held_back else self._connections.open_ones()
        return self._poller.wait(readable, due_s - now)

    # -- what happened -------------------------------------------------------------------------------------------------

    def _advance(self, ready: list[Connection], now: float) -> None:
        for number, error in self._connections.finished(now):  # first, so that a close that waits finds them open
            self._welcome(number, now) if error is None else self._lose(number, error, now)
        for connection in ready:
            self._receive(connection, now)
            self._nap_ends_s = now + self._nap_s
        if self._pressure.held_back:
            self._stop.saw_values(now)  # there may be some: it is we who do not listen
            for connection in self._connections.open_ones():
                self._supervisor.excuse(connection.number, now)
        self._stop.check(self._status.bytes_received, now)
        if now >= self._supervisor_due_s and not self._is_over():
            self._do(self._supervisor.tick(now), now)
        if now >= self._output.next_due_s():
            self._output.tick(now)
        if now >= self._keep_alive.next_due_s():
            self._keep_alive.tick(self._connections.open_ones(), now)
        self._answer(self._wakeup.take_requests())
        if self._statistics.is_due(now):
            self._say_statistics(now)

    def _answer(self, requests: list[int]) -> None:
        for number in requests:
            if number == signal.SIGHUP:
                self._output.reopen()
            else:
                self._say_statistics(time.monotonic())

    def _say_statistics(self, now: float) -> None:
        self._journal.say(self._statistics.line(now, self._output.pending_bytes, PENDING_LIMIT_BYTES))

    def _welcome(self, number: int, now: float) -> None:
        self._supervisor.opened(number, now, is_only_one=self._connections.is_only_one(number))
        self._journal.record("connected", Level.INFO, f"connected to {self._server}", connection=number)
        self._journal.record("subscribed", Level.DEBUG, "the hello is sent", connection=number)
        if number == self._writing_from:
            self._status.state, self._status.retry_at_s = State.LIVE, None
            self._status.connected_s = now
        else:
            self._status.state = State.HANDOVER
            self._pipeline.begin_overlap(self._writing_from, number, now)

    def _receive(self, connection: Connection, now: float) -> None:
        reading = connection.read()
        self._take(connection, reading, now)
        if reading.ended is not None:
            self._lose(connection.number, self._meaning_of_end(connection.number, reading.ended), now)

    def _meaning_of_end(self, number: int, ended: ConnectionLostError) -> IdxstreamError:
        return ended if self._supervisor.has_spoken(number) else meaning_of_close(ended, self._hello_bytes)

    def _take(self, connection: Connection, reading: Reading, now: float) -> None:
        if not reading.byte_count:
            return
        number = connection.number
        self._status.bytes_received += reading.byte_count
        decoded = decode(reading.frames, time.time_ns())
        values, heartbeats = bool(decoded.batch.values), bool(decoded.heartbeats)
        if values:
            self._stop.saw_values(now)
        self._supervisor.heard(number, now, values=values, heartbeats=heartbeats)
        decoded.events += [malformed("a binary message", data) for data in reading.binary]
        is_next = number != self._writing_from
        if is_next and not self._pipeline.hold(decoded, now):
            self._do(self._supervisor.replace(TOO_FAR_BEHIND, now), now)  # from here on it is the current one
            is_next = False
        if not is_next:
            self._pipeline.write(decoded, now)
        else:
            # The current connection brings the same nonsense; it need not be counted twice.
            decoded.events = [event for event in decoded.events if not isinstance(event, Malformed | UnknownMessage)]
        for event in decoded.events:
            self._handle(event, number, now)

    def _handle(self, event: Event, number: int, now: float) -> None:
        match event:
            case Malformed(why, text):
                self._status.malformed += 1
                line = f"a message that does not decode ({why}): {self._cut(text)}"
                self._journal.record("malformed", Level.WARNING, line, why=why, text=text, connection=number)
            case UnknownMessage(kind):
                self._status.unknown += 1
                if self._status.unknown == 1:
                    line = f"the feed sends messages of a type not known here, {self._cut(kind)!r}; they are counted"
                    self._journal.record("unknown_message", Level.WARNING, line, type=kind, connection=number)
            case ServerError(message):
                line = f"{self._server} says: {self._cut(message)}"
                self._journal.record("server_error", Level.INFO, line, message=message, connection=number)
                self._lose(number, meaning_of(self._cut(message), self._server, with_key=self._with_key), now)
            case ReconnectNotice(within_s, before_time):
                actions = self._supervisor.noticed(number, within_s, now)
                if actions is None:
                    return
                line = f"{self._server} goes away within {within_s:g} s"
                fields = {"within_seconds": within_s, "before_time": before_time, "connection": number}
                self._journal.record("reconnect_notice", Level.INFO, line, **fields)
                self._do(actions, now)

    def _cut(self, text: str) -> str:
        """For a line; the event log has more of it."""
        return excerpt(text, self._connections.redactor.clean)

    # -- what to do ----------------------------------------------------------------------------------------------------

    def _do(self, actions: list[Action], now: float) -> None:
        for position, action in enumerate(actions):
            match action:
                case Open(number):
                    self._open(number)
                case End(number, error):
                    self._end(number, error, actions[position + 1 :], now)
                case Fail(error):
                    self._failure = error
                case Promote(number, seamless):
                    self._promote(number, seamless=seamless, now=now)
                case Retry(wait_s):
                    self._pipeline.continuity.lose()
                    self._status.state = State.WAITING
                    self._status.retry_at_s = now + wait_s

    def _open(self, number: int) -> None:
        self._status.connections += 1
        if self._supervisor.current is not None and self._supervisor.current.number == number:
            self._writing_from = number
            self._status.state = State.CONNECTING
        self._journal.record("connecting", Level.DEBUG, f"connecting to {self._server}", connection=number)
        self._connections.open(number)

    def _end(self, number: int, error: ConnectionLostError, actions: list[Action], now: float) -> None:
        connection, lived_s = self._connections.remove(number, now)
        if connection is not None:
            if lived_s is not None:
                self._drain(connection, now)
                connection.close()
            connection.drop()
        self._tell_end(number, error, lived_s, actions)

    def _lose(self, number: int, error: IdxstreamError, now: float) -> None:
        connection, lived_s = self._connections.remove(number, now)
        if connection is None:
            return
        connection.drop()
        self._connections.note(error)
        actions = [] if self._is_over() else self._supervisor.lost(number, error, now)
        self._tell_end(number, error, lived_s, actions)
        self._do(actions, now)

    def _tell_end(self, number: int, error: IdxstreamError, lived_s: float | None, actions: list[Action]) -> None:
        """`actions` are what the supervisor wants done about it."""
        if number == self._writing_from:
            self._disconnects.tell(number, error, lived_s, actions[0] if actions else None)
            return
        self._pipeline.continuity.end_overlap()
        self._status.state = State.LIVE
        self._disconnects.tell_of_second(number, error, lived_s, is_last=self._supervisor.is_alone)

    def _promote(self, number: int, *, seamless: bool, now: float) -> None:
        before, self._writing_from = self._writing_from, number
        if seamless:
            self._status.handovers += 1
            line = f"handed over from connection {before} to {number}"
            self._journal.record("handover", Level.INFO, line, **{"from": before, "to": number})
            self._status.state = State.LIVE
            self._pipeline.switch(now)
        else:
            self._status.state = State.CONNECTING
            self._pipeline.continuity.lose()

    # -- the end -------------------------------------------------------------------------------------------------------

    def _drain(self, connection: Connection, now: float) -> None:
        """Without waiting: what the kernel has was received, so it is written."""
        until_s = time.monotonic() + LAST_READS_S
        while time.monotonic() < until_s:
            reading = connection.read()
            self._take(connection, reading, now)
            if not reading.byte_count or reading.ended is not None:
                return

    def _write_what_arrived(self, now: float) -> None:
        """After a signal what the kernel has was received too; in any case what the next connection has brought, and
        that something is missing which no value came after."""
        if self._wakeup.signal_number is not None and not self._pressure.held_back:
            for connection in self._connections.open_ones():
                self._drain(connection, now)
        self._pipeline.end(now)

    def _say_farewell(self) -> None:
        """Close, and read on until the servers have closed too, so that they can finish. What comes is after the end.

        Meanwhile stdout takes what is left for it; what goes wrong there is told by who waits for the rest.
        """
        self._status.state = State.STOPPING
        until_s = min(time.monotonic(), self._wakeup.signalled_s) + FAREWELL_S
        leaving = self._connections.open_ones()
        for connection in leaving:
            connection.close()
        with suppress(IdxstreamError):
            while leaving and (left_s := until_s - time.monotonic()) > 0:
                ready = self._poller.wait(leaving, left_s)
                leaving = [link for link in leaving if link not in ready or link.read().ended is None]
        self._connections.drop_all()
        self._pressure.end(time.monotonic())
