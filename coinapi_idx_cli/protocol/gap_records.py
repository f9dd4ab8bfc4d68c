"""Records of gaps, as they stand in a stream and beside files, read back."""

from __future__ import annotations

import orjson

from coinapi_idx_cli.protocol.batch import Note

_SHOWN = ("from", "to", "seconds")


def note_of_record(text: bytes) -> Note:
    """Of one JSON object."""
    record = orjson.loads(text)
    shown = {name: record.get(name) for name in _SHOWN}
    beside = {name: value for name, value in record.items() if name not in ("type", "output")}
    return Note(0, "gap", orjson.dumps({"type": "gap", **shown}), beside)
