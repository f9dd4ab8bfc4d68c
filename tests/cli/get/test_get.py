"""`idxstream get`: the current values from the feed, in the order asked, and what is said of those that do not come."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import SIMULATOR, Simulator
from tests.cli.watch.endings import the_line
from tests.harness import GENEROUS_S, Running, run
from tests.transport.servers import black_hole

BTC, ETH, VWAP = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD", "IDX_REFRATE_VWAP_BTC"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """It says only what it is told to."""
    with Simulator(rate=0, server=SIMULATOR) as simulator:
        yield simulator


def getting(sim: Simulator, *arguments: str) -> Running:
    return Running("get", "--url", sim.url, "--timeout", str(GENEROUS_S), *arguments)


def publish(sim: Simulator, *index_ids: str) -> None:
    """To the first connection, when its hello came."""
    sim.wait_for_peer(timeout_s=GENEROUS_S)
    for number, index_id in enumerate(index_ids):
        sim.publish(index_id, 1.5 + number)


def test_of_one_id_the_value_alone(sim: Simulator) -> None:
    with getting(sim, "btc_usd") as running:
        publish(sim, BTC, BTC)
        assert (running.wait(), running.out.lines, running.err.lines) == (0, ["1.5"], [])


def test_of_several_each_with_its_id_in_the_order_asked(sim: Simulator) -> None:
    with getting(sim, "btc,eth_usd", BTC, "eth_usd") as running:
        publish(sim, BTC, BTC, ETH, BTC, VWAP)
        assert running.wait() == 0
        assert running.out.lines == [f"{VWAP}\t5.5", f"{ETH}\t3.5", f"{BTC}\t1.5"]


@pytest.mark.parametrize("shape", ["ndjson", "csv"])
def test_as_messages_and_as_rows(sim: Simulator, shape: str) -> None:
    with getting(sim, ETH, BTC, "-f", shape) as running:
        publish(sim, BTC, ETH)
        assert running.wait() == 0
        if shape == "csv":
            assert running.out.lines[0] == "time_coinapi,index_id,value"
            found = [tuple(line.split(",")[1:]) for line in running.out.lines[1:]]
        else:
            messages = [json.loads(line) for line in running.out.lines]
            assert all(list(message) == ["type", "index_id", "time_coinapi", "value"] for message in messages)
            found = [(message["index_id"], str(message["value"])) for message in messages]
        assert found == [(ETH, "2.5"), (BTC, "1.5")]


def test_forty_ids_take_one_connection_and_one_hello() -> None:
    with Simulator(rate=5000, server=SIMULATOR, extra_ids=100) as sim:
        ids = sim.index_ids[-40:]
        done = run("get", "--url", sim.url, "--timeout", str(GENEROUS_S), *ids)
        assert (done.process.returncode, [line.partition("\t")[0] for line in done.out.lines]) == (0, list(ids))
        assert sim.connections_made == 1
        (hello, *others) = sim.wait_for_peer(timeout_s=GENEROUS_S).received
    assert json.loads(hello)["subscribe_filter_index_id"] == list(ids)
    assert others == []


def test_what_does_not_come_in_time_is_named_and_the_rest_is_there(sim: Simulator) -> None:
    with Running("get", "--url", sim.url, "--timeout", "3s", BTC, ETH, VWAP) as running:
        publish(sim, ETH)
        assert (running.wait(), running.out.lines) == (5, [f"{ETH}\t1.5"])
    assert running.err.lines == [f"idxstream: no value of {BTC}, {VWAP} within 3 s; raise --timeout"]


def test_quiet_or_not_the_missing_ones_are_named(sim: Simulator) -> None:
    assert f"no value of {BTC}" in the_line(run("get", "-q", "--url", sim.url, "--timeout", "0.2", BTC), 5)


def test_a_connection_that_breaks_is_made_again(sim: Simulator) -> None:
    with getting(sim, BTC, ETH) as running:
        publish(sim, BTC)
        sim.drop()
        sim.wait_for_peer(2, timeout_s=GENEROUS_S)
        sim.publish(ETH, 2.5)
        assert running.wait() == 0
        assert running.out.lines == [f"{BTC}\t1.5", f"{ETH}\t2.5"]


def test_when_nobody_is_there() -> None:
    done = run("get", "--url", "ws://127.0.0.1:1", "--timeout", "1s", BTC)
    assert (done.process.returncode, done.out.lines) == (5, [])
    assert f"no value of {BTC}: " in done.err.lines[-1]
    assert "127.0.0.1:1" in done.err.lines[-1]


def test_a_key_that_is_refused_is_an_error_of_its_own() -> None:
    with Simulator(api_key="another", server=SIMULATOR) as sim:
        done = run("get", "--url", sim.url, BTC, env={"COINAPI_KEY": "a-key-for-tests"})
    assert "Invalid API key" in the_line(done, 3)


def test_a_signal_ends_it_after_what_came(sim: Simulator) -> None:
    with getting(sim, BTC, ETH, "-v") as running:
        running.err.wait_for(1)  # the one that says that it is connected
        publish(sim, BTC)
        running.interrupt(signal.SIGTERM)
        assert (running.wait(), running.out.lines) == (143, [f"{BTC}\t1.5"])


def test_without_ids_the_watch_list(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'ids = ["btc_usd"]\nfields = ["value"]\n[profile.desk]\nids = ["eth_usd,btc"]'
    )
    with getting(sim, "--config", str(tmp_path / "config.toml"), "--profile", "desk") as running:
        publish(sim, BTC, ETH, VWAP)
        assert running.wait() == 0
        assert running.out.lines == [f"{ETH}\t2.5", f"{VWAP}\t3.5"]
    assert "no index ids given; name some" in the_line(run("get", "--demo"), 2)


def test_the_demo_has_values_too() -> None:
    done = run("get", "--demo", "btc_usd")
    assert done.process.returncode == 0
    assert float(done.out.text) > 0


def test_a_list_server_that_never_answers_takes_no_longer_than_the_timeout(sim: Simulator) -> None:
    with Simulator(rate=0) as feed, black_hole() as port:
        done = run("get", "--url", feed.url, "--rest-url", f"http://127.0.0.1:{port}", "--timeout", "500ms", "btc_usd")
        assert f"127.0.0.1:{port} did not answer within 0.5 s" in the_line(done, 5)
        assert feed.connections_made == 0
