"""One value of each index that was asked for, written together in the order asked."""

from __future__ import annotations

from collections.abc import Sequence

from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.protocol.batch import Batch, IndexValue


class FirstValues(Output):
    """Keeps the first value of each index, and writes all of them as soon as the last one is there, or the run ends."""

    def __init__(self, index_ids: Sequence[str], output: EncodedOutput) -> None:
        self.sinks = output.sinks
        self._index_ids = index_ids
        self._output = output
        self._missing = set(index_ids)
        self._found: dict[str, tuple[IndexValue, bytes]] = {}
        self._received_ns = 0
        self._is_written = False

    @property
    def missing(self) -> list[str]:
        """The indexes of which no value came yet, in the order asked."""
        return [index_id for index_id in self._index_ids if index_id in self._missing]

    def is_complete(self) -> bool:
        return not self._missing

    @property
    def pending_bytes(self) -> int:
        return self._output.pending_bytes

    def open(self) -> None:
        self._output.open()

    def write(self, batch: Batch) -> None:
        self._received_ns = batch.time_received_ns
        for value, text in zip(batch.values, batch.texts, strict=True):
            if value.index_id in self._missing:
                self._missing.discard(value.index_id)
                self._found[value.index_id] = value, text
        if not self._missing:
            self._write_once()

    def finish(self, timeout_s: float) -> bool:
        self._write_once()
        return self._output.finish(timeout_s)

    def unwritten(self) -> str:
        return self._output.unwritten()

    def close(self) -> None:
        self._output.close()

    def _write_once(self) -> None:
        if self._is_written:
            return
        self._is_written = True
        found = [self._found[index_id] for index_id in self._index_ids if index_id in self._found]
        if found:
            values, texts = [value for value, _ in found], [text for _, text in found]
            self._output.write(Batch(self._received_ns, values, texts))
