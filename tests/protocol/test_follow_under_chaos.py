"""Machines that capture one series into one log while everything fails: each value once, or a gap is written."""

from __future__ import annotations

import random
from itertools import pairwise

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.protocol.fake_log import Series, World, by_index, faults_of, value_text

SECONDS = 120.0


def world_of(seed: int, machines: int, *, skew_s: float = 2.0) -> tuple[World, Series]:
    world = World(seed)
    series = Series(random.Random(seed), indexes=6, seconds=SECONDS, rate=40.0)
    for number in range(machines):
        world.add("abc"[number], series, 0.05 + world.chance.random() * skew_s)
    return world, series


def settle(world: World) -> None:
    world.run(SECONDS + 180.0)


@pytest.mark.parametrize("machines", [1, 2, 3])
def test_without_a_fault_one_machine_writes_all(machines: int) -> None:
    world, series = world_of(1, machines)
    settle(world)
    assert faults_of(world, series) == []
    assert [block for block in world.log if block.control] == []
    assert sum(block.count for block in world.log) == len(series.values)
    assert len({block.machine for block in world.log}) == 1


def fault(world: World, kind: int) -> None:
    """To one machine, most often the writer."""
    chance = world.chance
    victims = world.writers if world.writers and chance.random() < 0.7 else world.machines
    machine = chance.choice(victims)
    [
        lambda: machine.kill(chance.random() * 3),
        lambda: machine.stop(chance.random() * 8),
        lambda: machine.lose_feed(chance.random() * 4),
        lambda: machine.disconnect(chance.random() * 3),
        lambda: world.go_down(chance.random() * 3),
    ][kind]()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("machines", [2, 3])
def test_one_fault_after_the_other_loses_nothing(machines: int, seed: int) -> None:
    world, series = world_of(seed, machines)
    at_s = 8.0
    while at_s < SECONDS - 20:
        world.at(at_s, lambda: fault(world, world.chance.randrange(5)))
        at_s += 18.0
    settle(world)
    assert faults_of(world, series) == []
    assert [block for block in world.log if block.is_gap] == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("machines", [1, 2, 3])
def test_faults_upon_faults_leave_a_gap_wherever_something_is_missing(machines: int, seed: int) -> None:
    world, series = world_of(seed + 1000, machines)
    at_s = 3.0
    while at_s < SECONDS - 10:
        world.at(at_s, lambda: fault(world, world.chance.randrange(5)))
        at_s += world.chance.expovariate(0.4)
    settle(world)
    assert faults_of(world, series) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_log_that_forgets_is_written_again(seed: int) -> None:
    world, series = world_of(seed + 2000, 2)
    for at_s in (15.0, 40.0, 65.0, 90.0):

        def forget() -> None:
            if world.chance.random() < 0.5:
                world.chance.choice(world.machines).stop(world.chance.random() * 6)
            world.go_down(world.chance.random() * 2, forget=world.chance.randrange(200))

        world.at(at_s, forget)
    settle(world)
    assert faults_of(world, series) == []
    assert [block for block in world.log if block.is_gap] == []


@given(st.integers(0, 2**32), st.integers(1, 3), st.floats(0.0, 4.0))
@example(2, 2, 3.125)  # two begin to write an empty stream, and the one that was too late has lost what it had before
@settings(max_examples=25, deadline=None)
@pytest.mark.slow
def test_whatever_happens_nothing_is_doubled_moved_or_missing_without_a_gap(
    seed: int, machines: int, skew_s: float
) -> None:
    world, series = world_of(seed, machines, skew_s=skew_s)
    at_s = 3.0
    while at_s < SECONDS - 10:
        world.at(at_s, lambda: fault(world, world.chance.randrange(5)))
        at_s += world.chance.expovariate(world.chance.choice([0.1, 0.4, 1.0]))
    settle(world)
    assert faults_of(world, series) == []


def regular(site: int, seconds: float) -> Series:
    """Each index every half second, with times and values of its own at each site."""
    series = Series(random.Random(site), indexes=1, seconds=0.0, rate=1.0)
    series.values = [
        (at, value_text(f"IDX_{index}", at + 0.013 * index, number * 10 + site))
        for number in range(int(seconds * 2))
        for index in range(4)
        for at in [1 + number * 0.5 + site * 0.21]
    ]
    return series


@pytest.mark.parametrize("seed", range(5))
def test_sites_that_differ_are_cut_by_time(seed: int) -> None:
    world = World(seed)
    for name, site in (("a", 0), ("b", 1)):
        world.add(name, regular(site, SECONDS), 0.1 + world.chance.random())
    for at_s in (15.0, 40.0, 65.0, 90.0):
        world.at(at_s, lambda: fault(world, world.chance.randrange(4)))
    settle(world)
    assert [block for block in world.log if block.is_gap] == []
    assert any("sites_differ" in machine.told for machine in world.machines)
    takeovers = sum(machine.told.count("writing") for machine in world.machines)
    assert takeovers > 1
    for texts in by_index(world.texts()).values():
        times = [orjson.loads(text)["time_coinapi"] for text in texts]
        assert times == sorted(times)
        steps = [seconds_of(after) - seconds_of(before) for before, after in pairwise(times)]
        assert max(steps) < 1.1, "more than a period is missing"
        assert sum(step < 0.45 for step in steps) <= takeovers, "more than a period is doubled"


def seconds_of(time: str) -> float:
    return int(time[14:16]) * 60 + float(time[17:-1])
