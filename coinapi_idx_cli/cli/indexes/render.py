"""Index ids as text: one a line, NDJSON, CSV, or the table."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.sinks.stream import stdout_sink

PLAIN = "plain"
FIELD = "id"
_WAIT_S = 3600.0


def shape_of(name: str, *, is_terminal: bool) -> str:
    """What to print for the value of --format. Raises UsageError for a table that nobody could see."""
    if name == "auto":
        return "table" if is_terminal else PLAIN
    if name == "table" and not is_terminal:
        raise UsageError("-f table needs a terminal, and stdout is not one", "use -f ndjson or -f csv, or leave -f out")
    return name


def rendered(ids: Sequence[str], shape: str) -> bytes:
    """Each line ended. Ids of a list need no quotes in any format."""
    if shape == "table":
        from coinapi_idx_cli.cli.indexes.family_table import table

        return table(ids).encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    lines = [f'{{"{FIELD}":"{index_id}"}}' for index_id in ids] if shape == "ndjson" else list(ids)
    if shape == "csv":
        lines.insert(0, FIELD)
    return "".join(f"{line}\n" for line in lines).encode()


def write(data: bytes, reporter: Reporter) -> None:
    """To stdout, however slow its reader is. Raises ReaderGoneError, OutputError."""
    sink = stdout_sink()
    try:
        sink.put(reporter.redactor.clean_bytes(data))
        while not sink.finish(_WAIT_S):
            pass
    finally:
        sink.close()
