"""`idxstream indexes` from the outside: a real process, real servers, the cache of a user who was just made up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli.catalogue.cache import Cache, IndexList, cache_folder
from coinapi_idx_cli.cli.indexes.family_table import table
from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import KEY, http, scripted, the_list
from tests.cli.watch.endings import the_line
from tests.completions.terminal import Terminal
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run

NOBODY = "http://127.0.0.1:1"


def indexes(rest_url: str, *arguments: str, env: dict[str, str] | None = None) -> Running:
    return run("indexes", "--rest-url", rest_url, *arguments, env=env)


def keep(rest_url: str, *ids: str, fetched_s: float = 1e6) -> None:
    cache = Cache(cache_folder(os.environ))
    cache.store(IndexList(rest_url, fetched_s, None, ids), "rest.example")


def test_one_id_a_line_in_a_pipe() -> None:
    with Simulator(rate=0, api_key=KEY, extra_ids=7700) as sim:
        done = indexes(sim.rest_url, env={"COINAPI_KEY": KEY})
    assert (done.wait(), done.out.lines, done.err.lines) == (0, sorted(sim.index_ids), [])


def test_globs_and_formats() -> None:
    with Simulator(rate=0) as sim:
        plain = indexes(sim.rest_url, "*_CAPIVIX_[BE]*", "IDX_REFRATE_VWAP_BTC", "*_BTC")
        ids = ["IDX_REFRATE_PRIMKT_ETH_BTC", "IDX_REFRATE_VWAP_BTC"]
        ids += [f"IDX_VOL_CAPIVIX_{asset}_USD" for asset in ("BNB", "BTC", "ETH")]
        assert (plain.wait(), plain.out.lines) == (0, ids)
        assert indexes(sim.rest_url, *ids, "-f", "csv").out.lines == ["id", *ids]
        assert indexes(sim.rest_url, *ids, "-f", "ndjson").out.lines == [f'{{"id":"{index_id}"}}' for index_id in ids]


def test_a_word_finds_all_that_contain_it_whatever_its_case() -> None:
    with scripted(the_list("IDX_A_DOGE_USD", "IDX_B_BTC", "IDX_DOGEX", "IDX_C")) as there:
        assert indexes(there.url, "doge").out.lines == ["IDX_A_DOGE_USD", "IDX_DOGEX"]
        assert indexes(there.url, "oge_,*_BTC").out.lines == ["IDX_A_DOGE_USD", "IDX_B_BTC"]
        assert "no index has 'dogs' in its name; did you mean IDX_DOGEX" in the_line(indexes(there.url, "dogs"), 2)


def test_the_list_is_kept_and_asked_for_anew_on_request() -> None:
    with scripted(the_list("IDX_A"), the_list("IDX_B")) as there:
        lines = [indexes(there.url, *more).out.lines for more in ((), (), ("--refresh",), ())]
        assert (lines, len(there.requests)) == ([["IDX_A"], ["IDX_A"], ["IDX_B"], ["IDX_B"]], 2)


def test_the_list_of_one_server_is_not_that_of_another() -> None:
    with scripted(the_list("IDX_A")) as one, scripted(the_list("IDX_B")) as other:
        assert [indexes(there.url).out.lines for there in (one, other, one)] == [["IDX_A"], ["IDX_B"], ["IDX_A"]]


def test_the_list_is_where_completion_looks(tmp_path: Path) -> None:
    with scripted(the_list("IDX_B", "IDX_A")) as there:
        url = f"http://0.0.0.0:{there.port}"  # not taken for loopback, whose ids are made up
        assert indexes(url, "--allow-plaintext", "--api-key", KEY).wait() == 0
    assert (cache_folder(os.environ) / "indexes.txt").read_text() == "IDX_A\nIDX_B\n"


def test_a_glob_that_matches_nothing() -> None:
    with Simulator(rate=0) as sim:
        line = the_line(indexes(sim.rest_url, "*_BTC_*", "IDX_VOL_CAPIVIX_BTX_*"), 2)
    assert line.startswith("idxstream: no index is called 'IDX_VOL_CAPIVIX_BTX_*'; did you mean IDX_VOL_CAPIVIX_BTC_")


def test_no_network_means_the_old_list_and_a_warning() -> None:
    keep(NOBODY, "IDX_OLD")
    done = indexes(NOBODY)
    assert (done.wait(), done.out.lines) == (0, ["IDX_OLD"])
    (line,) = done.err.lines
    assert line.startswith(
        "idxstream: warning: cannot connect to 127.0.0.1:1: Connection refused; using the saved list,"
    )
    quiet = indexes(NOBODY, "-q")
    assert (quiet.out.lines, quiet.err.lines) == (["IDX_OLD"], [])


def test_no_network_and_no_list() -> None:
    assert "Connection refused, and there is no saved list of indexes" in the_line(indexes(NOBODY), 5)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, 3, "check the key"),
        (403, 3, "idxstream doctor"),
        (404, 4, "check --rest-url"),
        (302, 4, "never followed"),
        (503, 5, "3 times"),
    ],
)
def test_refusals(status: int, code: int, words: str) -> None:
    with scripted(http(status, KEY, {"Location": "https://a.example"})) as there:
        assert words in the_line(indexes(there.url, "--api-key", KEY), code)


def test_no_key_no_request_unless_the_list_is_kept() -> None:
    env = {"https_proxy": NOBODY}
    line = the_line(run("indexes", env=env), 3)
    assert "no API key for the list of indexes" in line
    assert "COINAPI_KEY" in line
    keep("https://rest-api.indexes.coinapi.io", "IDX_A", fetched_s=_now_s())
    done = run("indexes", env=env)
    assert (done.wait(), done.out.lines) == (0, ["IDX_A"])


def test_the_list_is_that_of_a_feed_on_this_machine() -> None:
    with Simulator(rate=0) as sim:
        ids = indexes(sim.rest_url).out.lines
        for arguments, env in (["--url", sim.url], {}), ([], {"IDXSTREAM_URL": sim.url}):
            assert run("indexes", *arguments, env=env).out.lines == ids
        line = the_line(run("indexes", "--url", "ws://feed.example", env={"https_proxy": NOBODY}), 3)
        assert "no API key for the list of indexes" in line


def test_a_server_here_that_wants_a_key() -> None:
    with Simulator(rate=0, api_key=KEY) as sim:
        line = the_line(indexes(sim.rest_url), 3)
        assert (
            "says: Invalid API key (HTTP 401 Unauthorized); no key was sent; set COINAPI_KEY, or --api-key-file" in line
        )
        line = the_line(run("watch", "--all", "--url", sim.url), 3)
        assert "says: Invalid API key; no key was sent; set COINAPI_KEY, or --api-key-file" in line


def _now_s() -> float:
    import time

    return time.time()


def test_the_key_goes_to_no_other_machine_in_the_clear() -> None:
    with scripted(the_list()) as there:
        url = f"http://0.0.0.0:{there.port}"
        assert "in the clear" in the_line(indexes(url, "--api-key", KEY), 2)
        line = the_line(run("indexes", env={"IDXSTREAM_REST_URL": url, "COINAPI_KEY": KEY}), 2)
        assert "in the clear" in line
        assert there.requests == []
        assert indexes(url, "--api-key", KEY, "--allow-plaintext").wait() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rest-url", "ws://localhost"], "is not a https:// URL"),
        (["--rest-url", f"https://a.example/?apikey={KEY}"], "holds a key"),
        (["--api-key", KEY, "--api-key-file", "x"], "both name a key"),
        (["-f", "table"], "needs a terminal"),
        (["-f", "yaml"], "auto, table, ndjson, csv"),
        (["--ca-file", "/none"], "cannot use --ca-file"),
    ],
)
def test_usage(arguments: list[str], words: str) -> None:
    assert words in the_line(run("indexes", *arguments), 2)


def test_a_key_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    with scripted(the_list()) as there:
        assert indexes(there.url, env={"COINAPI_KEY_FILE": str(file)}).wait() == 0
        assert indexes(there.url, "--refresh", "--api-key-file", str(file)).wait() == 0
        assert all(f"X-CoinAPI-Key: {KEY}\r\n".encode() in request for request in there.requests)
    assert "cannot read the key file" in the_line(indexes(there.url, "--api-key-file", str(tmp_path / "none")), 3)


def test_it_waits_as_the_server_asks_and_says_so() -> None:
    with scripted(http(429, headers={"Retry-After": "1"}), the_list("IDX_A")) as there:
        done = indexes(there.url)
    assert (done.wait(), done.out.lines) == (0, ["IDX_A"])
    (line,) = done.err.lines
    assert line.endswith("waiting for 1 s, as it asks")


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with scripted(the_list("IDX_A")) as there:
        done = indexes(there.url, env={"XDG_CACHE_HOME": str(tmp_path / "file"), "HOME": str(tmp_path / "file")})
    assert (done.wait(), done.out.lines) == (0, ["IDX_A"])
    assert "warning: cannot save the list of indexes" in done.err.text


def test_no_list_is_one_line() -> None:
    with scripted(http(200, '[{"id": "IDX_\\u001b]0;title\\u0007"}]')) as there:
        line = the_line(indexes(there.url), 4)
    assert "did not give a list of indexes" in line
    assert line.isprintable()


def test_head_ends_it_with_141_and_without_a_word() -> None:
    with Simulator(rate=0, extra_ids=100_000) as sim:
        script = " ".join([*COMMAND, f"indexes --rest-url {sim.rest_url} | head -n 1; echo ${{PIPESTATUS[0]}}"])
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=GENEROUS_S, env=environment(), check=False
        )
    assert (done.stdout, done.stderr) == ("IDX_REFRATE_PRIMKT_ADA_USD\n141\n", "")


def test_a_full_disk_and_a_closed_stdout() -> None:
    with scripted(the_list("IDX_A")) as there:
        for redirection in (">/dev/full", ">&-"):
            script = " ".join([*COMMAND, f"indexes --rest-url {there.url} {redirection}"])
            done = subprocess.run(
                ["bash", "-c", script], capture_output=True, text=True, timeout=GENEROUS_S, env=environment()
            )
            assert (done.returncode, len(done.stderr.splitlines())) == (6, 1)


def test_the_table_on_a_terminal(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim:
        arguments = ["indexes", "--rest-url", sim.rest_url, "*_BTC", "*_CAPIVIX_*"]
        env = environment({"TERM": "xterm", "LC_ALL": "C.UTF-8"})
        with Terminal([*COMMAND, *arguments], env, tmp_path) as terminal:
            screen = terminal.wait_for("IDX_VOL_CAPIVIX_XRP_USD")
    lines = screen.splitlines()
    assert lines[0] == "IDX_REFRATE_PRIMKT  principal market price, 1 index"
    assert lines[1] == "  IDX_REFRATE_PRIMKT_ETH_BTC"
    assert lines[6] == "IDX_VOL_CAPIVIX  30-day implied volatility, 6 indexes"
    assert len(lines[7].split()) > 3  # as many columns as there is room for


def test_the_table_holds_every_id_in_any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ["NEW", "IDX_REFRATE_VWAP_BTC", "IDX_VOL_CAPIVIX_BTC_USD", "IDX_REFRATE_VWAP_ETH"]
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    for columns in ("1", "40", "400"):
        monkeypatch.setenv("COLUMNS", columns)
        words = table(ids).split()
        assert sorted(word for word in words if word in ids) == sorted(ids)
        assert words[-1] == "NEW"
