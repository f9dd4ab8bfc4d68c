"""Questions to an engine, one after the other, each waited for: what commands do that make or look at a stream."""

from __future__ import annotations

import os
import select
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import orjson

from coinapi_idx_cli.engine.jetstream import (
    API,
    NOT_FOUND,
    ApiError,
    StreamState,
    answer,
    meaning_of,
    settings_of,
    stream_state,
)
from coinapi_idx_cli.engine.link import EngineLink, open_link
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.engine.wire import Delivery, publish, subscribe
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.protocol.blocks import StreamBlock, block_of


class EngineConversation:
    """An open link to the first of the servers that answers. Blocks. Raises IdxstreamError."""

    def __init__(self, target: EngineTarget, name: str = "idxstream") -> None:
        self.target = target
        self.link = _first_link(target, name)
        self.has_failed = False  # the link may be gone
        self._inbox = f"_INBOX.{os.urandom(8).hex()}"
        self._count = 0
        self._heard: list[Delivery] = []
        self.link.send(subscribe(f"{self._inbox}.*", 1))

    def __enter__(self) -> EngineConversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.link.close()

    def ask(self, subject: str, data: bytes = b"", *, headers: Mapping[str, str] | None = None) -> Delivery:
        """The answer."""
        self.has_failed = True  # unless it comes
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        self.link.send(publish(subject, data, reply=reply, headers=headers))
        deadline = Deadline(self.link.server.timeout_s)
        while True:
            for delivery in self._heard:
                if delivery.subject == reply:
                    self._heard.remove(delivery)
                    self.has_failed = False
                    return delivery
            try:
                select.select([self.link], [], [], deadline.left_s())
            except TimeoutError:
                what = f"{self.link.name} did not answer within {self.link.server.timeout_s:g} s"
                raise ConnectionLostError(what, "check the permissions of this user, and the server's log") from None
            self._heard += self.link.read()

    def call(self, name: str, data: bytes = b"") -> dict[str, Any]:
        """An answer of JetStream. Raises ApiError."""
        return answer(self.ask(f"{API}.{name}", data))

    def state(self) -> StreamState:
        """Of the stream."""
        try:
            return stream_state(self.call(f"STREAM.INFO.{self.target.stream}"))
        except ApiError as error:
            raise meaning_of(error, self.target.stream, self.link.name) from error

    def find(self) -> StreamState | None:
        """The same, or None if there is none."""
        try:
            return stream_state(self.call(f"STREAM.INFO.{self.target.stream}"))
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise meaning_of(error, self.target.stream, self.link.name) from error

    def create(self, *, replicas: int, max_age_s: float | None, max_bytes: int | None) -> StreamState:
        stream = self.target.stream
        settings = settings_of(stream, replicas=replicas, max_age_s=max_age_s, max_bytes=max_bytes)
        try:
            return stream_state(self.call(f"STREAM.CREATE.{stream}", orjson.dumps(settings)))
        except ApiError as error:
            raise meaning_of(error, stream, self.link.name) from error

    def message(self, sequence: int) -> tuple[StreamBlock, str]:
        """That message of the stream, and when it was written there. Raises ApiError; ValueError if it is not ours."""
        delivery = self.ask(f"{API}.DIRECT.GET.{self.target.stream}", b'{"seq":%d}' % sequence)
        if delivery.status:
            raise ApiError(0, f"there is no message {sequence}: {delivery.status}")
        is_control = delivery.headers.get("Nats-Subject", "").endswith(".control")
        return block_of(delivery.headers, delivery.data, control=is_control), delivery.headers.get(
            "Nats-Time-Stamp", ""
        )


def _first_link(target: EngineTarget, name: str) -> EngineLink:
    failure: IdxstreamError | None = None
    for server in target.servers:
        try:
            return open_link(target, server, name)
        except NoConnectionError as error:
            failure = failure or error
    raise failure or ConnectionLostError("no server is named")
