"""Reads a stream in its order: what a consumer delivers, without a hole, read again where something is missing."""

from __future__ import annotations

from collections.abc import Callable

from coinapi_idx_cli.engine.client import EngineClient
from coinapi_idx_cli.engine.jetstream import API, HEARTBEAT_S, ApiError, answer, consumer, control_subject, sequences
from coinapi_idx_cli.engine.wire import Delivery
from coinapi_idx_cli.errors import ConnectionLostError, RefusedError
from coinapi_idx_cli.protocol.blocks import StreamBlock, block_of

SILENT_AFTER_S = 3.5 * HEARTBEAT_S
NEVER = float("inf")


class StreamReader:
    """What comes of a stream goes to `on_block`, with its sequence. `on_end`: there is nothing more to come now.

    `last`: the sequence of the last message that came.
    """

    def __init__(
        self,
        client: EngineClient,
        stream: str,
        *,
        on_block: Callable[[int, StreamBlock, float], None],
        on_end: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.last = 0
        self._client = client
        self._stream = stream
        self._on_block = on_block
        self._on_end = on_end
        self._clock = clock
        self._subscription: int | None = None
        self._delivered = 0  # by the consumer
        self._heard_s = 0.0
        self._count = 0

    def begin(self, *, sequence: int | None = None, since: str | None = None) -> None:
        """Read from there on."""
        self.end()
        self._count += 1
        self._delivered, self._heard_s = 0, self._clock()
        if sequence is not None:
            self.last = sequence - 1
        number, subject = self._client.subscribe(lambda delivery: self._hear(number, delivery))
        self._subscription = number
        name = f"idx{subject.split('.')[1]}x{self._count}"
        question = consumer(self._stream, name, subject, sequence=sequence, since=since)
        self._client.request(
            f"{API}.CONSUMER.CREATE.{self._stream}.{name}", question, lambda delivery: self._began(number, delivery)
        )

    def end(self) -> None:
        """Read no further."""
        if self._subscription is not None:
            self._client.unsubscribe(self._subscription)
            self._subscription = None

    def forget(self) -> None:
        """The link is gone, and the consumer with it."""
        self._subscription = None

    def next_due_s(self) -> float:
        return NEVER if self._subscription is None else self._heard_s + SILENT_AFTER_S

    def tick(self, now: float) -> None:
        """A consumer that says nothing is gone."""
        if now >= self.next_due_s():
            self._again()

    def _again(self) -> None:
        """From where it stopped."""
        if self.last:
            self.begin(sequence=self.last + 1)
        else:
            self._client.fail(ConnectionLostError("the engine does not deliver the stream in its order"), self._clock())

    def _began(self, number: int, delivery: Delivery) -> None:
        if number != self._subscription:
            return
        try:
            fields = answer(delivery)
        except ApiError as error:
            what = f"cannot read the stream {self._stream}: {error.text}"
            self._client.fail(ConnectionLostError(what), self._clock())
            return
        if not fields.get("num_pending") and not self._delivered:
            self._on_end(self._clock())

    def _hear(self, number: int, delivery: Delivery) -> None:
        if number != self._subscription:
            return
        self._heard_s = self._clock()
        if delivery.status:
            self._answer_status(delivery)
            return
        try:
            in_stream, of_consumer, _ = sequences(delivery.reply)
        except ValueError:
            return
        if of_consumer != self._delivered + 1:
            self._again()
            return
        self._delivered = of_consumer
        try:
            block = block_of(delivery.headers, delivery.data, control=delivery.subject == control_subject(self._stream))
        except ValueError as error:
            what = f"message {in_stream} of the stream {self._stream} is not of a capture machine: {error}"
            raise RefusedError(what, "let nobody else write to it, or make another stream") from None
        self.last = in_stream
        self._on_block(in_stream, block, self._heard_s)

    def _answer_status(self, delivery: Delivery) -> None:
        """A heartbeat, or a question whether I keep up."""
        if reply := delivery.reply or delivery.headers.get("Nats-Consumer-Stalled", ""):
            self._client.publish(reply)
        last = delivery.headers.get("Nats-Last-Consumer", "")
        if last.isdecimal() and int(last) > self._delivered:
            self._again()
