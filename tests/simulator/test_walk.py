from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.simulator.catalogue import CATALOGUE
from coinapi_idx_cli.simulator.walk import Walk


def test_the_same_seed_gives_the_same_values() -> None:
    assert Walk(CATALOGUE, 7).steps(500) == Walk(CATALOGUE, 7).steps(500)


def test_another_seed_gives_other_values() -> None:
    assert Walk(CATALOGUE, 7).steps(500) != Walk(CATALOGUE, 8).steps(500)


def test_no_seed_is_a_new_one_each_time() -> None:
    assert Walk(CATALOGUE, None).steps(500) != Walk(CATALOGUE, None).steps(500)


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=10))
def test_the_size_of_the_portions_changes_nothing(portions: list[int]) -> None:
    walk = Walk(CATALOGUE, 3)
    in_portions = [value for portion in portions for value in walk.steps(portion)]
    assert in_portions == Walk(CATALOGUE, 3).steps(sum(portions))


def test_values_stay_believable_over_a_long_walk() -> None:
    starts = {index.id: index.start for index in CATALOGUE}
    values = Walk(CATALOGUE, 1).steps(200_000)
    assert all(starts[index_id] * 0.5 < value < starts[index_id] * 2 for index_id, value in values)


def test_values_have_the_decimal_places_of_their_index() -> None:
    places = {index.id: index.decimals for index in CATALOGUE}
    assert all(value == round(value, places[index_id]) for index_id, value in Walk(CATALOGUE, 1).steps(2_000))


def test_every_index_moves_and_fast_ones_move_more() -> None:
    moves = [index_id for index_id, _ in Walk(CATALOGUE, 1).steps(20_000)]
    assert set(moves) == {index.id for index in CATALOGUE}
    assert moves.count("IDX_REFRATE_PRIMKT_BTC_USD") > 5 * moves.count("IDX_VOL_CAPIVIX_BTC_USD")
