"""Runs of lines that are in two files of a record whose times overlap, however far apart they are in it. Pure.

Both files are read side by side, by the feed's time; of the earlier one the lines of `WINDOW_S` around that are known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from coinapi_idx_cli.audit.doubled_runs import LEAST_DIFFERENT_LINES
from coinapi_idx_cli.audit.record_reader import Portion
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns

WINDOW_S = 5  # the same line bears the same time; so far apart the lines of a file may be out of its order


class SharedRun(NamedTuple):
    """So many `lines` of a file, from line `line` on, are those of another one from `earlier_line` on; both from 1."""

    line: int
    earlier_line: int
    lines: int


class Span(NamedTuple):
    """Of a portion, in whole seconds of the feed's time since 1970."""

    begin: int
    end: int


class _Window:
    """The lines of the earlier file around a moment, found by groups of five in a row."""

    def __init__(self, portions: Iterator[Portion]) -> None:
        self._portions = portions
        self._known: deque[tuple[Span, int]] = deque()  # of each portion, and how many lines it has
        self._lines: deque[tuple[int, str]] = deque()  # the number of each, and its text
        self._begin = 0  # of the first of them, counted over all
        self._groups: dict[int, int] = {}
        self._is_over = False

    def move_to(self, span: Span) -> bool:
        """Whether there is anything left to compare with."""
        while not self._is_over and (not self._known or self._known[-1][0].begin <= span.end + WINDOW_S):
            self._read()
        while self._known and self._known[0][0].end < span.begin - WINDOW_S:
            _, count = self._known.popleft()
            for _ in range(count):
                self._lines.popleft()
            self._begin += count
        if len(self._groups) > 4 * len(self._lines) + 1000:
            self._groups = {group: place for group, place in self._groups.items() if place >= self._begin}
        return bool(self._lines) or not self._is_over

    def find(self, group: int) -> int | None:
        place = self._groups.get(group)
        return place if place is not None and place >= self._begin else None

    def text(self, place: int) -> str | None:
        position = place - self._begin
        return self._lines[position][1] if 0 <= position < len(self._lines) else None

    def number(self, place: int) -> int:
        return self._lines[place - self._begin][0]

    def _read(self) -> None:
        portion = next(self._portions, None)
        if portion is None:
            self._is_over = True
        elif portion.lines:
            self._known.append((_span(portion), len(portion.lines)))
            first = max(self._begin, self._begin + len(self._lines) - LEAST_DIFFERENT_LINES + 1)
            self._lines.extend((portion.line_of(place), line) for place, line in enumerate(portion.lines))
            texts = [self._lines[place][1] for place in range(first - self._begin, len(self._lines))]
            for place, group in enumerate(groups_of(texts), first):
                self._groups[group] = place


def groups_of(lines: list[str]) -> Iterator[int]:
    """The hashes of five lines in a row."""
    return map(hash, zip(*(lines[k:] for k in range(LEAST_DIFFERENT_LINES)), strict=False))


def shared_runs(earlier: Iterable[Portion], later: Iterable[Portion]) -> Iterator[SharedRun]:
    """With at least five different lines each."""
    window = _Window(iter(earlier))
    run: _Run | None = None
    recent: deque[tuple[int, str]] = deque(maxlen=LEAST_DIFFERENT_LINES)
    for portion in later:
        if portion.lines and not window.move_to(_span(portion)):
            break
        for position, line in enumerate(portion.lines):
            recent.append((portion.line_of(position), line))
            if run is not None and window.text(run.place + run.lines) == line:
                run.goes_on(line)
                continue
            if run is not None:
                yield from run.ended()
            run = _begun(window, recent)
    if run is not None:
        yield from run.ended()


class _Run:
    def __init__(self, line: int, earlier_line: int, place: int, texts: Iterable[str]) -> None:
        self.place = place
        self.lines = LEAST_DIFFERENT_LINES
        self._line = line
        self._earlier_line = earlier_line
        self._different = set(texts)

    def goes_on(self, line: str) -> None:
        self.lines += 1
        if len(self._different) < LEAST_DIFFERENT_LINES:
            self._different.add(line)

    def ended(self) -> list[SharedRun]:
        is_one = len(self._different) >= LEAST_DIFFERENT_LINES
        return [SharedRun(self._line, self._earlier_line, self.lines)] if is_one else []


def _begun(window: _Window, recent: Sequence[tuple[int, str]]) -> _Run | None:
    texts = [text for _, text in recent]
    place = window.find(hash(tuple(texts))) if len(texts) == LEAST_DIFFERENT_LINES else None
    if place is None or any(window.text(place + k) != text for k, text in enumerate(texts)):
        return None
    return _Run(recent[0][0], window.number(place), place, texts)


def _span(portion: Portion) -> Span:
    """Without the one or two stamps that are far from all others."""
    times = sorted(portion.times)
    odd = min(2, len(times) // 10)
    seconds = [
        0 if (time_ns := parse_utc_ns(time)) is None else time_ns // NS for time in (times[odd], times[-1 - odd])
    ]
    return Span(*seconds)
