"""What is written of what came, and what is known to be missing.

Between the loss of one connection and the first value of the next lies a gap: nothing in the feed numbers its messages,
so whether something was lost there cannot be known, only when.
"""

from __future__ import annotations

import orjson

from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.times import NS, utc_text


class Continuity:
    def __init__(self) -> None:
        self._last_value_ns: int | None = None
        self._connection: int | None = None

    def take(self, connection: int, batch: Batch) -> Gap | None:
        """Called with each batch, in order; the gap before its first value, if there is one."""
        if not batch.values:
            return None
        gap = None
        if self._connection not in (None, connection) and self._last_value_ns is not None:
            gap = Gap(self._last_value_ns, batch.time_received_ns)
        self._connection = connection
        self._last_value_ns = batch.time_received_ns
        return gap


class Gap:
    """Bounds by receipt: the last value before, the first one after, UTC nanoseconds."""

    def __init__(self, from_ns: int, to_ns: int) -> None:
        self.fields: dict[str, object] = {
            "from": utc_text(from_ns),
            "to": utc_text(to_ns),
            "seconds": (to_ns - from_ns) / NS,
        }

    def note(self) -> Note:
        return Note(0, "gap", orjson.dumps({"type": "gap", **self.fields}))
