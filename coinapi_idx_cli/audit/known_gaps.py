"""The records of gaps that lie beside files: which of their lines speak of these files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from coinapi_idx_cli.audit.findings import FindingKind, RecordFinding
from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.sinks.files.gaps_name import SUFFIX, WITHOUT_A_NAME, can_be_of, gaps_path

TEXTS = ("type", "kind", "output", "from", "to", "time_coinapi_from", "time_coinapi_to", "reason")
FOLDERS_ABOVE = 3  # of a file whose pattern is not known: as of %Y/%m/%d/x.csv


def records_of(path: str) -> list[Path]:
    """Those that may speak of a file: in its folder, and in the three above."""
    folders = [Path(path).parent, *list(Path(path).absolute().parent.parents)[:FOLDERS_ABOVE]]
    found = []
    for folder in folders:
        with suppress(OSError):
            found += sorted(
                each
                for each in folder.iterdir()
                if (each.name.endswith(SUFFIX) or each.name == WITHOUT_A_NAME) and each.is_file()
            )
    return found


def record_of_pattern(pattern: str) -> list[Path]:
    """The one that a run with that -o keeps, if it is there."""
    path = Path(gaps_path(pattern))
    return [path] if path.is_file() else []


def gaps_about(records: Iterable[Path], paths: Iterable[str]) -> Iterator[RecordFinding]:
    """The gaps of these records that files of these can have; lines without an output are about all of them.

    A line that cannot be read is a finding, too. Raises OSError.
    """
    paths = list(paths)
    for record in dict.fromkeys(records):
        for number, line in enumerate(record.read_bytes().split(b"\n"), 1):
            if not line.strip(b"\0 "):
                continue
            fields = _fields(line)
            if fields is None:
                yield RecordFinding(
                    FindingKind.TORN, str(record), "a line of the record of gaps cannot be read", number
                )
                continue
            output = fields.get("output")
            if fields.get("type") == "gap" and (
                output is None or any(_speaks_of(record, output, path) for path in paths)
            ):
                yield finding_of(fields, str(record), number)


def _fields(line: bytes) -> dict[str, Any] | None:
    """Of a line; None where it is not an object, or the fields that matter here are not texts."""
    try:
        fields: Any = orjson.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict) or not all(isinstance(fields.get(name), str | None) for name in TEXTS):
        return None
    return fields


def finding_of(fields: dict[str, Any], file: str, line: int | None) -> RecordFinding:
    """The finding for a line of a record, or of --include gap."""
    kind = fields.get("kind", "connection")
    words = (
        f"{kind}: nothing from {fields.get('from') or 'an unknown time'} to {fields.get('to') or 'the end of the run'}"
    )
    reason = fields.get("reason")
    if filled := fields.get("filled_values"):
        words += f"; {filled} values of the history stand in for it"
    return RecordFinding(FindingKind.GAP, file, f"{words} ({reason})" if reason else words, line, dict(fields))


def overlaps(gap: RecordFinding, first: str, last: str) -> bool:
    """Whether a gap touches the time from `first` to `last`, both of the feed."""
    bounds = [
        gap.details.get("time_coinapi_from") or gap.details.get("from"),
        gap.details.get("time_coinapi_to") or gap.details.get("to"),
    ]
    begin, end, first_ns, last_ns = (
        None if text is None else parse_utc_ns(str(text)) for text in (*bounds, first, last)
    )
    if first_ns is None or last_ns is None:
        return True
    return (begin is None or begin <= last_ns) and (end is None or end >= first_ns)


def _speaks_of(record: Path, output: str, path: str) -> bool:
    try:
        relative = Path(path).absolute().relative_to(record.absolute().parent)
    except ValueError:
        return False
    return can_be_of(str(relative), output) and Path(gaps_path(output)).name == record.name
