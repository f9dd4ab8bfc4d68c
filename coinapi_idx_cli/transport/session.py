"""The loop: sockets -> protocol -> output. One poll waits for all that can happen."""

from __future__ import annotations

import random
import select
import time
from collections import deque
from dataclasses import dataclass
from threading import Thread

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, ReaderGoneError
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.sink import StdoutSink
from coinapi_idx_cli.protocol.continuity import Continuity
from coinapi_idx_cli.protocol.messages import (
    Decoded,
    Event,
    Malformed,
    ReconnectNotice,
    ServerError,
    UnknownMessage,
    decode,
    malformed,
)
from coinapi_idx_cli.protocol.reconnect import Action, Policy, Supervisor, meaning_of
from coinapi_idx_cli.protocol.statistics import Meter
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules, StopWatch
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.journal import Journal, Level
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.wakeup import Wakeup

FAREWELL_S = 1.0  # how long the server may take to answer our close frame, and a slow reader to take the rest
READS_AFTER_STOP = 64  # what had arrived when a signal came is read and written still


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: where to, until when, and what to tell on the way."""

    target: Target
    policy: Policy
    rules: StopRules
    stats_s: float | None = None


class Session:
    """`run` returns when a stop that was asked for is reached, or a signal came; it raises what ended it otherwise."""

    def __init__(
        self, plan: Plan, output: Output, sink: StdoutSink | None, status: Status, journal: Journal, wakeup: Wakeup
    ) -> None:
        now = time.monotonic()
        self._plan = plan
        self._output = output
        self._sink = sink
        self._status = status
        self._journal = journal
        self._wakeup = wakeup
        self._supervisor = Supervisor(plan.policy, random.random, now)
        self._continuity = Continuity()
        self._stop = StopWatch(plan.rules, now)
        self._meter = Meter(status, plan.stats_s, now)
        self._connection: Connection | None = None
        self._opened: deque[tuple[Connection, IdxstreamError | None]] = deque()
        self._held_back = False

    def run(self) -> None:
        try:
            while not self._is_over():
                readable = self._wait()
                self._advance(readable, time.monotonic())
            if self._wakeup.signal_number is not None:
                self._read_what_arrived()
        finally:
            self._say_farewell()

    def _is_over(self) -> bool:
        return self._stop.reason is not None or self._wakeup.signal_number is not None

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _wait(self) -> Connection | None:
        """Wait for anything. Returns the connection if it has something to read."""
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        if self._sink is not None:
            poll.register(self._sink, 0)  # tells of a reader that went away, and of nothing else
        connection = self._readable()
        ready = None
        if connection is not None:
            poll.register(connection, select.POLLIN)
            ready = connection if connection.has_pending else None
        for fd, _ in poll.poll(self._timeout_ms(connection)):
            if fd == self._wakeup.fileno():
                self._wakeup.clear()
            elif self._sink is not None and fd == self._sink.fileno():
                raise ReaderGoneError("the reader of the output ended")
            else:
                ready = connection
        return ready

    def _readable(self) -> Connection | None:
        """The connection, unless too much of what it brought waits to be written."""
        if self._sink is not None:
            self._sink.check()
            self._note_back_pressure(self._sink)
        is_open = self._connection is not None and self._supervisor.is_open
        return self._connection if is_open and not self._held_back else None

    def _note_back_pressure(self, sink: StdoutSink) -> None:
        if not self._held_back and sink.is_full:
            self._held_back = True
            text = "the reader of the output is slower than the feed; the server is held back, nothing is dropped"
            self._journal.record("backpressure", Level.WARNING, text, pending_bytes=sink.pending_bytes)
        elif self._held_back and sink.has_room_again:
            self._held_back = False

    def _timeout_ms(self, connection: Connection | None) -> float:
        if connection is not None and connection.has_pending:
            return 0
        due_s = min(self._supervisor.next_due_s(), self._stop.next_due_s(), self._meter.next_due_s())
        return max(0.0, min(due_s - time.monotonic(), 3600.0)) * 1000 + 1  # poll counts in whole milliseconds

    # -- what happened -------------------------------------------------------------------------------------------------

    def _advance(self, readable: Connection | None, now: float) -> None:
        if readable is not None:
            self._receive(readable, now)
        self._take_opened(now)
        if self._held_back:
            self._supervisor.heard(now, values=False)  # it is we who do not listen
        self._stop.check(self._status.bytes_received, now)
        if not self._is_over():
            self._act(self._supervisor.tick(now), now)
        if self._meter.is_due(now):
            self._journal.say(self._meter.line(now, self._sink.pending_bytes if self._sink else 0))

    def _act(self, action: Action | None, now: float) -> None:
        if action is Action.OPEN:
            self._open()
        elif action is Action.DROP and self._connection is not None:
            server = self._plan.target.server
            silent = self._supervisor.is_open
            seconds = self._plan.policy.stale_after_s if silent else self._plan.policy.connect_timeout_s
            what = "was silent for" if silent else "did not answer within"
            self._lose(ConnectionLostError(f"{server} {what} {seconds:g} s"), now)

    def _open(self) -> None:
        self._status.state = State.CONNECTING
        self._status.connections += 1
        connection = self._connection = Connection(self._status.connections, self._plan.target)
        self._journal.record("connecting", Level.DEBUG, f"connecting to {self._plan.target.server}")
        Thread(target=self._open_in_thread, args=(connection,), name="connect", daemon=True).start()

    def _open_in_thread(self, connection: Connection) -> None:
        error: IdxstreamError | None = None
        try:
            connection.open()
        except IdxstreamError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001
            error = IdxstreamError(f"{type(failure).__name__} while connecting: {failure}")
            error.__cause__ = failure
        self._opened.append((connection, error))
        self._wakeup.wake()

    def _take_opened(self, now: float) -> None:
        while self._opened:
            connection, error = self._opened.popleft()
            if connection is not self._connection:
                connection.drop()  # given up before it was ready
            elif error is None:
                self._begin(now)
            elif isinstance(error, ConnectionLostError):
                self._lose(error, now)
            else:
                raise error

    def _begin(self, now: float) -> None:
        self._supervisor.opened(now)
        self._status.state = State.LIVE
        self._status.connected_s = now
        self._status.retry_at_s = None
        self._journal.record("connected", Level.INFO, f"connected to {self._plan.target.server}")
        self._journal.record("subscribed", Level.DEBUG, "the hello is sent")

    def _receive(self, connection: Connection, now: float) -> None:
        reading = connection.read()
        self._status.bytes_received += reading.byte_count
        if reading.byte_count:
            decoded = decode(reading.frames, time.time_ns())
            self._supervisor.heard(now, values=bool(decoded.batch.values))
            self._write(connection, decoded, now)
            for event in [*decoded.events, *(malformed("a binary message", data) for data in reading.binary)]:
                self._handle(event, connection, now)
        if reading.ended is not None and self._connection is connection:
            self._lose(reading.ended, now)

    def _write(self, connection: Connection, decoded: Decoded, now: float) -> None:
        gap = self._continuity.take(connection.number, decoded.batch)
        if gap is not None:
            decoded.batch.notes.insert(0, gap.note())
            text = f"a gap of {gap.fields['seconds']:.3f} s from {gap.fields['from']} to {gap.fields['to']}"
            self._journal.record("gap", Level.WARNING, text, **gap.fields)
        batch = self._stop.take(decoded.batch, self._status.values, now)
        self._status.heartbeats += decoded.heartbeats
        self._status.values += len(batch.values)
        self._output.write(batch)

    def _handle(self, event: Event, connection: Connection, now: float) -> None:
        server = self._plan.target.server
        match event:
            case Malformed(why, text):
                self._status.malformed += 1
                message = f"a message that does not decode ({why}): {text}"
                self._journal.record("malformed", Level.WARNING, message, why=why, text=text)
            case UnknownMessage(kind):
                self._status.unknown += 1
                if self._status.unknown == 1:
                    text = f"the feed sends messages of a type not known here, {kind!r}; they are counted"
                    self._journal.record("unknown", Level.WARNING, text, type=kind)
            case ServerError(message):
                self._journal.record("server_error", Level.INFO, f"{server} says: {message}", message=message)
                meaning = meaning_of(message, server)
                if not isinstance(meaning, ConnectionLostError):
                    raise meaning
                self._lose(meaning, now)
            case ReconnectNotice(within_s, before_time):
                text = f"{server} goes away within {within_s:g} s"
                fields = {"within_seconds": within_s, "before_time": before_time}
                self._journal.record("reconnect_notice", Level.INFO, text, **fields)
                connection.close()
                self._lose(ConnectionLostError(f"{server} asked for a new connection"), now)

    def _lose(self, error: ConnectionLostError, now: float) -> None:
        connected_s, self._status.connected_s = self._status.connected_s, None
        if self._connection is not None:
            self._connection.drop()
        self._connection = None
        wait_s = self._supervisor.lost(error, now)
        self._status.state = State.WAITING
        self._status.retry_at_s = now + wait_s
        text = f"{error.what}; {'connecting again' if wait_s < 0.05 else f'next try in {wait_s:.1f} s'}"
        lived_s = None if connected_s is None else round(now - connected_s, 3)
        self._journal.record(
            "disconnected", Level.WARNING, text, error=error.what, code=error.close_code, after_seconds=lived_s
        )

    # -- the end -------------------------------------------------------------------------------------------------------

    def _read_what_arrived(self) -> None:
        """Without waiting: what the kernel had when the signal came was received, so it is written."""
        for _ in range(READS_AFTER_STOP):
            connection = self._readable()
            if connection is None:
                return
            before = self._status.bytes_received
            self._receive(connection, time.monotonic())
            if self._status.bytes_received == before:
                return

    def _say_farewell(self) -> None:
        self._status.state = State.STOPPING
        connection = self._connection if self._supervisor.is_open else None
        if connection is not None:
            connection.close()
            self._await_close(connection, time.monotonic() + FAREWELL_S)
        if self._connection is not None:
            self._connection.drop()

    @staticmethod
    def _await_close(connection: Connection, until_s: float) -> None:
        """Read on, so that the server can finish, until it has closed too. What comes now is after the end."""
        with_poll = select.poll()
        try:
            with_poll.register(connection, select.POLLIN)
        except OSError:
            return  # dropped, as the close frame could not be sent
        while (rest_s := until_s - time.monotonic()) > 0:
            if not connection.has_pending and not with_poll.poll(rest_s * 1000):
                return
            if connection.read().ended is not None:
                return
