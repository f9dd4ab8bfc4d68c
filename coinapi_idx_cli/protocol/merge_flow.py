"""Values of several connections, in the order in which they are to be written, as batches. Pure."""

from __future__ import annotations

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.continuity import Flow
from coinapi_idx_cli.protocol.pending_gap import PendingGap


class MergeFlow:
    """Collects what is to be written until `take`; what was received at once stays a batch where nothing is between."""

    def __init__(self, gap: PendingGap) -> None:
        self._gap = gap
        self._parts: list[tuple[Batch, float]] = []  # and when it was received, in seconds of the monotonic clock
        self.differing = 0

    def write(self, value: IndexValue, text: bytes, received_ns: int, received_s: float) -> None:
        batch = self._part(received_ns, received_s)
        batch.values.append(value)
        batch.texts.append(text)

    def note(self, note: Note, received_ns: int, received_s: float) -> None:
        """Behind what is there."""
        batch = self._part(received_ns, received_s)
        batch.notes.append(Note(len(batch.values), note.kind, note.text, note.beside))

    def take(self) -> Flow:
        """All of it, with the gap before its first value if one was pending."""
        flow = Flow(differing=self.differing)
        for batch, received_s in self._parts:
            if batch.values:
                flow.gap = self._gap.close(batch, received_s) or flow.gap
                self._gap.wrote(batch, received_s)
            flow.batches.append(batch)
        self._parts, self.differing = [], 0
        return flow

    def _part(self, received_ns: int, received_s: float) -> Batch:
        if not self._parts or self._parts[-1][0].time_received_ns != received_ns:
            self._parts.append((Batch(received_ns), received_s))
        return self._parts[-1][0]
