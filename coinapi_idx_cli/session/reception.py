"""What comes on the connections, and what is done about it: the supervisor decides, the pipeline writes."""

from __future__ import annotations

from collections.abc import Callable

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open, Promote, Retry
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import (
    Event,
    Malformed,
    ReconnectNotice,
    ServerError,
    UnknownMessage,
    decode,
    malformed,
    plain_values,
)
from coinapi_idx_cli.protocol.reconnect import Supervisor
from coinapi_idx_cli.protocol.redundancy import Redundancy
from coinapi_idx_cli.protocol.server_errors import meaning_of, meaning_of_close
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.session.clock import Clock
from coinapi_idx_cli.session.connections import Connections
from coinapi_idx_cli.session.disconnects import Disconnects
from coinapi_idx_cli.session.pipeline import Pipeline
from coinapi_idx_cli.terminal.one_line import excerpt
from coinapi_idx_cli.transport.connection import Connection, Reading
from coinapi_idx_cli.transport.target import Target

LAST_READS_S = 0.4  # for what had arrived already when a connection is ended, or the run
TOO_FAR_APART = "one connection is too far behind the other for more to be remembered"


class Reception:
    """Reads connections, opens and ends them. `failure` is what ends the run; then nothing more is asked for.

    Times are seconds of the monotonic clock. The pipeline knows whose values are written, `_show_state` is the only
    place that sets the state which is shown.
    """

    def __init__(
        self,
        target: Target,
        supervisor: Supervisor | Redundancy,
        connections: Connections,
        pipeline: Pipeline,
        status: Status,
        journal: Journal,
        clock: Clock,
        is_asked_to_stop: Callable[[], bool],
    ) -> None:
        self.failure: IdxstreamError | None = None
        self._server = target.name
        self._with_key = target.api_key is not None
        self._hello_bytes = len(target.hello)
        self._supervisor = supervisor
        self._connections = connections
        self._pipeline = pipeline
        self._status = status
        self._journal = journal
        self._clock = clock
        self._is_asked_to_stop = is_asked_to_stop
        self._disconnects = Disconnects(status, journal)
        self._ended = 0  # the last connection that did

    @property
    def is_over(self) -> bool:
        return self.failure is not None or self._is_asked_to_stop()

    # -- what happens --------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Do what the supervisor wants done by now."""
        self._do(self._supervisor.tick(now), now)

    def opened(self, number: int, now: float) -> None:
        """That connection is open, and its hello is sent."""
        self._supervisor.opened(number, now, is_only_one=self._connections.is_only_one(number))
        self._journal.record("connected", Level.INFO, f"connected to {self._server}", connection=number)
        self._journal.record("subscribed", Level.DEBUG, "hello sent", connection=number)
        self._pipeline.opened(number, now)
        self._show_state()

    def receive(self, connection: Connection, now: float) -> bool:
        """Read what came on that connection, at once if it has ended.

        Whether it brought values and nothing else, which makes no deadline come earlier.
        """
        reading, number = connection.read(), connection.number
        if reading.ended is None and not reading.binary and self._has_passed_on(number, reading, now):
            return True
        self._digest(number, reading, now)
        if reading.ended is not None:
            self.lose(number, self._meaning_of_end(number, reading.ended), now)
        return False

    def lose(self, number: int, error: IdxstreamError, now: float) -> None:
        """That connection ended, or could not be opened."""
        connection, lived_s = self._connections.remove(number, now)
        if connection is None:
            return
        connection.drop()
        self._connections.note(error)
        actions = [] if self.is_over else self._supervisor.lost(number, error, now)
        self._report_end(number, error, lived_s, actions, now)
        self._do(actions, now)

    def drain(self, connection: Connection, now: float) -> None:
        """Without waiting: what the kernel has was received, so it is written."""
        until_s = self._clock.monotonic() + LAST_READS_S
        while self._clock.monotonic() < until_s:
            reading = connection.read()
            self._digest(connection.number, reading, now)
            if not reading.byte_count or reading.ended is not None:
                return

    # -- what it says --------------------------------------------------------------------------------------------------

    def _has_passed_on(self, number: int, reading: Reading, now: float) -> bool:
        """The way that nearly every read goes: what can wait until the values are written does."""
        values = plain_values(reading.frames)
        if not values:
            return False
        if not self._pipeline.pass_on(number, Batch(self._clock.time_ns(), values, reading.frames), now):
            return False
        self._status.bytes_received += reading.byte_count
        self._supervisor.heard(number, now, values=True)
        return True

    def _digest(self, number: int, reading: Reading, now: float) -> None:
        if not reading.byte_count:
            return
        self._status.bytes_received += reading.byte_count
        decoded = decode(reading.frames, self._clock.time_ns())
        values, heartbeats = bool(decoded.batch.values), bool(decoded.heartbeats)
        self._supervisor.heard(number, now, values=values, heartbeats=heartbeats)
        decoded.events += [malformed("a binary message", data) for data in reading.binary]
        is_leading = self._pipeline.is_leading(number)
        unfit = self._pipeline.receive(number, decoded, now)
        if unfit is not None:
            self._do(self._supervisor.end(unfit, TOO_FAR_APART, now), now)
        if not is_leading:
            # The leading connection brings the same nonsense; it need not be counted twice.
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
                    line = f"the feed sends messages of an unknown type, {self._cut(kind)!r}; they are counted"
                    self._journal.record("unknown_message", Level.WARNING, line, type=kind, connection=number)
            case ServerError(message):
                line = f"{self._server} says: {self._cut(message)}"
                self._journal.record("server_error", Level.INFO, line, message=message, connection=number)
                self.lose(number, meaning_of(self._cut(message), self._server, with_key=self._with_key), now)
            case ReconnectNotice(within_s, before_time):
                actions = self._supervisor.noticed(number, within_s, now)
                if actions is None:
                    return
                line = f"{self._server} is going away within {within_s:g} s"
                fields = {"within_seconds": within_s, "before_time": before_time, "connection": number}
                self._journal.record("reconnect_notice", Level.INFO, line, **fields)
                self._do(actions, now)

    def _cut(self, text: str) -> str:
        """For a line; the event log has more of it."""
        return excerpt(text, self._connections.redactor.clean)

    def _meaning_of_end(self, number: int, ended: ConnectionLostError) -> IdxstreamError:
        return ended if self._supervisor.has_spoken(number) else meaning_of_close(ended, self._hello_bytes)

    # -- what to do ----------------------------------------------------------------------------------------------------

    def _do(self, actions: list[Action], now: float) -> None:
        for position, action in enumerate(actions):
            match action:
                case Open():
                    self._open(action)
                case End(number, error):
                    self._end(number, error, actions[position + 1 :], now)
                case Fail(error):
                    self.failure = error
                case Promote(number, seamless):
                    self._promote(number, seamless=seamless, now=now)
                case Retry(wait_s):
                    self._pipeline.lost()
                    self._status.retry_at_s = now + wait_s
        if actions:
            self._show_state()

    def _open(self, action: Open) -> None:
        number, is_second = action.number, action.is_second
        self._status.connections += 1
        self._status.retry_at_s = None
        self._pipeline.opening(number, is_second=is_second)
        self._journal.record("connecting", Level.DEBUG, f"connecting to {self._server}", connection=number)
        self._connections.open(number, beside=action.beside)

    def _end(self, number: int, error: ConnectionLostError, actions: list[Action], now: float) -> None:
        connection, lived_s = self._connections.remove(number, now)
        if connection is not None:
            if lived_s is not None:
                self.drain(connection, now)
                connection.close()
            connection.drop()
        self._report_end(number, error, lived_s, actions, now)

    def _report_end(
        self, number: int, error: IdxstreamError, lived_s: float | None, actions: list[Action], now: float
    ) -> None:
        """`actions` are what the supervisor wants done about it."""
        was_leading, self._ended = self._pipeline.is_leading(number), number
        self._pipeline.ended(number, self._cut(error.what), now)
        if self._status.live_connections:
            self._disconnects.report_covered(number, error, lived_s, is_alone=self._supervisor.is_alone)
        elif was_leading:
            self._disconnects.report(number, error, lived_s, actions[0] if actions else None)
        else:
            self._disconnects.report_second(number, error, lived_s, is_last=self._supervisor.is_alone)
            self._show_state()

    def _promote(self, number: int, *, seamless: bool, now: float) -> None:
        if seamless:
            self._status.handovers += 1
            line = f"handed over from connection {self._ended} to {number}"
            self._journal.record("handover", Level.INFO, line, **{"from": self._ended, "to": number})
        self._pipeline.promoted(number, now, seamless=seamless)

    # -- the state -------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """The run is about to end: that is what is shown now."""
        self._status.state = State.STOPPING

    def _show_state(self) -> None:
        if self._pipeline.is_live:
            self._status.state = State.HANDOVER if self._pipeline.overlaps else State.LIVE
        else:
            self._status.state = State.WAITING if self._status.retry_at_s is not None else State.CONNECTING
