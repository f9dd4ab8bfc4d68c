"""`simulate --replay`: yesterday's capture as today's feed, for any client, with restarts on request."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Running, environment, run

HEAD = "time_coinapi,index_id,value\n"


def row(tenths: int, index_id: str, value: str = "1.50") -> str:
    return f"2026-11-26T09:{tenths // 600:02}:{tenths // 10 % 60:02}.{tenths % 10}000000Z,{index_id},{value}\n"


@contextmanager
def replaying(*arguments: str | Path) -> Iterator[tuple[Running, str]]:
    with Running("simulate", "--port", "0", *map(str, arguments)) as server:
        line = server.err.wait_until("simulator at")
        yield server, line.split("simulator at ")[1].split()[0]


def captured(url: str, output: Path, *arguments: str) -> bytes:
    """All that comes until the server closes."""
    done = run("watch", "--all", "--url", url, "-o", str(output), "-q", "--reconnect", "never", *arguments)
    assert done.wait() == 5
    assert "closed the connection: 1000" in done.err.text
    return output.read_bytes()


@pytest.mark.parametrize("name", ["x.csv", "x.ndjson"])
def test_what_was_captured_comes_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    first = tmp_path / name
    with Simulator(rate=5000, max_buffered=10**9) as sim:
        assert run("watch", "--all", "--url", sim.url, "-o", str(first), "-n", "20000").wait() == 0
    with replaying("--replay", first, "--speed", "max") as (server, url):
        assert captured(url, tmp_path / f"again-{name}") == first.read_bytes()
        assert server.wait() == 0


def test_several_files_in_order_of_time_at_a_pace_and_only_the_indexes_that_were_asked_for(tmp_path: Path) -> None:
    (tmp_path / "t-2.csv").write_text(HEAD + "".join(row(tenth, "IDX_A") for tenth in range(20, 40)))
    (tmp_path / "t-1.csv").write_text(
        HEAD + "".join(row(tenth, index) for tenth in range(20) for index in ("IDX_A", "IDX_B"))
    )
    with replaying("--replay", f"{tmp_path}/t-%u.csv", "--speed", "20") as (server, url):
        done = run("watch", "IDX_B", "--url", url, "--reconnect", "never", "-f", "csv", "-q")
        assert done.wait() == 5
        assert f"{done.out.text}\n" == HEAD + "".join(row(tenth, "IDX_B") for tenth in range(20))
        assert server.wait() == 0


def test_the_list_is_that_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEAD + row(0, "IDX_OF_MINE"))
    with replaying("--replay", tmp_path / "x.csv") as (_, url):
        assert run("indexes", "--url", url).out.lines == ["IDX_OF_MINE"]


def test_restarts_on_request_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "".join(row(tenth, f"IDX_{tenth % 7}", f"{tenth}.0") for tenth in range(3000)))
    faults = ("--restart-every", "1s", "--within", "900ms")
    with replaying("--replay", path, "--speed", "60", *faults) as (server, url):
        log = tmp_path / "events"
        done = run("watch", "--all", "--url", url, "-o", str(tmp_path / "y.csv"), "-n", "3000", "--event-log", str(log))
        assert done.wait() == 0
        assert server.wait() == 0
    assert (tmp_path / "y.csv").read_bytes() == path.read_bytes()
    assert any(json.loads(line)["event"] == "handover" for line in log.read_text().splitlines())


def test_a_client_of_others_reads_it_too(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEAD + "".join(row(tenth, "IDX_A", "67401.10") for tenth in range(50)))
    with replaying("--replay", tmp_path / "x.csv", "--speed", "max") as (server, url):
        hello = b'{"type":"hello","heartbeat":false,"subscribe_filter_index_id":["IDX_A"]}'
        websocat = Path(sys.executable).parent / "websocat"
        done = subprocess.run(
            [websocat, "-n", url], input=hello, capture_output=True, env=environment(), timeout=GENEROUS_S, check=False
        )
        lines = done.stdout.splitlines()
        assert len(lines) == 50
        assert (
            lines[0]
            == b'{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T09:00:00.0000000Z","value":67401.10}'
        )
        assert server.wait() == 0


def test_a_client_that_is_slow_holds_it_back(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "".join(row(n % 6000, "IDX_A", f"{n}") for n in range(300_000)))
    with replaying("--replay", path, "--speed", "max") as (server, url):
        done = run("watch", "--all", "--url", url, "-f", "csv", "-q", "-n", "300000")
        assert done.wait() == 0
        assert len(done.out.lines) == 300_001
        assert server.wait() == 0


def test_a_signal_ends_it_before_anybody_came(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEAD + row(0, "IDX_A"))
    with replaying("--replay", tmp_path / "x.csv") as (server, _):
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 143


@pytest.mark.parametrize("arguments", [["none.csv"], ["empty.csv"], ["x-%Y.csv"]])
def test_what_cannot_be_replayed_is_a_usage_error(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.csv").write_text(HEAD)
    monkeypatch.chdir(tmp_path)
    done = run("simulate", "--port", "0", "--replay", *arguments)
    assert done.wait() == 2
    assert len(done.err.lines) == 1


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "1e9"])
def test_a_speed_that_is_none(speed: str) -> None:
    assert run("simulate", "--replay", "x.csv", "--speed", speed).wait() == 2


def test_the_past_is_that_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "".join(row(tenth, "IDX_OF_MINE", f"{tenth}.5") for tenth in range(50)))
    with (
        replaying("--replay", path) as (_, url),
        urlopen(f"{url.replace('ws', 'http', 1)}/v1/indexes/IDX_OF_MINE/history?limit=12") as answer,
    ):
        items = json.load(answer)
    assert [item["value"] for item in items] == [tenth + 0.5 for tenth in range(49, 37, -1)]
    assert [items[0]["timestamp"], items[-1]["timestamp"]] == ["2026-11-26T09:00:04+00:00", "2026-11-26T09:00:03+00:00"]


def test_the_past_and_its_quota_are_options() -> None:
    with replaying("--rate", "1", "--past", "1h", "--rest-calls", "1") as (_, url):
        rest = url.replace("ws", "http", 1)
        with urlopen(f"{rest}/v1/indexes/IDX_VOL_CAPIVIX_BTC_USD/history?limit=100") as answer:
            oldest = datetime.fromisoformat(json.load(answer)[-1]["timestamp"])
        with pytest.raises(HTTPError, match="429"):
            urlopen(f"{rest}/v1/indexes/IDX_VOL_CAPIVIX_BTC_USD/current")
    assert datetime.now(UTC) - oldest < timedelta(hours=2)
