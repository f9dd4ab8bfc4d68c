"""Does with a stream what a capture machine wants: asks for its end, reads it, appends to it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from coinapi_idx_cli.engine.client import EngineClient
from coinapi_idx_cli.engine.jetstream import (
    API,
    EXPECTED_LAST,
    EXPECTED_STREAM,
    TAIL_S,
    WRONG_LAST,
    ApiError,
    NotPermittedError,
    StreamState,
    answer,
    control_subject,
    faults_of,
    meaning_of,
    stream_state,
    values_subject,
)
from coinapi_idx_cli.engine.stream_reader import StreamReader
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.engine.wire import Delivery
from coinapi_idx_cli.errors import IdxstreamError, NoConnectionError, OutputError, RefusedError
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Action, Append, AskEnd, Follow, Rest, Tell
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns, utc_text

Told = Callable[[str, dict[str, object]], None]


class StreamLog:
    """The stream that a capture machine follows and writes.

    `tell` hears events: their names, and what belongs to them. `note` is called before a message goes out, and when one
    is acknowledged.

    `failure`: what ends the run; then nothing more is done.
    """

    def __init__(
        self,
        target: EngineTarget,
        machine: CaptureMachine,
        name: str,
        wake: Callable[[], None],
        tell: Told,
        *,
        note: Callable[[], None] = lambda: None,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failure: IdxstreamError | None = None
        self.has_worked = self._has_written = False
        self.last_error: IdxstreamError | None = None
        self._stream = target.stream
        self._machine = machine
        self._tell = tell
        self._note = note
        self._clock = clock
        self._state: StreamState | None = None
        self.client = EngineClient(
            target, name, wake, on_up=self._came_up, on_down=self._went_down, chance=chance, clock=clock
        )
        self._reader = StreamReader(
            self.client, target.stream, on_block=self._hear_block, on_end=self._hear_end, clock=clock
        )

    @property
    def is_connected(self) -> bool:
        return self.client.link is not None

    def next_due_s(self) -> float:
        return min(self.client.next_due_s(), self._reader.next_due_s(), self._machine.next_due_s())

    def ready(self, events: int, now: float) -> None:
        try:
            self.client.ready(events, now)
        except IdxstreamError as error:
            self.failure = self.failure or error

    def tick(self, now: float) -> None:
        self.client.tick(now)
        self._reader.tick(now)
        if now >= self._machine.next_due_s():
            self.do(self._machine.tick(now))

    def do(self, actions: list[Action]) -> None:
        """What the machine wants."""
        for action in actions:
            match action:
                case AskEnd():
                    self.client.request(f"{API}.STREAM.INFO.{self._stream}", b"", self._hear_state)
                case Follow(sequence):
                    self._reader.begin(sequence=sequence, since=self._tail() if sequence is None else None)
                case Rest():
                    self._reader.end()
                case Append():
                    self._append(action)
                case Tell(event, fields):
                    self._tell(event, fields)

    def close(self) -> None:
        self.client.close()

    # ------------------------------------------------------------------------------------------------------------------

    def _came_up(self, now: float) -> None:
        link = self.client.link
        if link is None:
            return
        largest = link.info.get("max_payload", 0)
        self._tell("engine_connected", {"server": link.name, "version": link.info.get("version"), "largest": largest})
        self.do(self._machine.connected(now))

    def _went_down(self, error: IdxstreamError, now: float) -> None:
        self._reader.forget()
        self.last_error = error
        never_wrote = isinstance(error, NotPermittedError) and not self._has_written
        if never_wrote or (not self.has_worked and not isinstance(error, NoConnectionError)):
            self.failure = self.failure or error
            return
        self._tell("engine_lost", {"error": error.what})
        self.do(self._machine.disconnected(now))

    def _tail(self) -> str | None:
        last_ns = parse_utc_ns(self._state.last_time) if self._state is not None else None
        return utc_text(last_ns - TAIL_S * NS) if last_ns is not None else None

    def _hear_state(self, delivery: Delivery) -> None:
        now = self._clock()
        try:
            state = self._state = stream_state(answer(delivery))
        except ApiError as error:
            self.client.fail(meaning_of(error, self._stream, self.client.server_name), now)
            return
        if faults := faults_of(state):
            what = f"the stream {self._stream} cannot keep its promise: {'; '.join(faults)}"
            self.failure = self.failure or RefusedError(what, "make another one with idxstream engine create")
            return
        self.has_worked = True
        self.do(self._machine.looked(state.last, state.created, now))

    def _hear_block(self, sequence: int, block: StreamBlock, now: float) -> None:
        self.do(self._machine.received(sequence, block, now))

    def _hear_end(self, now: float) -> None:
        self.do(self._machine.nothing_follows(now))

    def _append(self, action: Append) -> None:
        block = action.block
        largest = int(self.client.link.info.get("max_payload", 0)) if self.client.link is not None else 0
        if largest and len(block.data) + 1024 > largest:
            what = f"the engine takes no messages of {len(block.data):,} bytes"
            self.failure = self.failure or OutputError(what, "raise its max_payload to 2MB")
            return
        subject = control_subject(self._stream) if block.control else values_subject(self._stream)
        headers = {**block.headers, EXPECTED_STREAM: self._stream, EXPECTED_LAST: str(action.expected)}
        self._note()
        self.client.request(subject, block.data, self._hear_answer, headers=headers)

    def _hear_answer(self, delivery: Delivery) -> None:
        now = self._clock()
        try:
            fields = answer(delivery)
        except ApiError as error:
            if error.code != WRONG_LAST:
                self._tell("engine_error", {"error": error.text})
            self.do(self._machine.refused(now, is_certain=error.code == WRONG_LAST))
            return
        self._has_written = True
        actions = self._machine.acknowledged(int(fields.get("seq", 0)), now)
        self._note()
        self.do(actions)
