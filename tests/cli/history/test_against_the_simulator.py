"""The simulator's past, which shares no code with this side: whatever its habits are, what was published comes out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest

from coinapi_idx_cli.simulator import RestFault, RestHabits, Simulator
from tests.harness import run_here

ID = "IDX_REFRATE_PRIMKT_BTC_USD"
HEAD = "time_coinapi,index_id,value,source"
RATE = 7  # values a second
HABITS = [
    RestHabits(),
    RestHabits(order="ascending"),
    RestHabits(order="shuffled"),
    RestHabits(at_most=30),
    RestHabits(keeps="oldest"),
    RestHabits(keeps="oldest", at_most=30, order="ascending"),
    RestHabits(is_end_included=True),
    RestHabits(is_end_included=True, keeps="oldest", at_most=45),
    RestHabits(coding="gzip chunked"),
]


def publish(sim: Simulator, count: int) -> list[str]:
    """Values at fractions of seconds; returns the rows of history that they become."""
    rows = []
    for number in range(count):
        second, part = divmod(number, RATE)
        minute = f"2026-01-02T10:{second // 60:02}:{second % 60:02}"
        sim.publish(ID, f"{number}.25", f"{minute}.{part * 1_000_000 + 7:07}Z")
        rows.append(f"{minute}.0000000Z,{ID},{number}.25,rest")
    return rows


def history(sim: Simulator, *arguments: str) -> list[str]:
    ended = run_here("history", ID, "--rest-url", sim.rest_url, "-f", "csv", *arguments)
    assert ended.code == 0, ended.err
    return ended.out.splitlines()


def in_seconds(rows: Sequence[str]) -> list[list[str]]:
    """Those of one second in any order."""
    return [sorted(of_one) for _, of_one in groupby(rows, key=lambda row: row[:19])]


@pytest.mark.parametrize("habits", HABITS, ids=str)
def test_values_come_out_whatever_the_server_does(habits: RestHabits) -> None:
    with Simulator(rate=0) as sim:
        rows = publish(sim, 900)
        sim.rest.habits = habits
        head, *found = history(sim, "--since", "2026-01-02T10:00:00", "--until", "2026-01-02T11:00:00")
        part = history(sim, "--since", "2026-01-02T10:00:20", "--until", "2026-01-02T10:01:00")[1:]
    assert head == HEAD
    wanted = [row for row in rows if "10:00:20" <= row[11:19] < "10:01:00"]
    if habits.order == "shuffled":
        assert (in_seconds(found), in_seconds(part)) == (in_seconds(rows), in_seconds(wanted))
    else:
        assert (found, part) == (rows, wanted)


@pytest.mark.parametrize("habits", [*HABITS, RestHabits(null_bars=True)], ids=str)
def test_bars_come_out_whatever_the_server_does(habits: RestHabits) -> None:
    with Simulator(rate=0) as sim:
        rows = publish(sim, 900)
        sim.publish(ID, "5.5", "2026-01-02T10:30:30.0000000Z")
        sim.rest.habits = habits
        found = history(sim, "--since", "2026-01-02T10:00:00", "--until", "2026-01-02T11:00:00", "--period", "1SEC",
                        "--max-calls", "5000")[1:]  # fmt: skip
    begins = [row.split(",")[1] for row in found]
    assert begins == [*dict.fromkeys(row.split(",")[0] for row in rows), "2026-01-02T10:30:30.0000000Z"]
    assert {row.split(",")[7] for row in found[:-2]} == {str(RATE)}
    assert all(row.endswith(",true,rest") for row in found)


@pytest.mark.slow
def test_answers_that_are_cut_slow_or_refused_in_between() -> None:
    cuts = [RestFault(cut_after=0.5), RestFault(cut_after=0.0, how="rst"), RestFault(pause_s=0.02), None]
    refusals = [RestFault(status=429, headers={"Retry-After": "1"}, text="slow down"), RestFault(status=503), None]
    with Simulator(rate=0) as sim:
        rows = publish(sim, 900)
        sim.rest.fail_next(*cuts, *refusals, *cuts)
        found = history(sim, "--since", "2026-01-02T10:00:00", "--until", "2026-01-02T11:00:00")[1:]
    assert found == rows


def test_a_quota_that_ends_ends_the_run_with_what_came() -> None:
    with Simulator(rate=0, rest_calls=5) as sim:
        publish(sim, 900)
        arguments = ("--since", "2026-01-02T10:00:00", "--until", "2026-01-02T11:00:00")
        ended = run_here("history", ID, "--rest-url", sim.rest_url, "-f", "csv", *arguments)
    assert ended.code == 5
    assert 100 < len(ended.out.splitlines()) < 600
    assert "Quota exceeded" in ended.err or "is used up" in ended.err


def test_two_days_of_hours_cost_one_call() -> None:
    with Simulator(rate=200) as sim:
        arguments = ("--since", "10d", "--until", "8d", "--period", "1HRS", "-f", "csv")
        ended = run_here("history", "btc_usd", "--rest-url", sim.rest_url, *arguments)
        assert (ended.code, len(sim.rest.asked)) == (0, 1)
    assert len(ended.out.splitlines()) == 49
