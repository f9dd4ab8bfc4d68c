from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.simulator.catalogue import CATALOGUE
from coinapi_idx_cli.simulator.stretch import Stretch
from coinapi_idx_cli.simulator.walk import Walk

WALK = Walk(CATALOGUE, 7)
TURN = st.integers(min_value=-300_000_000, max_value=300_000_000)
INDEX = st.sampled_from([index.id for index in CATALOGUE])


@given(INDEX, TURN, st.integers(min_value=0, max_value=50), st.integers(min_value=1, max_value=50))
def test_a_turn_has_one_value_whatever_was_asked_before(index_id: str, turn: int, before: int, after: int) -> None:
    around = WALK.wave(index_id).values(turn - before, turn + after)
    assert len(around) == before + after
    assert WALK.wave(index_id).values(turn, turn + 1) == [around[before]]


@given(INDEX, TURN, st.integers(min_value=1, max_value=40_000))
def test_a_summary_is_of_the_values(index_id: str, turn: int, count: int) -> None:
    values = WALK.wave(index_id).values(turn, turn + count)
    assert WALK.wave(index_id).summary(turn, turn + count) == (values[0], max(values), min(values), values[-1])


@pytest.mark.parametrize("index", CATALOGUE, ids=lambda index: index.id)
def test_years_ago_values_are_believable_too(index: object) -> None:
    index_id = getattr(index, "id", "")
    start = next(found.start for found in CATALOGUE if found.id == index_id)
    _, greatest, least, _ = WALK.wave(index_id).summary(-400_000_000, 400_000_000)
    assert start * 0.6 < least < greatest < start * 1.6


def test_the_feed_takes_the_turns_that_can_be_asked_for() -> None:
    walk = Walk(CATALOGUE, 7)
    steps = walk.steps(3 * walk.steps_in_a_round + 17)
    for index in CATALOGUE:
        turns = walk.turns(index.id)
        assert turns is not None
        published = [value for index_id, value in steps if index_id == index.id]
        last = turns.before(walk.at)
        assert [round(value, index.decimals) for value in walk.wave(index.id).values(0, last)] == published
        assert [steps[turns.step(turn)][0] for turn in range(last)] == [index.id] * last


@given(INDEX, TURN)
def test_turns_and_steps_give_each_other(index_id: str, step: int) -> None:
    turns = WALK.turns(index_id)
    assert turns is not None
    turn = turns.before(step)
    assert turns.step(turn - 1) < step <= turns.step(turn)


@given(
    st.integers(min_value=-1_000_000, max_value=1_000_000),
    st.floats(min_value=1.0, max_value=1e8),
    st.integers(min_value=1, max_value=500),
    st.floats(min_value=-0.2, max_value=1.2),
)
def test_a_step_is_found_by_its_time(first: int, ticks_a_step: float, count: int, where: float) -> None:
    stretch = Stretch(first, 17_000_000_000_000_000, ticks_a_step, count)
    times = stretch.times(first, first + count)
    assert times == sorted(times)
    ticks = 17_000_000_000_000_000 + int(ticks_a_step * count * where)
    assert stretch.step_at(ticks) == first + sum(time < ticks for time in times)
    assert stretch.due(times[-1] + int(ticks_a_step)) >= count
