"""NDJSON: one message a line, in the very text that came."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from coinapi_idx_cli.outputs.base import Output, OutputContext
from coinapi_idx_cli.outputs.columns import FieldPicker
from coinapi_idx_cli.protocol.batch import Batch


class Ndjson(Output):
    name = "ndjson"
    summary = "one JSON object a line, exactly as the feed sent it"

    def __init__(self, context: OutputContext) -> None:
        super().__init__(context)
        self._picker = FieldPicker(context.fields) if context.fields else None

    def write(self, batch: Batch) -> None:
        lines: Sequence[bytes] = self._picked(self._picker, batch) if self._picker else batch.texts
        notes = [note for note in batch.notes if note.kind in self.context.include]
        if notes:
            lines = list(lines)
            for note in reversed(notes):
                lines.insert(note.position, note.text)
        if lines:
            self.context.sink.write(b"\n".join(lines) + b"\n")

    @staticmethod
    def _picked(picker: FieldPicker, batch: Batch) -> list[bytes]:
        return [
            orjson.dumps(dict(zip(picker.names, row, strict=True))) for row in zip(*picker.columns(batch), strict=True)
        ]
