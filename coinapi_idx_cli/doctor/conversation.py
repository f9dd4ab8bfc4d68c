"""One connection of the feed: the hello, and what was heard since."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct, field

from coinapi_idx_cli.doctor.handshake import in_time
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import Malformed, ServerError, decode
from coinapi_idx_cli.protocol.server_errors import meaning_of
from coinapi_idx_cli.terminal.one_line import excerpt
from coinapi_idx_cli.transport.probe import Probe
from coinapi_idx_cli.transport.target import Target

OTHERS_KEPT = 100  # a server may name any number of indexes


class HeardValue(Struct, frozen=True):
    """A value, and when it came.

    `time_received_ns` since 1970; `after_s`: since the hello.
    """

    value: IndexValue
    time_received_ns: int
    after_s: float


class Heard(Struct):
    """What came on a connection.

    `first`: value of the index that is waited for, and of some others.

    `first_s`: when the first heartbeat or value came, since the hello.
    """

    heartbeats: int = 0
    values: int = 0
    malformed: int = 0
    first: dict[str, HeardValue] = field(default_factory=dict)
    first_s: float | None = None

    @property
    def is_alive(self) -> bool:
        return self.first_s is not None


class Conversation:
    """Use `drop` at the end."""

    def __init__(self, target: Target, index_id: str | None = None) -> None:
        self._index_id = index_id
        self.probe = Probe(target)
        self.heard = Heard()
        self.error: IdxstreamError | None = None
        self._greeted_s = 0.0

    def open(self) -> None:
        """Raises, and keeps as `error`, what `Connection.open` raises."""
        try:
            in_time(self.probe, self.probe.open)
        except IdxstreamError as error:
            self.error = error
            raise
        self._greeted_s = time.monotonic()

    def listen(self, within_s: float, until: Callable[[], bool]) -> bool:
        """Whether it came to that. Raises, and keeps as `error`, what ended the connection before it."""
        deadline_s = time.monotonic() + within_s
        while not until():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            self._hear(left_s)
        return True

    def drop(self) -> None:
        self.probe.drop()

    def _hear(self, within_s: float) -> None:
        reading = self.probe.read(within_s)
        now_s, now_ns = time.monotonic() - self._greeted_s, time.time_ns()
        decoded = decode(reading.frames, now_ns)
        heard = self.heard
        heard.heartbeats += decoded.heartbeats
        heard.values += len(decoded.batch.values)
        for value in decoded.batch.values:
            if len(heard.first) < OTHERS_KEPT or value.index_id == self._index_id:
                heard.first.setdefault(value.index_id, HeardValue(value, now_ns, now_s))
        if heard.first_s is None and (heard.heartbeats or heard.values):
            heard.first_s = now_s
        heard.malformed += sum(isinstance(event, Malformed) for event in decoded.events) + len(reading.binary)
        self._end_at(next((event for event in decoded.events if isinstance(event, ServerError)), None))
        if reading.ended is not None:
            self.error = reading.ended
            raise self.error

    def _end_at(self, told: ServerError | None) -> None:
        if told is not None:
            target = self.probe.target
            message = excerpt(told.message, target.redactor.clean)
            self.error = meaning_of(message, target.name, with_key=target.api_key is not None)
            raise self.error
