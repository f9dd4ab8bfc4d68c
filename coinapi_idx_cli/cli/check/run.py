"""From the arguments of `check` to its exit code: which files, in which order, and the report."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.audit.findings import FindingKind
from coinapi_idx_cli.audit.known_gaps import record_of_pattern, records_of
from coinapi_idx_cli.audit.record_check import RecordCheck
from coinapi_idx_cli.audit.record_reader import RecordReader
from coinapi_idx_cli.cli.check.report import Report, report_for
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import ExitCode, UsageError
from coinapi_idx_cli.protocol.times import moment
from coinapi_idx_cli.sinks.files.record_search import files_of

STDIN = "-"


def allowed_kinds(text: str | None) -> frozenset[FindingKind]:
    """Of --allow. Raises UsageError for a kind that there is not."""
    kinds = []
    for name in filter(None, (part.strip() for part in (text or "").split(","))):
        try:
            kinds.append(FindingKind(name))
        except ValueError:
            raise UsageError(f"unknown kind {name!r} in --allow", f"there are {', '.join(FindingKind)}") from None
    return frozenset(kinds)


def run_check(arguments: list[str], allowed: frozenset[FindingKind], reporter: Reporter, *, is_table: bool) -> int:
    """Raises UsageError for a file that cannot be read, ReaderGoneError, OutputError."""
    paths: list[str] = []
    records: list[Path] = []
    for argument in arguments:
        found, about = _files_named(argument)
        paths += found
        records += about
    check = RecordCheck(wants_activity=is_table)
    with closing(report_for(check, allowed, reporter, is_table=is_table)) as report:
        _report_all(check, in_order(paths), records, report)
    return ExitCode.NOT_WHOLE if any(kind not in allowed for kind in check.counts) else ExitCode.OK


def _report_all(check: RecordCheck, paths: list[str], records: list[Path], report: Report) -> None:
    try:
        for finding in check.run(paths, _open, records):
            report.finding(finding)
    except OSError as error:
        raise _cannot_read(str(error.filename or check.files[-1].path), error) from error
    report.finish()


def _files_named(argument: str) -> tuple[list[str], list[Path]]:
    """The files, and the records of gaps that may speak of them."""
    if argument == STDIN:
        return [argument], []
    path = os.path.expanduser(argument)  # noqa: PTH111 - as it is everywhere else
    if "%" in path and not Path(path).exists():
        found = [str(each) for each in files_of(path)]
        if not found:
            raise UsageError(f"there is no file of {argument}", "give the name that -o had, in quotes")
        return found, record_of_pattern(path)
    return [path], records_of(path)


def in_order(paths: list[str]) -> list[str]:
    """By the time of their first value, each once; what can be read only once stays where it is."""
    paths = list(dict.fromkeys(paths))
    if len(paths) < 2 or not all(Path(path).is_file() for path in paths):
        return paths
    return sorted(paths, key=lambda path: (moment(_first_time(path)), path))


def _first_time(path: str) -> str:
    try:
        with _open(path) as file:
            return next((portion.times[0] for portion in RecordReader(path, file) if portion.times), "")
    except OSError as error:
        raise _cannot_read(path, error) from error


def _open(path: str) -> BinaryIO:
    if path == STDIN:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    return Path(path).open("rb")


def _cannot_read(path: str, error: OSError) -> UsageError:
    return UsageError(f"cannot read {path}: {error.strerror or error}", "name a file that a capture wrote")
