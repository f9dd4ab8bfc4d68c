"""Runs of lines that stand twice: compared with a plain search through all pairs of lines."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.audit.doubled_runs import DoubledRun, DoubledRuns


def found(lines: list[str], within: int, chance: random.Random | None = None) -> list[DoubledRun]:
    runs, at, result = DoubledRuns(within), 0, []
    while at < len(lines):
        step = chance.randint(1, 30) if chance else 7
        result += runs.add(lines[at : at + step])
        at += step
    return result + list(runs.finish())


def doubled_lines(lines: list[str], within: int) -> set[int]:
    """All lines of second runs, by comparing each pair of places."""
    result: set[int] = set()
    for distance in range(1, within + 1):
        begin = distance
        for end in range(distance, len(lines) + 1):
            if end == len(lines) or lines[end] != lines[end - distance]:
                if len(set(lines[begin:end])) >= 5:
                    result.update(range(begin, end))
                begin = end + 1
    return result


def test_a_run_that_stands_twice_is_found_with_both_places() -> None:
    lines = [str(n) for n in range(40)]
    assert found([*lines, *lines[10:25]], 100) == [DoubledRun(40, 10, 15)]


@pytest.mark.parametrize(
    "lines",
    [
        list("abcdxabcdy"),
        list("aaaaaaaaaaaaaaaa"),
        list("abababababababab"),
        list("abcdabcdabcdabcd"),
        list("aaaabbbbccccddddeeee"),
    ],
)
def test_repeats_of_fewer_than_five_different_lines_are_what_the_feed_sends(lines: list[str]) -> None:
    assert found(lines, 100) == []


@pytest.mark.parametrize("seed", range(300))
def test_any_series_with_copies_in_it(seed: int) -> None:
    chance = random.Random(seed)
    lines: list[str] = []
    for n in range(chance.randint(5, 300)):
        lines.append(lines[-1] if lines and chance.random() < 0.1 else str(n))
        if chance.random() < 0.03:
            begin = chance.randrange(len(lines))
            lines += lines[begin : begin + chance.randint(1, 40)]
    within = chance.choice([20, 50, 1000])
    runs = found(lines, within, chance)

    assert {line for run in runs for line in range(run.begin, run.begin + run.lines)} == doubled_lines(lines, within)
    for run in runs:
        earlier = lines[run.earlier_begin : run.earlier_begin + run.lines]
        assert lines[run.begin : run.begin + run.lines] == earlier
