"""An output in front of another one."""

from __future__ import annotations

from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch


class OutputAround(Output):
    """Passes everything on to another output, `inner`; what a subclass does not change stays as that one does it."""

    def __init__(self, inner: Output) -> None:
        self.nap_s = inner.nap_s
        self.sinks = inner.sinks
        self.inner = inner

    @property
    def pending_bytes(self) -> int:
        return self.inner.pending_bytes

    @property
    def slow_one(self) -> str:
        return self.inner.slow_one

    def open(self) -> None:
        self.inner.open()
        self.shows_warnings = self.inner.shows_warnings

    def write(self, batch: Batch) -> None:
        self.inner.write(batch)

    def note_loss(self) -> None:
        self.inner.note_loss()

    def reopen(self) -> None:
        self.inner.reopen()

    def next_due_s(self) -> float:
        return self.inner.next_due_s()

    def tick(self, now: float) -> None:
        if now >= self.inner.next_due_s():
            self.inner.tick(now)

    def finish(self, timeout_s: float) -> bool:
        return self.inner.finish(timeout_s)

    def unwritten(self) -> str:
        return self.inner.unwritten()

    def close(self) -> None:
        self.inner.close()
