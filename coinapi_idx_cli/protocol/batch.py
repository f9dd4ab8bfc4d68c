"""What travels from the connection to the output: values in lists, never one by one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field


class IndexValue(Struct, frozen=True, gc=False):
    """One `index` message, decoded and checked. Fields that the vendor adds later are in its text only.

    `gc=False`: it holds no containers, and the collector would walk through millions of them.
    """

    type: Literal["index"]
    index_id: str
    time_coinapi: str
    value: float


class Note(Struct):
    """A line that is not a value but has its place among them, for `--include`."""

    position: int  # goes before the value with this number in the batch
    kind: str  # "gap", "heartbeat" or "reconnect"
    text: bytes  # one compact JSON object
    beside: dict[str, object] | None = None  # of a gap: what is kept of it beside a file


class Batch(Struct):
    """What one read of one connection brought: `values[i]` is the message whose compact JSON text is `texts[i]`."""

    time_received_ns: int  # UTC, nanoseconds since 1970
    values: list[IndexValue] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    sequence: int | None = None  # of a message of an engine's stream, and which of its lines the values are
    lines_there: list[int] | None = None
    joined: bytes | None = None  # see `lines`; only after the last change

    def lines(self) -> bytes:
        """The texts, each with its line end; put together once, for the output and for what is remembered."""
        if self.joined is None:
            self.joined = b"\n".join([*self.texts, b""])
        return self.joined

    def first(self, count: int) -> Batch:
        """The same batch cut after its first `count` values."""
        notes = [note for note in self.notes if note.position < count]
        there = self.lines_there[:count] if self.lines_there is not None else None
        values, texts = self.values[:count], self.texts[:count]
        return Batch(self.time_received_ns, values, texts, notes, self.sequence, there)
