"""Runs of lines that appear twice in a record, as two programs that wrote the same file leave them. Pure.

A single line may appear twice: the feed repeats values. Runs are looked up by groups of five lines in a row, whole
batches at once; only where such a group was seen before are lines compared one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

LEAST_DIFFERENT_LINES = 5
WITHIN_LINES = 100_000


class DoubledRun(NamedTuple):
    """Lines that appear a second time.

    `lines` of them from line `begin` on are the same as those from line `earlier_begin` on; both count from 0.
    """

    begin: int
    earlier_begin: int
    lines: int


class DoubledRuns:
    """Finds them in lines that are added batch by batch; `add` and `finish` give those that have ended."""

    def __init__(self, within_lines: int = WITHIN_LINES) -> None:
        self._within = within_lines
        self._lines: list[str] = []  # the last ones; the first of them is line `_begin`
        self._begin = 0
        self._next_group = 0  # of the line where the next group to look up begins
        self._newer: dict[int, int] = {}  # hash of a group -> the line where it last began
        self._older: dict[int, int] = {}
        self._run: DoubledRun | None = None

    def add(self, lines: Sequence[str]) -> list[DoubledRun]:
        self._lines.extend(lines)
        begin = self._next_group
        hashes = self._hashes_from(begin)
        self._next_group += len(hashes)
        ended: list[DoubledRun] = []
        if self._run is not None or self._any_seen(hashes):
            ended = self._look_up(begin, hashes)
        else:
            self._newer.update(zip(hashes, range(begin, self._next_group), strict=True))
        self._forget()
        return ended

    def finish(self) -> list[DoubledRun]:
        """The run that lasts to the end, if there is one."""
        return self._end_run()

    def _hashes_from(self, begin: int) -> list[int]:
        tail = self._lines[begin - self._begin :]
        return list(map(hash, zip(*(islice(tail, k, None) for k in range(LEAST_DIFFERENT_LINES)), strict=False)))

    def _any_seen(self, hashes: list[int]) -> bool:
        groups = set(hashes)
        seen = len(groups) < len(hashes)
        return seen or not groups.isdisjoint(self._newer.keys()) or not groups.isdisjoint(self._older.keys())

    def _look_up(self, begin: int, hashes: list[int]) -> list[DoubledRun]:
        ended: list[DoubledRun] = []
        for line, group in enumerate(hashes, begin):
            if self._run is not None and not self._goes_on(self._run, line):
                ended += self._end_run()
            earlier = self._newer.get(group, self._older.get(group))
            if self._run is None and earlier is not None and self._is_same(earlier, line):
                self._run = self._begun(line, earlier)
            self._newer[group] = line
        return ended

    def _begun(self, line: int, earlier: int) -> DoubledRun:
        """With the lines in front of that group that are the same, too: a run before it may have ended among them."""
        lines = LEAST_DIFFERENT_LINES
        while earlier > self._begin and self._lines[earlier - 1 - self._begin] == self._lines[line - 1 - self._begin]:
            line, earlier, lines = line - 1, earlier - 1, lines + 1
        return DoubledRun(line, earlier, lines)

    def _goes_on(self, run: DoubledRun, line: int) -> bool:
        """Whether the group that begins at a line lies in the run, too, which is longer by its last line then."""
        if not self._is_same(run.earlier_begin + line - run.begin, line):
            return False
        self._run = run._replace(lines=line - run.begin + LEAST_DIFFERENT_LINES)
        return True

    def _is_same(self, earlier: int, line: int) -> bool:
        one, other = earlier - self._begin, line - self._begin
        count = LEAST_DIFFERENT_LINES
        return line - earlier <= self._within and self._lines[one : one + count] == self._lines[other : other + count]

    def _end_run(self) -> list[DoubledRun]:
        run, self._run = self._run, None
        if run is not None:
            kept = max(0, run.begin - self._begin)
            if len(set(self._lines[kept : run.begin + run.lines - self._begin])) >= LEAST_DIFFERENT_LINES:
                return [run]
        return []

    def _forget(self) -> None:
        if len(self._newer) > self._within:
            self._older, self._newer = self._newer, {}
        surplus = len(self._lines) - 2 * self._within - LEAST_DIFFERENT_LINES
        if surplus > self._within // 2:
            del self._lines[:surplus]
            self._begin += surplus
