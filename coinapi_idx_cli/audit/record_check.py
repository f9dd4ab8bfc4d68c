"""A check of a record: all of its files, one after the other, as one series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from coinapi_idx_cli.audit.activity import Activity
from coinapi_idx_cli.audit.doubled_runs import WITHIN_LINES, DoubledRun, DoubledRuns
from coinapi_idx_cli.audit.findings import FindingKind, RecordFinding
from coinapi_idx_cli.audit.index_series import AllSeries, BackwardsRun
from coinapi_idx_cli.audit.known_gaps import finding_of, gaps_about, overlaps
from coinapi_idx_cli.audit.overlap_doubles import shared_runs
from coinapi_idx_cli.audit.record_files import STDIN
from coinapi_idx_cli.audit.record_reader import Portion, RecordReader
from coinapi_idx_cli.protocol.times import NS, is_before, moment, parse_utc_ns
from coinapi_idx_cli.wording import plural

OVERLAP_S = 10


class FileSummary(Struct):
    """What is in a file; times are the feed's, empty where there is no value."""

    path: str
    before: int = 0  # values, in the files before it
    lines: int = 0
    values: int = 0
    first_time: str = ""
    last_time: str = ""


class RecordCheck:
    """Checks the files of a record as one series.

    `run` gives the findings as they are found; the rest is known when it has ended.

    `wants_activity`: keep what a plot needs, too.
    """

    def __init__(self, *, wants_activity: bool = False) -> None:
        self.files: list[FileSummary] = []
        self.series = AllSeries()
        self.activity = Activity() if wants_activity else None
        self.counts: Counter[FindingKind] = Counter()
        self.from_history = 0  # of the values: rounded to seconds, and perhaps corrected
        self._doubled = DoubledRuns()
        self._begins: list[tuple[int, Portion, str]] = []  # values before it, of the last portions
        self._values = 0
        self._included: set[tuple[object, object]] = set()

    def run(
        self, paths: Iterable[str], open_file: Callable[[str], BinaryIO], records: Iterable[Path] = ()
    ) -> Iterator[RecordFinding]:
        """Raises OSError for a file that cannot be read."""
        for finding in self._findings(list(paths), open_file, list(records)):
            more = finding.details.get("more", 1)  # findings that are only counted
            self.counts[finding.kind] += more if isinstance(more, int) else 1
            yield finding

    def _findings(
        self, paths: list[str], open_file: Callable[[str], BinaryIO], records: list[Path]
    ) -> Iterator[RecordFinding]:
        for path in paths:
            summary = FileSummary(path, self._values)
            self.files.append(summary)
            with open_file(path) as file:
                for portion in RecordReader(path, file, takes_bars=True, is_joined=path == STDIN):
                    yield from self._look_at(portion, summary)
        last = self.files[-1].path if self.files else ""
        yield from (self._about_doubles(run) for run in self._doubled.finish())
        yield from (_about_backwards(run, last) for run in self.series.finish())
        yield from self._doubles_in_overlaps(open_file)
        yield from self._gaps(paths, records)

    def _look_at(self, portion: Portion, summary: FileSummary) -> Iterator[RecordFinding]:
        summary.lines += portion.line_count
        yield from portion.findings
        for gap in portion.gaps:
            self._included.add((gap.get("from"), gap.get("to")))
            number = gap.pop("line")
            yield finding_of(gap, summary.path, number if isinstance(number, int) else None)
        if not portion.values:
            return
        summary.values += len(portion.values)
        self.from_history += portion.from_history
        self._note_times(portion, summary)
        self._begins.append((self._values, portion, summary.path))
        while len(self._begins) > 1 and self._begins[1][0] < self._values - 2 * WITHIN_LINES:
            del self._begins[0]
        self._values += len(portion.values)
        yield from (self._about_doubles(run) for run in self._doubled.add(portion.lines))
        backwards = self.series.add(portion.index_ids, portion.times, portion.texts, portion.values)
        yield from (_about_backwards(run, summary.path) for run in backwards)
        if self.activity is not None:
            self.activity.add(portion.index_ids, portion.times)
        portion.lines = portion.index_ids = portion.times = portion.texts = []
        portion.values = []

    def _note_times(self, portion: Portion, summary: FileSummary) -> None:
        least, most = min(portion.times), max(portion.times)
        if not summary.first_time or is_before(moment(least), moment(summary.first_time)):
            summary.first_time = least
        if not summary.last_time or is_before(moment(summary.last_time), moment(most)):
            summary.last_time = most

    def _about_doubles(self, run: DoubledRun) -> RecordFinding:
        (file, line), (earlier_file, earlier_line) = self._place(run.begin), self._place(run.earlier_begin)
        return _doubled(file, line, earlier_file, earlier_line, run.lines)

    def _doubles_in_overlaps(self, open_file: Callable[[str], BinaryIO]) -> Iterator[RecordFinding]:
        """Of two files whose times overlap: those that are too far apart in the record to have been found already."""
        for number, later in enumerate(self.files):
            for earlier in self.files[:number]:
                if _overlap(earlier, later) and Path(earlier.path).is_file() and Path(later.path).is_file():
                    yield from _shared_by(earlier, later, open_file)

    def _place(self, value: int) -> tuple[str, int]:
        """File and line of a value by its number in the record."""
        begin, portion, path = next((each for each in reversed(self._begins) if each[0] <= value), self._begins[0])
        position = max(0, value - begin)
        return path, portion.line_of(position)

    def _gaps(self, paths: list[str], records: list[Path]) -> Iterator[RecordFinding]:
        spans = [(each.first_time, each.last_time) for each in self.files if each.values]
        for gap in gaps_about(records, paths):
            is_told = (gap.details.get("from"), gap.details.get("to")) in self._included
            if not is_told and (gap.kind is not FindingKind.GAP or _touches(gap, spans)):
                yield gap


