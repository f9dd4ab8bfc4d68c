"""NDJSON: one message a line, in the very text that came."""

from __future__ import annotations

from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.formats.columns import FieldPicker, check_identity
from coinapi_idx_cli.formats.fields import FEED_FIELDS
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.read_back import values_of_json


class Ndjson(Format):
    """The feed's own messages, each in a line."""

    name = "ndjson"
    summary = "one JSON object a line, exactly as the feed sent it"
    suffixes = ("jsonl", "json")
    notes = frozenset(("gap", "heartbeat", "reconnect"))
    is_text = True

    def __init__(self, context: FormatContext) -> None:
        super().__init__(context)
        self._picker = FieldPicker(context.fields) if context.fields else None
        has_times = self._picker is not None and self._picker.shows_receipt
        self.shows_receipt = has_times or "gap" in context.include

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:
        check_identity(self._picker.names if self._picker else FEED_FIELDS)
        return list(values_of_json(lines))

    def check(self, batch: Batch) -> None:
        if self._picker is not None:
            self._picker.check(batch)

    def encode(self, batch: Batch) -> bytes:
        if self._picker is None and not batch.notes:
            return batch.lines()
        notes = [note for note in batch.notes if note.kind in self.context.include]
        as_they_came = self._picker is None and not notes
        return batch.lines() if as_they_came else self._lines_with(notes, batch)

    def _lines_with(self, notes: list[Note], batch: Batch) -> bytes:
        lines = self._picker.objects(batch) if self._picker else list(batch.texts)
        for note in reversed(notes):
            lines.insert(note.position, note.text)
        return b"\n".join([*lines, b""])


FORMAT = Ndjson
