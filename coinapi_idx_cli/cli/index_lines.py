"""Index ids as text: one a line, NDJSON, CSV, or the table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.errors import OutputError, UsageError
from coinapi_idx_cli.outputs.sink import StdoutSink

PLAIN = "plain"
FIELD = "id"
_WAIT_S = 3600.0


def shape_of(name: str, *, is_terminal: bool) -> str:
    """What to print for the value of --format. Raises UsageError for a table that nobody could see."""
    if name == "auto":
        return "table" if is_terminal else PLAIN
    if name == "table" and not is_terminal:
        raise UsageError("-f table needs a terminal, and stdout is none", "use -f ndjson or -f csv, or leave -f out")
    return name


def rendered(ids: Sequence[str], shape: str) -> bytes:
    """Each line ended."""
    if shape == "table":
        from coinapi_idx_cli.cli.families import table

        return table(ids).encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    lines = [_IN_SHAPE[shape](index_id) for index_id in ids]
    if shape == "csv":
        lines.insert(0, FIELD)
    return "".join(f"{line}\n" for line in lines).encode()


def _as_ndjson(index_id: str) -> str:
    import msgspec

    return msgspec.json.encode({FIELD: index_id}).decode()


def _as_csv(index_id: str) -> str:
    """RFC 4180, 2.6; an id has no line end."""
    return '"' + index_id.replace('"', '""') + '"' if set(index_id) & set('",') else index_id


_IN_SHAPE: dict[str, Callable[[str], str]] = {PLAIN: str, "ndjson": _as_ndjson, "csv": _as_csv}


def write(data: bytes, reporter: Reporter) -> None:
    """To stdout, however slow its reader is. Raises ReaderGoneError, OutputError."""
    if sys.stdout is None:
        raise OutputError("stdout is closed", "give the output somewhere to go")
    sink = StdoutSink(sys.stdout.fileno(), reporter.redactor.clean_bytes)
    try:
        sink.write(data, 0)
        while not sink.finish(_WAIT_S):
            pass
    finally:
        sink.close()
