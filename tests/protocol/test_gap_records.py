"""A record of a gap, read back as a note."""

from __future__ import annotations

import orjson

from coinapi_idx_cli.protocol.gap_records import note_of_record


def test_a_record_is_a_line_of_include_and_what_is_kept_beside_a_file() -> None:
    record = {"type": "gap", "kind": "connection", "output": "a", "from": "F", "to": "T", "seconds": 1.5, "reason": "r"}
    note = note_of_record(orjson.dumps(record))
    assert orjson.loads(note.text) == {"type": "gap", "from": "F", "to": "T", "seconds": 1.5}
    assert note.beside == {"kind": "connection", "from": "F", "to": "T", "seconds": 1.5, "reason": "r"}
