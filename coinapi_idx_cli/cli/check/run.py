"""From the arguments of `check` to its exit code: which files, in which order, and the report."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from coinapi_idx_cli.audit.findings import FindingKind
from coinapi_idx_cli.audit.record_check import RecordCheck
from coinapi_idx_cli.audit.record_files import cannot_read, files_named, in_order, open_record
from coinapi_idx_cli.cli.check.report import Report, report_for
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import ExitCode, UsageError


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
        found, about = files_named(argument)
        paths += found
        records += about
    check = RecordCheck(wants_activity=is_table)
    with closing(report_for(check, allowed, reporter, is_table=is_table)) as report:
        _report_all(check, in_order(paths), records, report)
    return ExitCode.NOT_WHOLE if any(kind not in allowed for kind in check.counts) else ExitCode.OK


def _report_all(check: RecordCheck, paths: list[str], records: list[Path], report: Report) -> None:
    try:
        for finding in check.run(paths, open_record, records):
            report.finding(finding)
    except OSError as error:
        raise cannot_read(str(error.filename or check.files[-1].path), error) from error
    report.finish()
