"""Globs, against a second opinion; and which ids come nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.catalogue.match import did_you_mean, is_pattern, matching, nearest
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.simulator.catalogue import catalogue

IDS = tuple(index.id for index in catalogue(2000))
LETTERS = "AB_"


def fits(glob: str, text: str) -> bool:
    """What a shell means by it, letter by letter."""
    if not glob:
        return not text
    if glob[0] == "*":
        return any(fits(glob[1:], text[start:]) for start in range(len(text) + 1))
    if glob[0] == "[" and (end := glob.find("]", 3 if glob[1:2] == "!" else 2)) > 0:
        inside, wanted = glob[1:end].removeprefix("!"), not glob[1:end].startswith("!")
        return bool(text) and (text[0] in inside) is wanted and fits(glob[end + 1 :], text[1:])
    return bool(text) and glob[0] in ("?", text[0]) and fits(glob[1:], text[1:])


PIECES = st.sampled_from(["*", "?", "[A]", "[!A]", "[B_]", "[!AB]", *LETTERS])


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1))
def test_a_glob_means_what_it_means_in_a_shell(glob: str, ids: list[str]) -> None:
    expected = [index_id for index_id in ids if fits(glob, index_id)]
    if expected:
        assert matching(glob, ids) == expected
    else:
        with pytest.raises(UsageError, match="no index is called"):
            matching(glob, ids)


def test_letters_are_compared_as_they_are() -> None:
    assert matching("IDX_VOL_*_[A-E]*_USD", IDS) == [f"IDX_VOL_CAPIVIX_{name}_USD" for name in ("BTC", "ETH", "BNB")]
    with pytest.raises(UsageError, match="did you mean IDX_VOL_CAPIVIX"):
        matching("idx_vol_*", IDS)


@pytest.mark.parametrize(
    ("word", "expected"), [("IDX_*", True), ("A?", True), ("[A]B", True), ("A]", False), ("A", False)]
)
def test_what_is_a_pattern(word: str, expected: bool) -> None:
    assert is_pattern(word) is expected


@pytest.mark.parametrize(
    "word",
    [
        "IDX_REFRATE_PRIMKT_BTC_USD",
        "idx_refrate_primkt_btc_usd",
        "IDX_REFRATE_PRIMKT_BTCUSD",
        "IDX_REFRATE_PRMKT_BTC_USD",
        "IDX_REFRATE_PRIMKT_BTC_*_USD",
    ],
)
def test_the_nearest_id_comes_first(word: str) -> None:
    assert nearest(word, IDS)[0] == "IDX_REFRATE_PRIMKT_BTC_USD"


@given(st.text("ABC_*[", max_size=8), st.lists(st.text("ABC_", min_size=1, max_size=8), unique=True))
def test_there_are_always_as_many_as_there_can_be(word: str, ids: list[str]) -> None:
    found = nearest(word, ids)
    assert len(set(found)) == len(found) == min(3, len(ids))
    assert set(found) <= set(ids)


def test_the_question_also_of_one_and_of_two() -> None:
    assert did_you_mean("A", ["AB"]) == "did you mean AB?"
    assert did_you_mean("A", ["AB", "ABC"]) == "did you mean AB or ABC?"
    assert did_you_mean("A", ["AB", "ABC", "ABCD"]) == "did you mean AB, ABC or ABCD?"