def _overlap(earlier: FileSummary, later: FileSummary) -> bool:
    """By more than what is found as the files are read: at the border of two files it is always a little."""
    end_ns, begin_ns = parse_utc_ns(earlier.last_time), parse_utc_ns(later.first_time)
    return begin_ns is not None and end_ns is not None and end_ns - begin_ns > OVERLAP_S * NS


def _shared_by(
    earlier: FileSummary, later: FileSummary, open_file: Callable[[str], BinaryIO]
) -> Iterator[RecordFinding]:
    with open_file(earlier.path) as one, open_file(later.path) as other:
        readers = (RecordReader(file.path, at, takes_bars=True) for file, at in ((earlier, one), (later, other)))
        for run in shared_runs(*readers):
            if later.before + run.line - earlier.before - run.earlier_line > WITHIN_LINES:
                yield _doubled(later.path, run.line, earlier.path, run.earlier_line, run.lines)


def _doubled(file: str, line: int, earlier_file: str, earlier_line: int, lines: int) -> RecordFinding:
    elsewhere = f"{earlier_file} " if earlier_file != file else ""
    words = f"{plural(lines, 'line')} are the same as those from {elsewhere}line {earlier_line} on"
    details: dict[str, object] = {"lines": lines, "earlier_file": earlier_file, "earlier_line": earlier_line}
    return RecordFinding(FindingKind.DOUBLED, file, words, line, details)


def _touches(gap: RecordFinding, spans: list[tuple[str, str]]) -> bool:
    if not spans:
        return True
    first = min(spans, key=lambda span: moment(span[0]))[0]
    last = max(spans, key=lambda span: moment(span[1]))[1]
    return overlaps(gap, first, last)


def _about_backwards(run: BackwardsRun, file: str) -> RecordFinding:
    words = (
        f"{plural(run.values, 'value')} of {run.index_id} in a row go back, from {run.time_before} to {run.time_first}"
    )
    details: dict[str, object] = {
        "index_id": run.index_id,
        "values": run.values,
        "time_before": run.time_before,
        "time_first": run.time_first,
    }
    return RecordFinding(FindingKind.BACKWARDS, file, words, details=details)
