"""Ids as people write them: several in one word, in files of any kind, and of a simulator those that it has."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from coinapi_idx_cli.catalogue import complete
from coinapi_idx_cli.catalogue.cache import Cache, IndexList, cache_folder
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.cli.options.connection_settings import DEFAULT_REST_URL
from coinapi_idx_cli.simulator import SIMULATOR, Simulator
from tests.catalogue.servers import KEY, http, scripted, the_list
from tests.cli.watch.endings import the_line
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run, run_here
from tests.transport.servers import answering, black_hole

BTC, ETH = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """As `idxstream simulate` runs it."""
    with Simulator(rate=200, server=SIMULATOR, api_key=KEY) as simulator:
        yield simulator


def watching(sim: Simulator, *arguments: str, stdin: bytes | None = None) -> Running:
    return run("watch", "--url", sim.url, "-n", "1", *arguments, env={"COINAPI_KEY": KEY}, stdin=stdin)


def asked_for(sim: Simulator) -> list[str]:
    peer = sim.wait_for_peer(sim.connections_made, timeout_s=GENEROUS_S)
    ids: list[str] = json.loads(peer.received[0])["subscribe_filter_index_id"]
    return ids


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        ([f"{BTC},{ETH}"], None),
        ([f"{BTC}, {ETH},"], None),
        (["--ids-from", "-"], f"{BTC},{ETH}".encode()),
        (["--ids-from", "-"], f"\ufeff{BTC} , {ETH} # both\r\n\r\n#{BTC}\n".encode()),
        ([BTC, "--ids-from", "-"], f"{ETH},{BTC}".encode()),
        (["*_PRIMKT_BTC_USD,*_PRIMKT_ETH_USD"], None),
    ],
)
def test_a_comma_separates_ids(sim: Simulator, arguments: list[str], stdin: bytes | None) -> None:
    done = watching(sim, *arguments, stdin=stdin)
    assert (done.wait(), done.err.lines) == (0, [])
    assert asked_for(sim) == [BTC, ETH]


def test_in_a_settings_file_and_for_the_list_too(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text(f"{BTC},{ETH}\n")
    (tmp_path / "config.toml").write_text(f'ids-from = "{tmp_path}/ids"\n')
    assert watching(sim, "--config", str(tmp_path / "config.toml")).wait() == 0
    assert asked_for(sim) == [BTC, ETH]
    listed = run("indexes", "--url", sim.url, f"{ETH},{BTC}", env={"COINAPI_KEY": KEY})
    assert listed.out.lines == [BTC, ETH]


@pytest.mark.parametrize("word", ["", ",", " , ", "two words", "IDX_\x1b[2J", "é", "A" * 201])
def test_what_is_not_an_id_is_a_usage_error(word: str) -> None:
    done = run_here("watch", "--url", "ws://127.0.0.1:1", "IDX_A", word)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "is not an index id" in done.err
    assert len(done.err) < 500


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x00",
        b"IDX_A\x00IDX_B",
        b"\xff\xfeI\x00",
        b"x" * (1 << 20),
        b"a, b " * (1 << 18),
        b"I" * (5 << 20),
    ],
    ids=["program", "zero byte", "utf-16", "one long line", "many words", "huge"],
)
def test_a_file_of_something_else_is_a_usage_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "ids").write_bytes(content)
    done = run_here("watch", "--url", "ws://127.0.0.1:1", "--ids-from", str(tmp_path / "ids"))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert len(done.err) < 600


@pytest.mark.parametrize("source", ["/dev/zero", "/dev/urandom"])
def test_a_device_without_an_end_ends(source: str) -> None:
    assert source in the_line(run("watch", "--demo", "--ids-from", source), 2)


def test_stdin_without_an_end_ends() -> None:
    command = [*COMMAND, "watch", "--demo", "--ids-from", "-"]
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(command, stdin=endless, capture_output=True, env=environment(), timeout=GENEROUS_S)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_a_simulator_says_that_it_is_one() -> None:
    assert SIMULATOR.startswith(complete.SIMULATOR)


def test_an_id_that_a_simulator_does_not_have_opens_no_connection(sim: Simulator) -> None:
    before = sim.connections_made
    line = the_line(watching(sim, BTC, "IDX_REFRATE_PRIMKT_BTX_USD"), 2)
    assert "the simulator has no index IDX_REFRATE_PRIMKT_BTX_USD; did you mean IDX_REFRATE_PRIMKT_BTC_USD" in line
    line = the_line(watching(sim, ",".join(f"IDX_{number}" for number in range(7))), 2)
    assert "the simulator has no indexes IDX_0, IDX_1, IDX_2 and 4 more; for IDX_0: did you mean" in line
    assert sim.connections_made == before


@pytest.mark.parametrize("index_id", ["IDX_REFRATE_VWAP_BTX", "idx_refrate_vwap_btx"])
def test_nor_does_the_demo_watch_it(index_id: str) -> None:
    line = the_line(run("watch", "--demo", index_id), 2)
    assert f"the simulator has no index {index_id.upper()}; did you mean IDX_REFRATE_VWAP_BTC" in line


def test_a_list_of_a_simulator_that_is_not_to_be_had_does_not_keep_from_watching(sim: Simulator) -> None:
    sim.answer_rest_with(500)
    try:
        assert watching(sim, BTC).wait() == 0
    finally:
        sim.answer_rest_with(None)


def test_another_server_on_this_machine_may_have_more_than_its_list() -> None:
    with Simulator(rate=0) as other, Running("watch", "--url", other.url, "-n", "1", "IDX_NEW") as running:
        other.wait_for_peer(timeout_s=GENEROUS_S)
        other.publish("IDX_NEW", 1)
        assert (running.wait(), running.err.lines) == (0, [])


def answered(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nServer: {SIMULATOR}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: other\r\n\r\n[]", answered("401 Unauthorized", b"[]")),
        *(answered("200 OK", body) for body in (b"", b"[]", b"{}", b"[" * 9999, b'[{"id":"-x"}]', b" " * (2 << 20))),
    ],
)
def test_who_does_not_answer_as_a_simulator_is_not_one(answer: bytes) -> None:
    with answering(answer) as port:
        assert complete.all_indexes(RestServer(f"http://127.0.0.1:{port}", timeout_s=GENEROUS_S)) is None


def test_a_silent_server_is_not_waited_for() -> None:
    with black_hole() as port:
        assert complete.all_indexes(RestServer(f"http://127.0.0.1:{port}", timeout_s=0.05)) is None


def test_short_names_are_ids(sim: Simulator) -> None:
    assert watching(sim, "btc_usd,Eth_Usd", "idx_refrate_vwap_btc").wait() == 0
    assert asked_for(sim) == [BTC, ETH, "IDX_REFRATE_VWAP_BTC"]
    assert watching(sim, "--ids-from", "-", stdin=b"btc # the VWAP\n").wait() == 0
    assert asked_for(sim) == ["IDX_REFRATE_VWAP_BTC"]


def test_a_short_name_in_the_settings_too(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('ids = ["btc_usd"]\n[profile.vol]\nids = ["capivix_btc_usd"]\n')
    assert watching(sim, "--config", str(tmp_path / "config.toml")).wait() == 0
    assert asked_for(sim) == [BTC]
    assert watching(sim, "--config", str(tmp_path / "config.toml"), "--profile", "vol").wait() == 0
    assert asked_for(sim) == ["IDX_VOL_CAPIVIX_BTC_USD"]


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("btx_usd", "no index is called 'btx_usd'; did you mean IDX_REFRATE_PRIMKT_BTC_USD"),
        ("usd", "'usd' may be any of "),
        ("idx_refrate_vwap_btx", "the simulator has no index IDX_REFRATE_VWAP_BTX; did you mean IDX_REFRATE_VWAP_BTC"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_opens_no_connection(sim: Simulator, word: str, line: str) -> None:
    before = sim.connections_made
    assert line in the_line(watching(sim, word), 2)
    assert sim.connections_made == before


def keep(*ids: str, age_s: float = 0) -> None:
    """The list of the vendor, as it was fetched."""
    latest = IndexList(DEFAULT_REST_URL, time.time() - age_s, None, ids)
    Cache(cache_folder(os.environ)).store(latest, "rest-api.indexes.coinapi.io")


def of_a_feed_that_is_no_simulator(*arguments: str) -> tuple[list[str], list[str]]:
    """What it subscribes to, and stderr."""
    with Simulator(rate=500) as feed, Running("watch", "--url", feed.url, "-n", "1", *arguments) as running:
        peer = feed.wait_for_peer(timeout_s=GENEROUS_S)
        ids: list[str] = json.loads(peer.received[0])["subscribe_filter_index_id"]
        running.interrupt()
        running.wait()
        return ids, running.err.lines


def test_the_list_may_be_older_than_an_index() -> None:
    keep(BTC, ETH)
    asked, told = of_a_feed_that_is_no_simulator("--rest-url", DEFAULT_REST_URL, "btc_usd", "IDX_NEW", "idx_newer")
    assert asked == [BTC, "IDX_NEW", "IDX_NEWER"]
    assert [line.partition("; ")[0] for line in told if "warning" in line] == [
        "idxstream: warning: IDX_NEW is not in the list of indexes",
        "idxstream: warning: IDX_NEWER is not in the list of indexes",
    ]


def test_an_exact_id_costs_no_request_and_a_short_name_one() -> None:
    with scripted(the_list(BTC, ETH)) as there:
        assert of_a_feed_that_is_no_simulator("--rest-url", there.url, BTC)[0] == [BTC]
        assert there.requests == []
        assert of_a_feed_that_is_no_simulator("--rest-url", there.url, "eth_usd")[0] == [ETH]
        assert of_a_feed_that_is_no_simulator("--rest-url", there.url, "btc_usd,eth_usd")[0] == [BTC, ETH]
        assert len(there.requests) == 1


@pytest.mark.parametrize(("status", "code"), [(401, 3), (404, 4), (500, 5)])
def test_when_the_list_cannot_be_had(sim: Simulator, status: int, code: int) -> None:
    with Simulator(rate=500) as feed, scripted(http(status)) as there:
        url = ("--url", feed.url, "--rest-url", there.url)
        assert there.url.removeprefix("http://") in the_line(run("watch", *url, "btc_usd"), code)
        assert feed.connections_made == 0


def test_an_old_list_is_used_when_its_server_is_away() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        nobody = f"http://127.0.0.1:{listening.getsockname()[1]}"
    latest = IndexList(nobody, time.time() - 10 * 86_400, None, (BTC,))
    Cache(cache_folder(os.environ)).store(latest, "127.0.0.1")
    asked, (warning, *_) = of_a_feed_that_is_no_simulator("--rest-url", nobody, "btc_usd")
    assert asked == [BTC]
    assert "using the saved list, 10 days old" in warning
