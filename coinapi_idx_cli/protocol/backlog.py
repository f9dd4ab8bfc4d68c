"""What my feed brought and nobody has compared with the stream yet: to the stream it is a feed that lags."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct


class Chunk(Struct, frozen=True):
    """Whole lines that were received together. With a `loss` and no lines: the feed was interrupted here.

    `at_s`: seconds of the monotonic clock.
    """

    data: bytes
    count: int
    received_ns: int
    at_s: float
    loss: str = ""
    origin: int = -1  # where a spool has it
    first_line: int = 0  # of that: those before it are not in `data`


class FeedBacklog(Protocol):
    """Chunks in their order; a spool keeps them on disk."""

    size_bytes: int
    values: int

    def put(self, chunk: Chunk) -> None:
        """At the end."""

    def first(self) -> Chunk | None:
        """The oldest one, which stays."""

    def take(self) -> Chunk:
        """The oldest one."""

    def give_back(self, chunks: Iterable[Chunk]) -> None:
        """Those were taken last, and are the oldest ones again."""


class MemoryBacklog(FeedBacklog):
    """Chunks in memory."""

    def __init__(self) -> None:
        self.size_bytes = self.values = 0
        self._chunks: deque[Chunk] = deque()

    def put(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self.size_bytes += len(chunk.data)
        self.values += chunk.count

    def first(self) -> Chunk | None:
        return self._chunks[0] if self._chunks else None

    def take(self) -> Chunk:
        chunk = self._chunks.popleft()
        self.size_bytes -= len(chunk.data)
        self.values -= chunk.count
        return chunk

    def give_back(self, chunks: Iterable[Chunk]) -> None:
        for chunk in reversed(list(chunks)):
            self._chunks.appendleft(chunk)
            self.size_bytes += len(chunk.data)
            self.values += chunk.count
