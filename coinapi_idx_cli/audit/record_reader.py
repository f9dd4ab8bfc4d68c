"""One file of a record, in portions: whole columns where all is as it should be, line by line where not."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from math import isfinite
from typing import BinaryIO

from msgspec import Raw, Struct, field

from coinapi_idx_cli.audit.findings import FindingKind, RecordFinding
from coinapi_idx_cli.protocol.json_text import compact
from coinapi_idx_cli.protocol.messages import decode, json_fields, read_text, read_value
from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.protocol.value_texts import value_text, value_texts
from coinapi_idx_cli.sinks.files.encodings import TornError, decoded, packing_for

BLOCK_BYTES = 512 * 1024
LONGEST_LINE_BYTES = 4 * 1024 * 1024
DEFAULT_COLUMNS = ["time_coinapi", "index_id", "value"]
NEEDED = ("index_id", "time_coinapi", "value")
OF_BARS = ("index_id", "time_start", "close")  # what a bar has instead
FROM_HISTORY, OF_HISTORY = "rest", b'"source":"rest"'
NOTES = ("gap", "heartbeat", "hearbeat", "reconnect")  # lines of --include
SHOWN_CHARACTERS = 80
FINDINGS_SHOWN_OF_A_KIND = 20  # in one file; from then on they are counted
_TIMES = re.compile(r"(?:\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z\n)*", re.ASCII)
_DAY = len("2026-11-26")
_NUMBERS = re.compile(r"(?:-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\n)*", re.ASCII)


class Portion(Struct):
    """Values in the order of the file, as columns of equal length. `lines` are those of the values, without ends."""

    begin: int  # how many lines come before it
    line_count: int = 0
    index_ids: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    places: list[int] | None = None  # the number of each value's line, where not all lines are values
    gaps: list[dict[str, object]] = field(default_factory=list)
    findings: list[RecordFinding] = field(default_factory=list)
    from_history: int = 0  # of the values

    def line_of(self, position: int) -> int:
        """The number of a value's line in its file."""
        return self.begin + 1 + position if self.places is None else self.places[position]


