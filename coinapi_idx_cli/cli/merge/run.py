"""From captures to one file, its record of gaps, and a summary."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from coinapi_idx_cli.audit.capture_merge import Capture, merged_values, still_missing
from coinapi_idx_cli.audit.gap_fills import REST, GapFills, Lines, is_fill
from coinapi_idx_cli.audit.record_files import STDIN, cannot_read, files_named, in_order, open_record
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import OutputError, UsageError
from coinapi_idx_cli.protocol.times import NS, utc_text
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.file_sink import tell_into
from coinapi_idx_cli.sinks.files.gaps_file import GapsFile
from coinapi_idx_cli.sinks.files.suffixes import check_compression, format_named_by, suffixes_of
from coinapi_idx_cli.wording import plural

LINES_AT_ONCE = 2000
FORMATS = {"csv": "csv", "ndjson": "ndjson", "jsonl": "ndjson"}


def run_merge(names: Sequence[str], output: str, reporter: Reporter) -> None:
    """Raises UsageError, and OutputError when the output exists or cannot be written."""
    if STDIN in names or output == STDIN:
        raise UsageError("merge reads and writes files", "name them")
    check_compression(output)
    format_named_by(output, FORMATS.get)
    if not output or output.endswith("/") or Path(output).is_dir():
        raise UsageError(f"-o {output!r} is not the name of a file", "name one that does not exist")
    if os.path.lexists(output):
        raise OutputError(f"{output} exists", "name another file, or remove it")
    captures, fills = _sorted_out(names)
    try:
        put = _write(captures, fills, output, reporter)
        missing = still_missing(captures)
    except OSError as error:
        raise cannot_read(str(error.filename), error) from error
    record = GapsFile(output, tell_into(reporter))
    for position, (begin, end) in enumerate(missing):
        times = {"from": utc_text(begin), "to": utc_text(end), "seconds": (end - begin) / NS}
        of_the_feed = {"time_coinapi_from": times["from"], "time_coinapi_to": times["to"]}
        filled = {"filled_from": REST, "filled_values": put[position]} if put[position] else {}
        record.add("connection", {**times, **of_the_feed, "reason": "in none of the captures", **filled})
    _summary(captures, fills, output, len(missing), record.path, reporter)
    _tell_of_fills(fills, put, reporter)


def _sorted_out(names: Sequence[str]) -> tuple[list[Capture], list[Capture]]:
    """Captures, and files of `history`. Raises UsageError where there is not a capture, or nothing to merge with it."""
    captures: list[Capture] = []
    fills: list[Capture] = []
    for name in names:
        paths, records = files_named(name)
        ordered = in_order(paths)
        try:
            of_history = is_fill(ordered, open_record)
        except OSError as error:
            raise cannot_read(str(error.filename), error) from error
        (fills if of_history else captures).append(Capture(name, ordered, records))
    if not captures:
        raise UsageError("all of these are from the history", "name a capture whose gaps they are to fill")
    return captures, fills


def _write(captures: Sequence[Capture], fills: Sequence[Capture], output: str, reporter: Reporter) -> Counter[int]:
    """How many values of the history came into each gap."""
    values = merged_values(captures, open_record)
    first = next(values, None)
    if first is None:
        raise UsageError(f"there is no value in {', '.join(capture.name for capture in captures)}", "name captures")
    columns: Sequence[str] | None = _common_columns(captures, output)
    put: Counter[int] = Counter()
    if not fills:
        lines: Iterator[str] = (value.line for value in chain([first], values))
    else:
        gap_fills = _gap_fills(captures, fills)
        marked = Lines(columns, _fill_columns(fills, columns))
        columns, put = marked.columns, gap_fills.counts
        lines = gap_fills.put_into(chain([first], values), marked)
    head = b"" if columns is None else f"{','.join(columns)}\n".encode()
    with _whole_or_not_there(output) as path, closing(CaptureFile(path, head, tell_into(reporter))) as file:
        for batch in _batches(lines):
            file.write("".join(f"{line}\n" for line in batch).encode())
    return put


def _gap_fills(captures: Sequence[Capture], fills: Sequence[Capture]) -> GapFills:
    """What the captures lack together is known when they have been read, so they are read twice."""
    looked_at = [capture.fresh() for capture in captures]
    for capture in looked_at:
        deque(capture.read(open_record), maxlen=0)
    index_ids = set().union(*(capture.index_ids for capture in looked_at))
    return GapFills(fills, still_missing(looked_at), index_ids, open_record)


def _fill_columns(fills: Sequence[Capture], columns: Sequence[str] | None) -> Sequence[str] | None:
    """Raises UsageError for fills of another format than the captures, or of two."""
    found = [_columns_of(fill) for fill in fills]
    if any((each is None) != (columns is None) or each != found[0] for each in found):
        names = ", ".join(fill.name for fill in fills)
        raise UsageError(f"{names}: another format than that of the captures", "get the history in the same format")
    return found[0]


def _columns_of(fill: Capture) -> list[str] | None:
    fresh = fill.fresh()
    next(fresh.read(open_record), None)
    return fresh.columns


@contextmanager
def _whole_or_not_there(output: str) -> Iterator[str]:
    """The name to write to: another one until all is written, with the same suffixes."""
    path = Path(output).with_name(f".merge-{os.getpid()}-{Path(output).name}")
    try:
        yield str(path)
        try:
            os.link(path, output)  # not a rename, which would replace a file that was made meanwhile
        except FileExistsError as error:
            raise OutputError(f"{output} exists", "name another file, or remove it") from error
    finally:
        path.unlink(missing_ok=True)


def _batches(lines: Iterator[str]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= LINES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _common_columns(captures: Sequence[Capture], output: str) -> list[str] | None:
    """None for NDJSON. Raises UsageError for captures, or an output, of different formats."""
    first, *others = [capture for capture in captures if capture.values]
    for other in others:
        if other.columns != first.columns:
            raise UsageError(
                f"{first.name} and {other.name} have different columns or formats", "merge files of one kind"
            )
    is_csv, suffix = first.columns is not None, suffixes_of(output).format
    if suffix in (".csv", ".ndjson", ".jsonl") and is_csv != (suffix == ".csv"):
        raise UsageError(f"-o {output} is not named as what is merged", f"name it {'.csv' if is_csv else '.ndjson'}")
    return first.columns


def _summary(
    captures: Sequence[Capture], fills: Sequence[Capture], output: str, missing: int, record: str, reporter: Reporter
) -> None:
    for capture in captures:
        for kind, count in sorted(capture.left_out.items()):
            reporter.warning(f"{capture.name}: {count:,} {kind} left out; idxstream check says where")
        if capture.apart:
            what = (
                f"{capture.name} has other values of {plural(len(capture.apart), 'index')} than the captures before it"
            )
            reporter.warning(
                f"{what}, as of another site of the feed; there they are used only where those have a hole"
            )
    values = captures[0].values + sum(each.more for each in (*captures[1:], *fills))
    parts = [f"{plural(captures[0].values, 'value')} of {captures[0].name}"]
    parts += [f"{capture.more:,} more of {capture.name}, which has {capture.values:,}" for capture in captures[1:]]
    parts += [f"{fill.more:,} of {fill.name}" for fill in fills]
    lack = f"{plural(missing, 'stretch')} in no capture: {record}" if missing else "nothing is known to be missing"
    reporter.notice(f"{output}: {plural(values, 'value')}; {', '.join(parts)}; {lack}")


def _tell_of_fills(fills: Sequence[Capture], put: Counter[int], reporter: Reporter) -> None:
    for fill in fills:
        what = f"{plural(fill.more, 'value')} of {fill.name} put into {plural(len(put), 'gap')}"
        reporter.notice(f"{what}, marked as rest: rounded to seconds and perhaps corrected; the gaps stay on record")
