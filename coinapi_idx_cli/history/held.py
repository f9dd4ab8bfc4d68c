"""What the files of an earlier run hold, so that a run goes on behind it without asking for it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct, field

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.history.period import Period
from coinapi_idx_cli.history.record_fields import BAR_FIELDS, SOURCE, VALUE_FIELDS
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns
from coinapi_idx_cli.sinks.files.encodings import TornError, decoded, packing_for
from coinapi_idx_cli.sinks.files.file_ends import last_lines
from coinapi_idx_cli.sinks.files.record_search import files_of

LONGEST_PERIOD = 1.2  # times the shortest one of that name: months differ
ANOTHER_FILE = "name another file"


class HeldRecord(Struct):
    """What is there.

    `first_ns`: of each index. `last_second`: seconds since 1970, None of no line. `in_last_second`: lines by index.
    """

    path: str = ""
    first_ns: dict[str, int] = field(default_factory=dict)
    last_ns: int = -1
    last_second: int | None = None
    in_last_second: Counter[str] = field(default_factory=Counter)
    lines: int = 0


class HeldFiles:
    """The files that a run with `-o output` left. `is_csv`: else NDJSON. `period`: None for values.

    `ids`: those that are asked for now.
    """

    def __init__(self, output: str, ids: Collection[str], period: Period | None, *, is_csv: bool) -> None:
        self._output = output
        self._ids = set(ids)
        self._period = period
        self._is_csv = is_csv
        self._fields = VALUE_FIELDS if period is None else BAR_FIELDS
        self._head = ",".join(self._fields).encode()

    def newest_ns(self) -> int | None:
        """The time of the last whole line of all, by which the file to go on with is found. Raises OutputError."""
        times = [time_ns for path in self._paths() if (time_ns := self._last_ns(path)) is not None]
        return max(times, default=None)

    def read(self) -> HeldRecord:
        """All of it. Raises OutputError for what is not the begin of what is asked for now."""
        held = HeldRecord()
        by_begin = sorted((begin, path) for path in self._paths() if (begin := self._first_ns(path)) is not None)
        for _, path in by_begin:
            held.path = path
            for fields in self._lines(path):
                self._take(held, path, fields)
        return held

    def _paths(self) -> list[str]:
        if "%" in self._output:
            return [str(path) for path in files_of(self._output)]
        return [self._output] if Path(self._output).is_file() else []

    def _take(self, held: HeldRecord, path: str, fields: dict[str, Any]) -> None:
        index_id, time_ns = fields.get("index_id"), self._time_ns(fields)
        if time_ns is None or fields.get("source") != SOURCE:
            raise OutputError(f"{path} holds a line that this command does not write: {_shown(fields)}", ANOTHER_FILE)
        if index_id not in self._ids:
            raise OutputError(f"{path} holds {index_id}, which is not among the ids", ANOTHER_FILE)
        if self._period is not None:
            self._check_length(path, self._period, time_ns, fields)
        if time_ns < held.last_ns:
            raise OutputError(f"{path} is not in order of time at {_shown(fields)}", ANOTHER_FILE)
        if time_ns // NS != held.last_second:
            held.in_last_second.clear()
        held.last_ns, held.last_second = time_ns, time_ns // NS
        held.in_last_second[str(index_id)] += 1
        held.first_ns.setdefault(str(index_id), time_ns)
        held.lines += 1

    def _time_ns(self, fields: dict[str, Any]) -> int | None:
        return _moment(fields.get("time_coinapi" if self._period is None else "time_start"))

    @staticmethod
    def _check_length(path: str, period: Period, begin_ns: int, fields: dict[str, Any]) -> None:
        length_s = ((_moment(fields.get("time_end")) or 0) - begin_ns) / NS
        if not period.least_s <= length_s < period.least_s * LONGEST_PERIOD:
            what = f"{path} holds bars of another length than {period.name}: {_shown(fields)}"
            raise OutputError(what, f"{ANOTHER_FILE}, or give the same --period")

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        """Whole lines; of a torn end nothing."""
        rest = b""
        try:
            with Path(path).open("rb") as file, suppress(TornError):
                for piece in decoded(packing_for(path), file):
                    *whole, rest = (rest + piece).split(b"\n")
                    yield from filter(None, (self._parsed(path, line) for line in whole))
        except OSError as error:
            raise OutputError(f"cannot read {path}: {error.strerror}", ANOTHER_FILE) from error

    def _parsed(self, path: str, line: bytes) -> dict[str, Any] | None:
        """None of a header."""
        if not self._is_csv:
            with suppress(ValueError):
                fields: Any = orjson.loads(line)
                if isinstance(fields, dict):
                    return fields
        elif line == self._head:
            return None
        elif len(cells := line.decode("utf-8", "replace").split(",")) == len(self._fields):
            return dict(zip(self._fields, cells, strict=True))
        shown = line[:100].decode("utf-8", "replace")
        raise OutputError(f"{path} holds a line that this command does not write: {shown}", ANOTHER_FILE)

    def _last_ns(self, path: str) -> int | None:
        with suppress(OSError, OutputError), Path(path).open("rb") as file:  # `read` tells what is wrong
            for line in last_lines(path, file, 1):
                return self._time_in(path, line)
        return None

    def _first_ns(self, path: str) -> int | None:
        return next((self._time_ns(fields) or 0 for fields in self._lines(path)), None)

    def _time_in(self, path: str, line: bytes) -> int | None:
        fields = self._parsed(path, line)
        return None if fields is None else self._time_ns(fields)


def _moment(text: object) -> int | None:
    return parse_utc_ns(text) if isinstance(text, str) else None


def _shown(fields: Iterable[str] | dict[str, Any]) -> str:
    texts = fields.values() if isinstance(fields, dict) else fields
    return ",".join(map(str, texts))[:100]
