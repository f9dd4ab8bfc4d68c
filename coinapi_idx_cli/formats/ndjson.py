"""NDJSON: one message a line, in the very text that came."""

from __future__ import annotations

from coinapi_idx_cli.formats.base import Output, OutputContext
from coinapi_idx_cli.formats.columns import FieldPicker, check_identity
from coinapi_idx_cli.formats.fields import FEED_FIELDS
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.read_back import values_of_json


class Ndjson(Output):
    name = "ndjson"
    summary = "one JSON object a line, exactly as the feed sent it"

    def __init__(self, context: OutputContext) -> None:
        super().__init__(context)
        self._picker = FieldPicker(context.fields) if context.fields else None

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:
        check_identity(self._picker.names if self._picker else FEED_FIELDS)
        return list(values_of_json(lines))

    def check(self, batch: Batch) -> None:
        if self._picker is not None:
            self._picker.check(batch)

    def write(self, batch: Batch) -> None:
        notes = [note for note in batch.notes if note.kind in self.context.include]
        as_they_came = self._picker is None and not notes
        lines = batch.lines() if as_they_came else self._lines_with(notes, batch)
        if lines:
            self.context.sink.write(lines, batch.time_received_ns)

    def _lines_with(self, notes: list[Note], batch: Batch) -> bytes:
        lines = self._picker.objects(batch) if self._picker else list(batch.texts)
        for note in reversed(notes):
            lines.insert(note.position, note.text)
        return b"\n".join([*lines, b""])
