"""Values of many indexes, batch by batch: compared with plain lists of each index."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from coinapi_idx_cli.audit.index_series import AllSeries, BackwardsRun, sortable_keys
from coinapi_idx_cli.protocol.times import parse_utc_ns

START = datetime(2026, 11, 21, 23, 59, 58, tzinfo=UTC)


def runs_of(rows: list[tuple[str, str, str]], chance: random.Random, series: AllSeries) -> list[BackwardsRun]:
    at, result = 0, []
    while at < len(rows):
        step = chance.randint(1, 20)
        ids, times, texts = zip(*rows[at : at + step], strict=True)
        result += series.add(ids, times, texts, list(map(float, texts)))
        at += step
    return result + list(series.finish())


def nanoseconds(text: str) -> int:
    time_ns = parse_utc_ns(text)
    assert time_ns is not None
    return time_ns


def time_text(tenths: int, chance: random.Random) -> str:
    moment = START + timedelta(seconds=tenths / 10)
    second = f"{moment:%Y-%m-%dT%H:%M:%S}.{tenths % 10}"
    usual, *others = (second + rest for rest in ("000000Z", "Z", "00000000Z", "+00:00"))
    return usual if chance.random() < 0.8 else chance.choice(others)


@pytest.mark.parametrize("seed", range(200))
def test_any_series(seed: int) -> None:
    chance = random.Random(seed)
    now, rows = 0, []
    for _ in range(chance.randint(1, 200)):
        now = max(0, now + (chance.randint(0, 3) if chance.random() < 0.93 else -chance.randint(1, 30)))
        number = chance.choice(["1", "1.0", "1e0", "-3.50", "1e5", "100000", f"{chance.random():.3f}"])
        rows.append((chance.choice("ABC"), time_text(now, chance), number))
    all_series = AllSeries()
    runs = runs_of(rows, chance, all_series)

    for index_id in {row[0] for row in rows}:
        own = [(nanoseconds(time), time, text) for name, time, text in rows if name == index_id]
        behind = [any(own[k][0] < own[j][0] for j in range(k)) for k in range(len(own))]
        lengths = [len(part) for part in "".join(".#"[is_behind] for is_behind in behind).split(".") if part]
        series = all_series.of[index_id]
        assert [run.values for run in runs if run.index_id == index_id] == [n for n in lengths if n >= 5]
        assert series.corrections == sum(n for n in lengths if n < 5)
        assert series.count == len(own)
        assert series.first_time == own[0][1]
        assert nanoseconds(series.last_time) == max(own)[0]
        assert series.least_text == min(own, key=lambda row: float(row[2]))[2]
        assert series.greatest_text == max(own, key=lambda row: float(row[2]))[2]


def test_a_run_says_where_it_went_back() -> None:
    times = [f"2026-11-21T00:00:0{second}.0000000Z" for second in (7, 8, 1, 2, 3, 4, 5, 9)]
    found = list(AllSeries().add(["A"] * 8, times, ["1"] * 8, [1.0] * 8))
    assert found == [BackwardsRun("A", times[1], times[2], 5)]


def test_keys_sort_as_moments_however_many_digits_they_have() -> None:
    texts = ["05", "05.0000001", "05.00000011", "05.0000002", "05.1", "05.10000001", "05.2000000", "06.000000000"]
    keys = [sortable_keys([f"2026-11-21T00:00:{text}Z"])[0] for text in texts]
    assert keys == sorted(set(keys))
