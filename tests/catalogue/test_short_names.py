"""Which index a short name means, and what is said when it is none or several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.catalogue.short_names import FIRST_MEANT, MOST_SHOWN, ShortNames, as_whole, needs_list
from coinapi_idx_cli.errors import UsageError

IDS = (
    "IDX_REFRATE_PRIMKT_BTC_EUR",
    "IDX_REFRATE_PRIMKT_BTC_USD",
    "IDX_REFRATE_PRIMKT_ETH_BTC",
    "IDX_REFRATE_PRIMKT_SHIB_USD",
    "IDX_REFRATE_VWAP_BTC",
    "IDX_REFRATE_VWAP_ETH",
    "IDX_VOL_CAPIVIX_BTC_USD",
    "IDX_VOL_CAPIVIX_ETH_USD",
    "IDX_VOL_OTHER_ETH_USD",
)


@pytest.mark.parametrize(
    ("name", "index_id"),
    [
        ("btc_usd", "IDX_REFRATE_PRIMKT_BTC_USD"),
        ("BTC_Usd", "IDX_REFRATE_PRIMKT_BTC_USD"),
        ("btc", "IDX_REFRATE_VWAP_BTC"),
        ("eth_btc", "IDX_REFRATE_PRIMKT_ETH_BTC"),
        ("capivix_btc_usd", "IDX_VOL_CAPIVIX_BTC_USD"),
        ("vol_capivix_btc_usd", "IDX_VOL_CAPIVIX_BTC_USD"),
        ("primkt_btc_usd", "IDX_REFRATE_PRIMKT_BTC_USD"),
        ("eur", "IDX_REFRATE_PRIMKT_BTC_EUR"),
        ("idx_refrate_vwap_eth", "IDX_REFRATE_VWAP_ETH"),
        ("IDX_REFRATE_VWAP_ETH", "IDX_REFRATE_VWAP_ETH"),
        ("tc_usd", None),
        ("btc_us", None),
        ("_btc", None),
        ("shib", None),
        ("", None),
    ],
)
def test_a_short_name_is_the_end_of_an_id(name: str, index_id: str | None) -> None:
    assert ShortNames(IDS).meant(name) == index_id


def test_of_several_all_are_named_to_choose_from() -> None:
    with pytest.raises(UsageError) as caught:
        ShortNames(IDS).meant("eth_usd")
    assert str(caught.value) == (
        "'eth_usd' may be any of 2 indexes; name one of IDX_VOL_CAPIVIX_ETH_USD and IDX_VOL_OTHER_ETH_USD"
    )


def test_of_very_many_twenty_are_named() -> None:
    ids = [f"IDX_X_{number}_USD" for number in range(100)]
    with pytest.raises(UsageError) as caught:
        ShortNames(ids).meant("usd")
    assert str(caught.value).count("IDX_") == MOST_SHOWN
    assert str(caught.value).endswith("idxstream indexes usd has 80 more")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("shib", "did you mean IDX_REFRATE_PRIMKT_SHIB_USD?"),
        ("vix_btc", "did you mean IDX_VOL_CAPIVIX_BTC_USD?"),
        ("btx_usd", "did you mean IDX_REFRATE_PRIMKT_BTC_USD"),
    ],
)
def test_of_none_the_nearest_are_named(name: str, hint: str) -> None:
    error = ShortNames(IDS).unknown(name)
    assert error.what == f"no index is called {name!r}"
    assert (error.hint or "").startswith(hint)


def test_without_any_ids_there_are_no_nearest() -> None:
    assert ShortNames(()).meant("btc") is None
    assert ShortNames(()).unknown("btc").hint == "idxstream indexes lists them"


def test_only_an_id_as_the_vendor_writes_it_needs_no_list() -> None:
    assert not needs_list("IDX_REFRATE_VWAP_BTC")
    assert all(map(needs_list, ("btc", "idx_refrate_vwap_btc", "IDX_*", "*", "Idx_a")))
    assert [as_whole(word) for word in ("idx_a", "Idx_b", "IDX_c", "btc")] == ["IDX_A", "IDX_B", "IDX_C", "btc"]


parts = st.lists(st.sampled_from(["A", "B", "USD", "1"]), min_size=1, max_size=3).map("_".join)
lists = st.lists(
    st.tuples(st.sampled_from([*FIRST_MEANT, "IDX_VOL_X_", "IDX_"]), parts).map("".join), unique=True, max_size=12
)


@given(lists, parts)
def test_it_is_what_the_rule_says_in_other_words(ids: list[str], name: str) -> None:
    ends = [index_id for index_id in ids if index_id.endswith("_" + name)]
    first = [head + name for head in FIRST_MEANT if head + name in ends]
    try:
        found = ShortNames(ids).meant(name.lower())
    except UsageError:
        assert len(ends) > 1
        assert not first
    else:
        assert found == (first[0] if len(ends) > 1 else ends[0] if ends else None)
