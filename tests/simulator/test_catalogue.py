from __future__ import annotations

import re

from coinapi_idx_cli.simulator import DEMO_IDS
from coinapi_idx_cli.simulator.catalogue import CATALOGUE, catalogue

FAMILIES = (
    r"IDX_REFRATE_PRIMKT_[A-Z]+_[A-Z]+",
    r"IDX_REFRATE_VWAP_[A-Z]+",
    r"IDX_VOL_CAPIVIX_[A-Z]+_USD",
)


def test_about_forty_indexes_of_all_three_families() -> None:
    ids = [index.id for index in CATALOGUE]
    assert 35 <= len(ids) == len(set(ids)) <= 45
    for family in FAMILIES:
        assert sum(bool(re.fullmatch(family, index_id)) for index_id in ids) >= 5
    assert all(any(re.fullmatch(family, index_id) for family in FAMILIES) for index_id in ids)


def test_the_demo_shows_about_eight_of_them_bitcoin_first() -> None:
    assert len(DEMO_IDS) == len(set(DEMO_IDS)) == 8
    assert DEMO_IDS[0] == "IDX_REFRATE_PRIMKT_BTC_USD"
    assert set(DEMO_IDS) <= {index.id for index in CATALOGUE}


def test_volatility_indexes_move_more_rarely_than_prices() -> None:
    weights = {index.id: index.weight for index in CATALOGUE}
    assert weights["IDX_VOL_CAPIVIX_BTC_USD"] < weights["IDX_REFRATE_VWAP_BTC"] < weights["IDX_REFRATE_PRIMKT_BTC_USD"]


def test_extra_ids_are_all_different() -> None:
    ids = [index.id for index in catalogue(7_700)]
    assert len(set(ids)) == len(CATALOGUE) + 7_700
