"""What was written already is not written again."""

from __future__ import annotations

from collections import deque

from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.written_values import WrittenValues


def without_doubles(batch: Batch, past: WrittenValues) -> tuple[Batch, bool]:
    """The batch without the values that are in `past`, and whether there were any.

    They are taken out of `past`; an index is let through for good from its first new value on.
    """
    kept = Batch(batch.time_received_ns)
    notes = deque(batch.notes)
    for position, (value, text) in enumerate(zip(batch.values, batch.texts, strict=True)):
        while notes and notes[0].position <= position:
            kept.notes.append(_moved(notes.popleft(), len(kept.values)))
        if past.recognise(value):
            continue
        if not past.is_older(value):
            past.forget_index(value.index_id)
        kept.values.append(value)
        kept.texts.append(text)
    kept.notes += [_moved(note, len(kept.values)) for note in notes]
    return kept, len(kept.values) < len(batch.values)


def _moved(note: Note, position: int) -> Note:
    return Note(position, note.kind, note.text)
