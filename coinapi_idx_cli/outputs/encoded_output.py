"""A format and the sink for its bytes."""

from __future__ import annotations

from collections.abc import Callable

from coinapi_idx_cli.formats.base import Format
from coinapi_idx_cli.outputs.base import RECEIPT_NAP_S, Output
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.sinks.base import Sink


class EncodedOutput(Output):
    """Encodes each batch and gives the bytes to a sink. `clean` takes secrets out of them."""

    def __init__(self, output_format: Format, sink: Sink, clean: Callable[[bytes], bytes]) -> None:
        self.format = output_format
        self.sink = sink
        self.sinks = (sink,)
        self.nap_s = min(sink.nap_s, RECEIPT_NAP_S) if output_format.shows_receipt else sink.nap_s
        self._clean = clean

    @property
    def pending_bytes(self) -> int:
        return self.sink.pending_bytes

    @property
    def slow_one(self) -> str:
        return self.sink.slow_one

    def open(self) -> None:
        self.sink.open(self.format.head())

    def write(self, batch: Batch) -> None:
        data = self.format.encode(batch)
        if batch.notes:
            self._note_gaps(batch)
        if data:
            self.sink.write(batch, self._clean(data))

    def _note_gaps(self, batch: Batch) -> None:
        for note in batch.notes:
            if note.beside is not None:
                self.sink.note_gap(note.beside)

    def reopen(self) -> None:
        self.sink.reopen()

    def next_due_s(self) -> float:
        return self.sink.next_due_s()

    def tick(self, now: float) -> None:
        self.sink.tick(now)

    def finish(self, timeout_s: float) -> bool:
        return self.sink.finish(timeout_s)

    def unwritten(self) -> str:
        return self.sink.unwritten()

    def close(self) -> None:
        self.sink.close()
