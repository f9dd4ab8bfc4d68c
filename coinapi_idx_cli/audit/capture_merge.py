"""Several captures of the same feed become one: lines in, lines out, and counts of what came from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.audit.alignment import CapturedValue, Source, aligned
from coinapi_idx_cli.audit.common_gaps import in_all, missing_in
from coinapi_idx_cli.audit.findings import FindingKind
from coinapi_idx_cli.audit.index_series import sortable_keys
from coinapi_idx_cli.audit.known_gaps import gaps_about
from coinapi_idx_cli.audit.record_reader import RecordReader
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.stretches import Stretch, joined
from coinapi_idx_cli.protocol.times import parse_utc_ns

SECOND = len("2026-11-21T19:13:02")


class Capture:
    """One capture: its files in order of time, and the records of gaps that may speak of them."""

    def __init__(self, name: str, paths: Sequence[str], records: Sequence[Path]) -> None:
        self.name = name
        self.values = 0
        self.more = 0  # of these, values that no capture before it has
        self.left_out: Counter[FindingKind] = Counter()  # lines that are not values
        self.apart: set[str] = set()  # indexes of which it has other values than those before it
        self.columns: list[str] | None = None  # of its first value; None for NDJSON
        self.index_ids: set[str] = set()
        self._paths = paths
        self._records = records
        self._span: Stretch | None = None

    def read(self, open_file: Callable[[str], BinaryIO]) -> Iterator[CapturedValue]:
        """All values. Raises OSError, and UsageError for files with different columns."""
        first_path = ""
        for path in self._paths:
            with open_file(path) as file:
                reader = RecordReader(path, file)
                for portion in reader:
                    if reader.columns == []:
                        raise UsageError(
                            f"{path} is not a capture: its first line is not a header", f"see idxstream check {path}"
                        )
                    if portion.values and not first_path:
                        first_path, self.columns = path, reader.columns
                    if portion.values and reader.columns != self.columns:
                        raise UsageError(f"{path} has other columns than {first_path}", "merge files of one kind")
                    self.left_out.update(finding.kind for finding in portion.findings)
                    self._note(portion.times)
                    self.index_ids.update(portion.index_ids)
                    columns = portion.index_ids, sortable_keys(portion.times), portion.values, portion.lines
                    for index_id, key, number_of_it, line in zip(*columns, strict=True):
                        yield CapturedValue(index_id, key, number_of_it, _second(key[:SECOND]), line)

    def _note(self, times: Sequence[str]) -> None:
        self.values += len(times)
        bounds = [time_ns for text in (min(times), max(times)) if (time_ns := parse_utc_ns(text))] if times else []
        if bounds:
            begin, end = self._span or (bounds[0], bounds[0])
            self._span = min(begin, *bounds), max(end, *bounds)

    @property
    def span(self) -> Stretch | None:
        """From the first value to the last one, when all was read."""
        return self._span

    def fresh(self) -> Capture:
        """The same, not read yet."""
        return Capture(self.name, self._paths, self._records)

    def gaps(self) -> list[Stretch]:
        """That are known. Raises OSError."""
        found = []
        for gap in gaps_about(self._records, self._paths):
            begin, end = (
                parse_utc_ns(str(gap.details.get(f"time_coinapi_{name}") or gap.details.get(name) or ""))
                for name in ("from", "to")
            )
            if begin is not None:
                found.append((begin, end if end is not None else begin))
        return joined(found)


def merged_values(captures: Sequence[Capture], open_file: Callable[[str], BinaryIO]) -> Iterator[CapturedValue]:
    """All values of all captures, each once."""
    values = captures[0].read(open_file)
    for following in captures[1:]:
        values = _with(values, following, open_file)
    return values


def _with(
    values: Iterator[CapturedValue], following: Capture, open_file: Callable[[str], BinaryIO]
) -> Iterator[CapturedValue]:
    for value, source in aligned(values, following.read(open_file), following.apart):
        following.more += source is Source.SECOND
        yield value


def still_missing(captures: Sequence[Capture]) -> list[Stretch]:
    """Where none of them has anything, when all was read. Raises OSError."""
    spans = [capture.span for capture in captures if capture.span is not None]
    if not spans:
        return []
    whole = min(begin for begin, _ in spans), max(end for _, end in spans)
    return in_all(
        [
            missing_in(capture.gaps(), capture.span, whole) if capture.span is not None else [whole]
            for capture in captures
        ]
    )


@lru_cache(maxsize=256)  # thousands of values bear the same second
def _second(text: str) -> int:
    time_ns = parse_utc_ns(f"{text}Z")
    return 0 if time_ns is None else time_ns // 1_000_000_000
