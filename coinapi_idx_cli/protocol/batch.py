"""What travels from the connection to the output: values in lists, never one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# One `index` message, decoded and checked: `type`, `index_id` and `time_coinapi` are str, `value` is int or float;
# fields that the vendor adds later are there too.
IndexValue = dict[str, Any]


@dataclass(slots=True)
class Note:
    """A line that is no value but has its place among them, for `--include`."""

    position: int  # goes before the value with this number in the batch
    kind: str  # "gap", "heartbeat" or "reconnect"
    text: bytes  # one compact JSON object


@dataclass(slots=True)
class Batch:
    """What one read of one connection brought: `values[i]` is the message whose compact JSON text is `texts[i]`."""

    time_received_ns: int  # UTC, nanoseconds since 1970
    values: list[IndexValue] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def first(self, count: int) -> Batch:
        """The same batch cut after its first `count` values."""
        notes = [note for note in self.notes if note.position < count]
        return Batch(self.time_received_ns, self.values[:count], self.texts[:count], notes)
