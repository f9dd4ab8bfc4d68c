"""The soak on a small scale: it runs to its verdict, and the verdict can be a bad one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.bench.soak import INDEXES, Found, Minute, Sizes, Soak, found_in, level


@pytest.mark.slow
def test_a_few_short_minutes_lose_nothing_but_what_was_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Soak(Sizes(minutes=2, rate=300, minute_s=9.0, cut_every=2, name="t-%H-%M-%S.csv.gz"), tmp_path).run()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 10
    assert [line for line in lines[2:9] if not line.startswith("ok ")] == []  # start-up is no level for memory
    assert len(list(tmp_path.glob("t-*.csv.gz"))) > 5
    assert "after 1 cuts" in lines[7]


def write(path: Path, numbers: list[int]) -> None:
    rows = [f"2026-11-26T09:30:00Z,{INDEXES[number % len(INDEXES)]},{number}\n" for number in numbers]
    path.write_bytes(gzip.compress("".join(["time_coinapi,index_id,value\n", *rows]).encode()))


def test_what_is_missing_and_doubled_is_found(tmp_path: Path) -> None:
    write(tmp_path / "a.csv.gz", [0, 1, 2, 5, 6])
    write(tmp_path / "b.csv.gz", [6, 7, 10])
    assert found_in(sorted(tmp_path.iterdir())) == Found(values=8, holes=2, missing=4, misplaced=1)


def minute(rss_mib: float, descriptors: int, threads: int) -> Minute:
    return Minute(0, rss_mib, descriptors, threads, 0, 0.0, 0, 0, 0, 0.0, 0.0)


def test_what_grows_is_seen() -> None:
    steady = [minute(50 + number % 2, 9, 5) for number in range(40)]
    assert [each.holds for each in level(steady)] == [True, True, True]
    growing = [minute(50 + number / 8, 9 + number // 10, 5 + number // 10) for number in range(40)]
    assert [each.holds for each in level(growing)] == [False, False, False]
