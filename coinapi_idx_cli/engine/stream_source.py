"""A stream to be read instead of the feed: its messages in order, its chain verified, from a time on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from msgspec import Struct

from coinapi_idx_cli.engine.client import EngineClient
from coinapi_idx_cli.engine.jetstream import API, NS, ApiError, StreamState, answer, meaning_of, stream_state
from coinapi_idx_cli.engine.stream_reader import StreamReader
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.engine.wire import Delivery
from coinapi_idx_cli.errors import IdxstreamError, NoConnectionError
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.times import utc_text

CLOCKS_DIFFER_S = 60  # those of the machines, and of the engine
NEVER = float("inf")


class Arrival(Struct, frozen=True):
    """A message that came. `missing`: what should stand before it and does not, in words."""

    sequence: int
    block: StreamBlock
    missing: str = ""


class StreamSource:
    """Reads a stream from `since_ns` on, UTC nanoseconds of receipt; 0: from its start; None: what comes from now on.

    Polled like a connection of the feed. `tell` hears events.
    """

    number = 1
    has_pending = False

    def __init__(
        self,
        target: EngineTarget,
        since_ns: int | None,
        wake: Callable[[], None],
        tell: Callable[[str, dict[str, object]], None],
        *,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failure: IdxstreamError | None = None
        self.last_error: IdxstreamError | None = None
        self.down_since_s: float | None = clock()
        self._stream = target.stream
        self._since_ns = since_ns
        self._tell = tell
        self._clock = clock
        self._created = ""
        self._first = 0  # the oldest message that there was at the start
        self._before: tuple[int, str] | None = None  # the last message that came
        self._has_begun = False
        self._arrived: list[Arrival] = []
        self._client = EngineClient(
            target, "idxstream-reader", wake, on_up=self._came_up, on_down=self._went_down, chance=chance, clock=clock
        )
        self._reader = StreamReader(
            self._client, target.stream, on_block=self._hear_block, on_end=lambda _: None, clock=clock
        )

    @property
    def is_open(self) -> bool:
        return self._client.link is not None

    @property
    def has_unsent(self) -> bool:
        return self._client.link is not None and self._client.link.has_unsent

    def fileno(self) -> int:
        return self._client.fileno() or -1

    def flush(self) -> None:
        self._client.flush(self._clock())

    def receive(self, events: int, now: float) -> list[Arrival]:
        """What came, without waiting."""
        try:
            self._client.ready(events, now)
        except IdxstreamError as error:
            self.failure = self.failure or error
        arrived, self._arrived = self._arrived, []
        return arrived

    def next_due_s(self) -> float:
        return min(self._client.next_due_s(), self._reader.next_due_s())

    def tick(self, now: float) -> None:
        self._client.tick(now)
        self._reader.tick(now)

    def close(self) -> None:
        self._client.close()

    # ------------------------------------------------------------------------------------------------------------------

    def _came_up(self, now: float) -> None:  # noqa: ARG002
        link = self._client.link
        if link is not None:
            self._tell("engine_connected", {"server": link.name, "version": link.info.get("version")})
            self._client.request(f"{API}.STREAM.INFO.{self._stream}", b"", self._hear_state)

    def _went_down(self, error: IdxstreamError, now: float) -> None:
        self._reader.forget()
        self.last_error = error
        if self.down_since_s is None:
            self.down_since_s = now
        if not self._has_begun and not isinstance(error, NoConnectionError):
            self.failure = self.failure or error
            return
        self._tell("engine_lost", {"error": error.what})

    def _hear_state(self, delivery: Delivery) -> None:
        try:
            state = stream_state(answer(delivery))
        except ApiError as error:
            self._client.fail(meaning_of(error, self._stream, self._client.server_name), self._clock())
            return
        self.down_since_s = None
        if not self._has_begun or state.created != self._created:
            self._begin(state)
        else:
            self._reader.begin(sequence=self._reader.last + 1)

    def _begin(self, state: StreamState) -> None:
        if self._has_begun:  # another stream of that name
            self._before = None
            self._reader.begin(sequence=1)
        elif self._since_ns is None:
            self._reader.begin(sequence=state.last + 1)
        else:
            self._first = state.first
            early_ns = max(0, self._since_ns - CLOCKS_DIFFER_S * NS)
            self._reader.begin(since=utc_text(early_ns) if early_ns else None)
        self._created, self._has_begun = state.created, True

    def _hear_block(self, sequence: int, block: StreamBlock, now: float) -> None:  # noqa: ARG002
        missing = self._missing_before(sequence, block)
        self._before = sequence, block.id
        if self._since_ns is None or block.received_ns >= self._since_ns:
            self._arrived.append(Arrival(sequence, block, missing))

    def _missing_before(self, sequence: int, block: StreamBlock) -> str:
        if self._before is None:
            is_cut = self._since_ns is not None and sequence == self._first > 1 and block.received_ns > self._since_ns
            return "older messages are not in the stream any more" if is_cut else ""
        if block.after == self._before:
            return ""
        after = f"{block.after[0]} {block.after[1]}".rstrip()
        return f"message {sequence} follows {after}, and the last one here was {self._before[0]} {self._before[1]}"
