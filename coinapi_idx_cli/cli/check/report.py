"""What `check` says: lines of NDJSON for programs, or for people the findings and a table by index."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import orjson

from coinapi_idx_cli.audit.findings import FindingKind, RecordFinding
from coinapi_idx_cli.audit.index_series import IndexSeries
from coinapi_idx_cli.audit.record_check import RecordCheck
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.paths import printable
from coinapi_idx_cli.sinks.stream import StreamSink, stdout_sink
from coinapi_idx_cli.terminal.one_line import one_line
from coinapi_idx_cli.wording import plural

if TYPE_CHECKING:
    from coinapi_idx_cli.terminal.text import Glyphs

ROWS_AT_MOST = 40
LEAST_PLOT, MOST_PLOT = 8, 60
WIDE_ENOUGH_FOR_BOUNDS, WIDE_ENOUGH_FOR_TIMES = 80, 110
SHOWN_OF_A_KIND = 20
_WAIT_S = 3600.0


class Report(Protocol):
    """Where findings go. Raises ReaderGoneError, OutputError."""

    def finding(self, finding: RecordFinding) -> None:
        """As soon as it is found."""

    def finish(self) -> None:
        """All files are read."""

    def close(self) -> None:
        """Also after an error."""


def report_for(check: RecordCheck, allowed: frozenset[FindingKind], reporter: Reporter, *, is_table: bool) -> Report:
    kind = TableReport if is_table else NdjsonReport
    return kind(check, allowed, reporter)


class _Written:
    """A report that writes to stdout, however slow its reader is."""

    def __init__(self, check: RecordCheck, allowed: frozenset[FindingKind], reporter: Reporter) -> None:
        self._check = check
        self._allowed = allowed
        self._reporter = reporter
        self._sink: StreamSink = stdout_sink()

    def close(self) -> None:
        self._sink.close()

    def _write(self, data: bytes) -> None:
        self._sink.put(self._reporter.redactor.clean_bytes(data))
        while not self._sink.finish(_WAIT_S):
            pass

    @property
    def _is_whole(self) -> bool:
        return all(kind in self._allowed for kind in self._check.counts)


class NdjsonReport(_Written):
    """An object a line: `finding`s as they are found, then each `file`, each `index`, and the `summary`."""

    def finding(self, finding: RecordFinding) -> None:
        fields = {
            "kind": finding.kind,
            "file": printable(finding.file),
            "line": finding.line,
            "detail": printable(finding.words),
        }
        self._line(
            "finding", {**fields, "is_allowed": finding.kind in self._allowed, "details": _printable(finding.details)}
        )

    def finish(self) -> None:
        check = self._check
        for file in check.files:
            times = {"first": file.first_time or None, "last": file.last_time or None}
            self._line("file", {"file": printable(file.path), "lines": file.lines, "values": file.values, **times})
        for index_id, series in sorted(check.series.of.items()):
            self._line("index", {"index_id": index_id, **_facts(series)})
        totals = {"lines": sum(file.lines for file in check.files), "values": sum(file.values for file in check.files)}
        counts = {str(kind): count for kind, count in sorted(check.counts.items())}
        whole = {"whole": self._is_whole, "files": len(check.files), **totals, "indexes": len(check.series.of)}
        whole |= {"from_history": check.from_history}
        self._line("summary", {**whole, "findings": counts, "allowed": sorted(self._allowed)})

    def _line(self, kind: str, fields: dict[str, object]) -> None:
        self._write(orjson.dumps({"type": kind, **fields}) + b"\n")


class TableReport(_Written):
    """Findings as they are found, then a table by index with a plot of its values a minute, and one line at the end."""

    def finding(self, finding: RecordFinding) -> None:
        if self._check.counts[finding.kind] > SHOWN_OF_A_KIND:
            return
        place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
        mark = " (allowed)" if finding.kind in self._allowed else ""
        self._print(f"{finding.kind}{mark}  {place}  {one_line(finding.words)}")

    def finish(self) -> None:
        for kind, count in sorted(self._check.counts.items()):
            if count > SHOWN_OF_A_KIND:
                self._print(f"{kind}  and {count - SHOWN_OF_A_KIND:,} more")
        if self._check.series.of:
            self._write(self._table().encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        for line in self._last_lines():
            self._print(line)

    def _print(self, text: str) -> None:
        self._write(f"{one_line(text)}\n".encode(sys.stdout.encoding or "utf-8", "backslashreplace"))

    def _table(self) -> str:
        from rich.console import Console  # here and below: for people only
        from rich.table import Table
        from rich.text import Text

        from coinapi_idx_cli.terminal.text import clean

        width, glyphs = shutil.get_terminal_size().columns, _glyphs()
        series = sorted(self._check.series.of.items(), key=lambda item: (-item[1].count, item[0]))
        cells = [(index_id, *_cells(facts, width)) for index_id, facts in series[:ROWS_AT_MOST]]
        names = ["index", "values", "least", "greatest", "from, to"][: len(cells[0])]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        used = sum(widths) + 2 * len(widths)
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name, longest in zip(names, widths, strict=True):
            is_text, least = name in ("index", "from, to"), 1 if name == "index" else longest
            table.add_column(name, justify="left" if is_text else "right", no_wrap=True, min_width=least)
        table.add_column(f"values/{self._step()}", no_wrap=True)
        plot_width = min(max(width - used, LEAST_PLOT), MOST_PLOT)
        for row in cells:
            index_id, *others = row
            table.add_row(Text(clean(index_id, glyphs)), *others, self._plot(index_id, plot_width))
        page = io.StringIO()
        Console(file=page, force_terminal=True, width=width, no_color="NO_COLOR" in os.environ).print(table)
        more = len(series) - ROWS_AT_MOST
        return "\n" + page.getvalue() + (f"and {plural(more, 'more index')}\n" if more > 0 else "") + "\n"

    def _step(self) -> str:
        minutes = self._check.activity.minutes_a_step if self._check.activity is not None else 1
        return "minute" if minutes == 1 else f"{minutes} min"

    def _plot(self, index_id: str, width: int) -> str:
        activity = self._check.activity
        if activity is None:
            return ""
        counts = activity.of(index_id, width)
        levels = _glyphs().levels
        most = max(counts)
        return "".join(levels[min(len(levels) - 1, count * len(levels) // most)] if count else " " for count in counts)

    def _last_lines(self) -> Iterator[str]:
        check = self._check
        values = sum(file.values for file in check.files)
        corrections = sum(series.corrections for series in check.series.of.values())
        if corrections:
            yield f"{plural(corrections, 'value')} went back in time alone, as corrections do"
        if check.from_history:
            many = f"{check.from_history:,} of {plural(values, 'value')}"
            yield f"{many} are from the history, not from the feed: rounded to seconds, and perhaps corrected"
        what = (
            f"{plural(len(check.files), 'file')}, {plural(values, 'value')} of {plural(len(check.series.of), 'index')}"
        )
        found = ", ".join(f"{count:,} {kind}" for kind, count in sorted(check.counts.items()))
        if self._is_whole:
            yield f"whole: {what}" + (f" ({found}, allowed)" if found else "")
        else:
            yield f"not whole: {found}, in {what}"


def _facts(series: IndexSeries) -> dict[str, object]:
    times = {"first": series.first_time, "last": series.last_time}
    bounds = {"least": series.least_text, "greatest": series.greatest_text}
    return {"values": series.count, **times, **bounds, "corrections": series.corrections}


def _span(series: IndexSeries) -> str:
    """`11-26 17:41:04 to 17:48:17`, with the day of the end where it is another one."""
    first, last = series.first_time, series.last_time
    return f"{first[5:10]} {first[11:19]} to {'' if first[:10] == last[:10] else f'{last[5:10]} '}{last[11:19]}"


def _cells(series: IndexSeries, width: int) -> list[str]:
    cells = [f"{series.count:,}"]
    if width >= WIDE_ENOUGH_FOR_BOUNDS:
        cells += [series.least_text, series.greatest_text]
    return [*cells, _span(series)] if width >= WIDE_ENOUGH_FOR_TIMES else cells


def _glyphs() -> Glyphs:
    from coinapi_idx_cli.terminal.text import glyphs_for  # rich takes a while

    return glyphs_for(sys.stdout.encoding or "utf-8", os.environ, utf8_mode=bool(sys.flags.utf8_mode))


def _printable(details: Mapping[str, object]) -> dict[str, object]:
    return {name: printable(content) if isinstance(content, str) else content for name, content in details.items()}
