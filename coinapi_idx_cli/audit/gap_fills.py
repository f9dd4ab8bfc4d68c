"""Values of the history in the gaps of captures, and nowhere else: each marked, each index in its order.

A fill is a file of `history`: its first value bears the source `rest`. What is put into a gap is what has its whole
second within it. Values are held from one gap at a time.
"""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import repeat
from typing import BinaryIO

from coinapi_idx_cli.audit.alignment import CapturedValue
from coinapi_idx_cli.audit.capture_merge import Capture
from coinapi_idx_cli.audit.record_reader import RecordReader
from coinapi_idx_cli.protocol.stretches import Stretch

NS = 1_000_000_000
SOURCE, REST = "source", "rest"
OWN_AHEAD = 5  # values of an index: one with a wild time must not look like the end of a gap
MOST_AHEAD = 5000  # of all indexes
BEHIND_ALL = "~"  # times


def is_fill(paths: Sequence[str], open_file: Callable[[str], BinaryIO]) -> bool:
    """Whether the first value of these files is from the history. Raises OSError."""
    for path in paths:
        with open_file(path) as file:
            reader = RecordReader(path, file)
            for portion in reader:
                if portion.lines:
                    return _source(reader.columns, portion.lines[0]) == REST
    return False


def _source(columns: Sequence[str] | None, line: str) -> object:
    if columns is not None:
        return cells_of(columns, line).get(SOURCE)
    return json.loads(line).get(SOURCE)


def cells_of(columns: Sequence[str], line: str) -> dict[str, str]:
    """A row of csv by its columns."""
    return dict(zip(columns, next(csv.reader([line])), strict=False))


class Lines:
    """The lines of the output: what was captured as it is, with the marks of its own; what is from the history marked.

    `columns`: those of the captures, None for NDJSON. `fill_columns`: those of the fills.
    """

    def __init__(self, columns: Sequence[str] | None, fill_columns: Sequence[str] | None) -> None:
        self._is_marked = columns is None or SOURCE in columns
        self._fill_columns = fill_columns
        self.columns = columns if columns is None or self._is_marked else [*columns, SOURCE]

    def captured(self, line: str) -> str:
        """An empty mark in csv; NDJSON needs none."""
        return line if self._is_marked else f"{line},"

    def filled(self, line: str) -> str:
        """In the columns of the output."""
        if self.columns is None or self._fill_columns is None:
            return line
        cells = cells_of(self._fill_columns, line)
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow([cells.get(name, "") for name in self.columns])
        return text.getvalue()


class GapFills:
    """Takes what lies within `stretches`, of `index_ids` alone. `counts`: how many values each stretch got.

    A second of an index that several fills have is taken from the first of them.
    """

    def __init__(
        self,
        fills: Sequence[Capture],
        stretches: Sequence[Stretch],
        index_ids: Iterable[str],
        open_file: Callable[[str], BinaryIO],
    ) -> None:
        self.counts: Counter[int] = Counter()
        self._stretches = stretches
        self._begins = [begin for begin, _ in stretches]
        self._index_ids = set(index_ids)
        self._values = self._of_all(fills, open_file)
        self._next = next(self._values, None)
        self._loaded: dict[str, deque[CapturedValue]] = {}

    def put_into(self, captured: Iterable[CapturedValue], lines: Lines) -> Iterator[str]:
        """The lines of both."""
        ahead = _Ahead(captured)
        for value in ahead:
            until = ahead.reached(value.index_id)
            if self._next is not None:
                self._load(until)
            loaded = self._loaded.get(value.index_id)
            if loaded and loaded[0].key < until:
                yield from map(lines.filled, self._due(ahead))
            yield lines.captured(value.line)
        self._load(BEHIND_ALL)
        yield from map(lines.filled, self._due(None))

    def _due(self, ahead: _Ahead | None) -> Iterator[str]:
        """The lines of what the indexes have reached, in order of time; without `ahead`, of all that is left."""
        due: list[CapturedValue] = []
        for index_id, loaded in self._loaded.items():
            until = BEHIND_ALL if ahead is None else ahead.reached(index_id)
            while loaded and loaded[0].key < until:
                due.append(loaded.popleft())
        return (value.line for value in sorted(due, key=lambda value: value.key))

    def _load(self, until: str) -> None:
        """What comes before that time, of all indexes."""
        while self._next is not None and self._next.key < until:
            self._loaded.setdefault(self._next.index_id, deque()).append(self._next)
            self._next = next(self._values, None)

    def _of_all(self, fills: Sequence[Capture], open_file: Callable[[str], BinaryIO]) -> Iterator[CapturedValue]:
        numbered = [zip(fill.read(open_file), repeat(number), strict=False) for number, fill in enumerate(fills)]
        second, of_second = -1, dict[str, int]()
        for value, number in merge(*numbered, key=lambda each: each[0].key):
            position = bisect_right(self._begins, value.second * NS) - 1
            if value.index_id not in self._index_ids or position < 0 or not self._is_within(position, value.second):
                continue
            if value.second != second:
                second, of_second = value.second, {}
            if of_second.setdefault(value.index_id, number) == number:
                self.counts[position] += 1
                fills[number].more += 1
                yield value

    def _is_within(self, position: int, second: int) -> bool:
        begin, end = self._stretches[position]
        return (begin // NS + 1) <= second < end // NS


class _Ahead:
    """Values in their order, while the next ones of each index are known."""

    def __init__(self, values: Iterable[CapturedValue]) -> None:
        self._values = values
        self._queue: deque[CapturedValue] = deque()
        self._keys: dict[str, deque[str]] = {}  # of what is in the queue

    def __iter__(self) -> Iterator[CapturedValue]:
        queue, keys = self._queue, self._keys
        for value in self._values:
            queue.append(value)
            keys.setdefault(value.index_id, deque()).append(value.key)
            while queue and (len(keys[queue[0].index_id]) >= OWN_AHEAD or len(queue) > MOST_AHEAD):
                yield from self._first()
        while queue:
            yield from self._first()

    def reached(self, index_id: str) -> str:
        """The time that is behind an index by its next values; one of them may be wild."""
        own = self._keys.get(index_id)
        if not own:
            return ""
        key, *following = own
        if 2 * sum(each < key for each in following) > len(following):
            return min(following)
        return min(key, sorted(own)[min(1, len(following))])

    def _first(self) -> Iterator[CapturedValue]:
        yield self._queue[0]
        index_id = self._queue.popleft().index_id
        self._keys[index_id].popleft()
