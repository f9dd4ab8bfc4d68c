"""Globs in `watch`, and the word about ids that the list does not know."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import pytest

from coinapi_idx_cli.catalogue.cache import Cache, IndexList, cache_folder
from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import KEY, http, scripted, the_list
from tests.cli.watch.endings import the_line
from tests.harness import GENEROUS_S, Running, run

NOBODY = "http://127.0.0.1:1"
VOLATILITIES = [f"IDX_VOL_CAPIVIX_{asset}_USD" for asset in ("BNB", "BTC", "ETH", "LTC", "SOL", "XRP")]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(rate=0, extra_ids=600) as simulator:
        yield simulator


def watching(sim: Simulator, *arguments: str, rest_url: str | None = None) -> Running:
    return Running("watch", "--url", sim.url, "--rest-url", rest_url or sim.rest_url, *arguments)


def asked_for(sim: Simulator) -> list[str]:
    ids: list[str] = json.loads(sim.wait_for_peer(timeout_s=GENEROUS_S).received[0])["subscribe_filter_index_id"]
    return ids


def keep(rest_url: str, *ids: str, age_s: float = 0) -> None:
    Cache(cache_folder(os.environ)).store(IndexList(rest_url, time.time() - age_s, None, ids), "127.0.0.1")


def ends(running: Running) -> list[str]:
    """What was on stderr."""
    running.interrupt()
    assert running.wait() == 130
    return running.err.lines


def test_globs_become_ids_in_the_order_asked_for_each_once(sim: Simulator) -> None:
    arguments = ["IDX_REFRATE_VWAP_BTC", "IDX_VOL_*", "--ids-from", "-"]
    with Running(
        "watch", "--url", sim.url, "--rest-url", sim.rest_url, *arguments, stdin=b"IDX_*_CAPIVIX_BTC_*\n*P_ET[GH]\n"
    ) as running:
        assert asked_for(sim) == ["IDX_REFRATE_VWAP_BTC", *VOLATILITIES, "IDX_REFRATE_VWAP_ETH"]
        assert ends(running) == []


def test_the_values_of_a_glob_come(sim: Simulator) -> None:
    with watching(sim, "IDX_VOL_*_BTC_*", "-n", "1") as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        sim.publish("IDX_VOL_CAPIVIX_BTC_USD", 2)
        assert running.wait() == 0
        assert json.loads(running.out.text)["index_id"] == "IDX_VOL_CAPIVIX_BTC_USD"


def test_a_glob_that_matches_nothing_opens_no_connection(sim: Simulator) -> None:
    with watching(sim, "IDX_VOL_*", "IDX_VOL_CAPIVIX_DOGE_*") as running:
        line = the_line(running, 2)
    assert "no index is called 'IDX_VOL_CAPIVIX_DOGE_*'; did you mean IDX_VOL_CAPIVIX_" in line
    assert sim.connections_made == 0


def test_a_glob_for_many_says_how_many(sim: Simulator) -> None:
    with watching(sim, "*", "IDX_VOL_*") as running:
        assert asked_for(sim) == sorted(sim.index_ids)
        assert ends(running) == ["idxstream: '*' subscribes to 640 indexes; usage is metered"]


def test_an_id_that_a_fresh_list_lacks_is_subscribed_to_with_a_warning(sim: Simulator) -> None:
    keep(NOBODY, "IDX_REFRATE_VWAP_BTC", "IDX_REFRATE_VWAP_BTT")
    with watching(sim, "IDX_REFRATE_VWAP_BTC", "IDX_REFRATE_VWAP_BTX", rest_url=NOBODY) as running:
        assert asked_for(sim) == ["IDX_REFRATE_VWAP_BTC", "IDX_REFRATE_VWAP_BTX"]
        (line,) = ends(running)
    assert line == (
        "idxstream: warning: IDX_REFRATE_VWAP_BTX is not in the list of indexes; "
        "did you mean IDX_REFRATE_VWAP_BTC or IDX_REFRATE_VWAP_BTT?"
    )


def test_many_such_ids_are_not_all_named(sim: Simulator) -> None:
    keep(NOBODY, "IDX_A")
    with watching(sim, *(f"IDX_{number}" for number in range(30)), rest_url=NOBODY) as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        lines = ends(running)
    assert len(lines) == 4
    assert "27 more ids are not in the list of indexes" in lines[-1]


@pytest.mark.parametrize("age_s", [None, 90_000.0])
def test_for_plain_ids_nobody_is_asked_and_an_old_list_says_nothing(sim: Simulator, age_s: float | None) -> None:
    with scripted(the_list("IDX_A")) as there:
        if age_s is not None:
            keep(there.url, "IDX_A", age_s=age_s)
        with watching(sim, "IDX_B", rest_url=there.url) as running:
            assert asked_for(sim) == ["IDX_B"]
            assert ends(running) == []
        assert there.requests == []


def test_a_simulators_list_is_at_its_own_port(sim: Simulator) -> None:
    with Running("watch", "--url", sim.url, "IDX_VOL_*") as running:
        assert asked_for(sim) == VOLATILITIES
        assert ends(running) == []


def test_the_vendors_list_says_nothing_of_a_simulator(sim: Simulator) -> None:
    keep("https://rest-api.indexes.coinapi.io", "IDX_A")
    with Running("watch", "--url", sim.url, "IDX_B") as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        assert ends(running) == []


def test_no_network_means_the_old_list_and_a_warning(sim: Simulator) -> None:
    keep(NOBODY, "IDX_A", "IDX_B", age_s=90_000)
    with watching(sim, "IDX_*", "IDX_C", rest_url=NOBODY) as running:
        assert asked_for(sim) == ["IDX_A", "IDX_B", "IDX_C"]
        (line,) = ends(running)
    assert line.endswith("Connection refused; using the saved list, 1 day old")


@pytest.mark.parametrize(("status", "code"), [(401, 3), (404, 4), (302, 4), (500, 5)])
def test_the_refusal_of_the_list_ends_it(sim: Simulator, status: int, code: int) -> None:
    with scripted(http(status, KEY)) as there, watching(sim, "*", "--api-key", KEY, rest_url=there.url) as running:
        the_line(running, code)
    assert sim.connections_made == 0


def test_a_list_elsewhere_needs_a_key(sim: Simulator) -> None:
    line = the_line(run("watch", "--url", sim.url, "--rest-url", "https://rest.example", "IDX_*"), 3)
    assert "no API key for the list of indexes" in line


@pytest.mark.parametrize("auth", ["header", "query", "hello"])
def test_the_key_for_the_list_goes_into_the_header(sim: Simulator, auth: str) -> None:
    with scripted(the_list("IDX_A")) as there:
        with watching(sim, "*", "--auth", auth, "--api-key", KEY, rest_url=there.url):
            assert asked_for(sim) == ["IDX_A"]
        (request,) = there.requests
    assert request.startswith(b"GET /v1/indexes HTTP/1.1\r\n")
    assert f"X-CoinAPI-Key: {KEY}\r\n".encode() in request


def test_the_demo_has_a_list_of_its_own() -> None:
    done = run("watch", "--demo", "IDX_VOL_*", "-n", "3", "-f", "csv", "--no-header")
    assert (done.wait(), done.err.lines) == (0, [])
    assert {line.split(",")[1] for line in done.out.lines} <= set(VOLATILITIES)
    assert "no index is called 'IDX_NONE*'" in the_line(run("watch", "--demo", "IDX_NONE*"), 2)
    assert "contradict" in the_line(run("watch", "--demo", "--rest-url", NOBODY), 2)