class RecordReader:
    """Iterating gives portions. Raises OSError, and UsageError where a package for the compression is missing.

    `takes_bars`: a bar is a value, too, its close at its begin. `is_joined`: several files may follow one another, each
    with the header.
    """

    def __init__(self, path: str, file: BinaryIO, *, takes_bars: bool = False, is_joined: bool = False) -> None:
        self._path = path
        self._file = file
        self._packing = packing_for(path)
        self._columns: list[str] | None = None  # None: NDJSON, or not known yet
        self._takes_bars = takes_bars
        self._is_joined = is_joined
        self._needed = NEEDED
        self._is_begun = False
        self._counts: dict[FindingKind, int] = {}
        self._lines_before = 0
        self._rest = b""
        self._problem: tuple[FindingKind, str] | None = None

    def __iter__(self) -> Iterator[Portion]:
        for block in self._blocks():
            yield self._portion(block)
        yield self._end()

    @property
    def columns(self) -> list[str] | None:
        """Of csv, when the first portion has been read; None for NDJSON."""
        return self._columns

    def _blocks(self) -> Iterator[bytes]:
        """Whole lines, without the end of the last one. What is left is `_rest`, and why, `_problem`."""
        pieces: list[bytes] = []
        size = 0
        try:
            for piece in decoded(self._packing, self._file):
                pieces.append(piece)
                size += len(piece)
                if size >= BLOCK_BYTES:
                    whole, mark, rest = b"".join(pieces).rpartition(b"\n")
                    pieces, size = [rest], 0 if mark else len(rest)
                    if mark:
                        yield whole
                    elif size > LONGEST_LINE_BYTES:
                        self._problem = FindingKind.UNDECODABLE, "a line has no end"
                        return
        except TornError as error:
            is_cut = str(error) == "it ends within a member"
            self._problem = FindingKind.TORN if is_cut else FindingKind.COMPRESSION, str(error)
        whole, mark, self._rest = b"".join(pieces).rpartition(b"\n")
        if mark:
            yield whole

    def _end(self) -> Portion:
        last, line = Portion(self._lines_before), self._lines_before + 1
        if self._rest:
            self._find(last, FindingKind.TORN, f"the last line has no end: {_excerpt(self._rest)}", line)
        if self._problem is not None:
            self._find(last, self._problem[0], f"after line {line - 1}: {self._problem[1]}", None)
        for kind, count in self._counts.items():
            if count > FINDINGS_SHOWN_OF_A_KIND:
                words = f"{count - FINDINGS_SHOWN_OF_A_KIND:,} more like these"
                last.findings.append(
                    RecordFinding(kind, self._path, words, details={"more": count - FINDINGS_SHOWN_OF_A_KIND})
                )
        return last

    def _portion(self, whole: bytes) -> Portion:
        portion = Portion(self._lines_before, whole.count(b"\n") + 1)
        if not self._is_begun:
            whole = self._begin(whole, portion)
        if self._columns is not None:
            self._read_csv(whole, portion)
        elif whole:
            self._read_json(whole, portion)
        self._lines_before += portion.line_count
        return portion

    def _begin(self, whole: bytes, portion: Portion) -> bytes:
        """By the first line: csv with a header, csv without one, or NDJSON. Returns what is behind a header."""
        self._is_begun = True
        whole = whole.removeprefix(codecs.BOM_UTF8)
        first, _, rest = whole.partition(b"\n")
        if first.lstrip().startswith(b"{"):
            return whole
        cells = next(csv.reader([first.decode("utf-8", "replace").rstrip("\r")]), [])
        if _is_value(dict(zip(DEFAULT_COLUMNS, cells, strict=False))) and len(cells) == len(DEFAULT_COLUMNS):
            self._columns = DEFAULT_COLUMNS  # --no-header
            return whole
        self._columns = cells
        if self._takes_bars and set(OF_BARS) <= set(cells):
            self._needed = OF_BARS
        if missing := [name for name in self._needed if name not in cells]:
            words = f"the first line is not a header with {', '.join(missing)}: {_excerpt(first)}"
            self._find(portion, FindingKind.COLUMNS, words, 1)
            self._columns = []
        portion.places = []
        return rest

    # -- csv -----------------------------------------------------------------------------------------------------------

    def _read_csv(self, whole: bytes, portion: Portion) -> None:
        if self._columns and whole and not self._read_whole_columns(whole, portion):
            for number, line in enumerate(whole.split(b"\n"), portion.begin + 1 + self._is_behind_header(portion)):
                self._read_row(line, number, portion)

    def _is_behind_header(self, portion: Portion) -> int:
        return 1 if portion.begin == 0 and portion.places is not None else 0

    def _read_whole_columns(self, whole: bytes, portion: Portion) -> bool:
        """All lines at once; False, with nothing done, where one of them is out of the ordinary."""
        columns = self._columns or []
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            return False
        if '"' in text or "\r" in text or "\0" in text:
            return False
        lines = text.split("\n")
        width = len(columns)
        cells = ",".join(lines).split(",")
        if len(cells) != len(lines) * width:
            return False
        index_ids, times, texts = (cells[columns.index(name) :: width] for name in self._needed)
        if not _are_times(times) or not _NUMBERS.fullmatch("\n".join([*texts, ""])):
            return False
        values = list(map(float, texts))
        if not all(map(isfinite, values)) or not all(index_ids):
            return False
        if portion.places is not None:
            begin = portion.begin + 2
            portion.places = list(range(begin, begin + len(lines)))
        portion.index_ids, portion.times, portion.texts = index_ids, times, texts
        portion.values, portion.lines = values, lines
        if "source" in columns:
            portion.from_history = cells[columns.index("source") :: width].count(FROM_HISTORY)
        return True

    def _read_row(self, line: bytes, number: int, portion: Portion) -> None:
        columns = self._columns or []
        try:
            text = line.decode().removesuffix("\r")
            cells = next(csv.reader([text], strict=True), [])
        except (ValueError, csv.Error):
            self._find(portion, FindingKind.UNDECODABLE, f"not a row: {_excerpt(line)}", number)
            return
        if cells == columns:
            if not self._is_joined:
                self._find(portion, FindingKind.COLUMNS, "the header appears again", number)
        elif len(cells) != len(columns):
            words = f"{len(cells)} columns, and the header has {len(columns)}: {_excerpt(line)}"
            self._find(portion, FindingKind.COLUMNS, words, number)
        else:
            row = dict(zip(columns, cells, strict=True))
            row |= zip(NEEDED, map(row.__getitem__, self._needed), strict=True)
            if _is_value(row):
                portion.from_history += row.get("source") == FROM_HISTORY
                self._add(portion, number, text, row["index_id"], row["time_coinapi"], row["value"])
            else:
                self._find(portion, FindingKind.UNDECODABLE, f"not a value: {_excerpt(line)}", number)

    # -- NDJSON --------------------------------------------------------------------------------------------------------

    def _read_json(self, whole: bytes, portion: Portion) -> None:
        frames = whole.split(b"\n")
        portion.from_history = whole.count(OF_HISTORY)
        if not self._read_whole_messages(whole, frames, portion):
            self._read_lines(frames, portion)

    def _read_whole_messages(self, whole: bytes, frames: list[bytes], portion: Portion) -> bool:
        """All lines at once; False, with nothing done, where one of them is not a message of the feed."""
        if b"\r" in whole:
            return False
        batch = decode(frames, 0).batch
        times = [value.time_coinapi for value in batch.values]
        if len(times) != len(frames) or not _are_times(times):
            return False
        portion.index_ids, portion.times = [value.index_id for value in batch.values], times
        portion.texts, portion.values = value_texts(batch.texts), [value.value for value in batch.values]
        portion.lines = whole.decode("utf-8", "replace").split("\n")
        return True

    def _read_lines(self, lines: list[bytes], portion: Portion) -> None:
        for number, line in enumerate(lines, portion.begin + 1):
            value = read_value(line)
            if value is not None and parse_utc_ns(value.time_coinapi) is not None:
                text = value_text(compact(line))
                row = line.removesuffix(b"\r").decode("utf-8", "replace")
                self._add(portion, number, row, value.index_id, value.time_coinapi, text)
            elif not self._is_note(line, number, portion):
                self._find(portion, FindingKind.UNDECODABLE, f"not a value: {_excerpt(line)}", number)

    def _is_note(self, line: bytes, number: int, portion: Portion) -> bool:
        import json  # seldom needed

        try:
            fields = json.loads(line)
            kind = str(fields["event"] if "event" in fields else fields["type"])  # of an event log, too
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        if kind == "bar" and self._takes_bars:
            return self._take_bar(line, number, portion)
        if kind == "gap":
            portion.gaps.append({**fields, "line": number})
        return kind in NOTES or (kind != "index" and bool(json_fields(compact(line))))

    def _take_bar(self, line: bytes, number: int, portion: Portion) -> bool:
        fields = json_fields(compact(line))
        try:
            index_id, time = (read_text(fields.get(name, Raw(b'""'))) for name in OF_BARS[:2])
        except ValueError:
            return False
        close = bytes(fields.get("close", Raw(b""))).decode()
        is_bar = _is_value({"index_id": index_id, "time_coinapi": time, "value": close})
        if is_bar:
            self._add(portion, number, line.decode("utf-8", "replace"), index_id, time, close)
        return is_bar

    def _add(self, portion: Portion, number: int, line: str, index_id: str, time: str, text: str) -> None:
        if portion.places is None:
            portion.places = []
        portion.places.append(number)
        portion.lines.append(line)
        portion.index_ids.append(index_id)
        portion.times.append(time)
        portion.texts.append(text)
        portion.values.append(float(text))

    def _find(self, portion: Portion, kind: FindingKind, words: str, line: int | None) -> None:
        self._counts[kind] = count = self._counts.get(kind, 0) + 1
        if count <= FINDINGS_SHOWN_OF_A_KIND:
            portion.findings.append(RecordFinding(kind, self._path, words, line))


def _is_value(row: dict[str, str]) -> bool:
    number = row.get("value", "")
    return (
        bool(row.get("index_id"))
        and parse_utc_ns(row.get("time_coinapi", "")) is not None
        and _NUMBERS.fullmatch(f"{number}\n") is not None
        and isfinite(float(number))
    )


def _are_times(times: list[str]) -> bool:
    """Of the usual form; the days, of which there are few, are looked up in the calendar."""
    if not _TIMES.fullmatch("\n".join([*times, ""])):
        return False
    return all(parse_utc_ns(f"{day}T00:00:00Z") is not None for day in {time[:_DAY] for time in times})


def _excerpt(line: bytes) -> str:
    text = line[: 4 * SHOWN_CHARACTERS].decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…")
