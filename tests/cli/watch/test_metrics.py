"""--metrics: the figures of a run, from the real command, with every kind of output."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.cli.watch.engine.streams import create
from tests.engine.nats_server import NatsServer
from tests.harness import COMMAND, GENEROUS_S, Running, run, run_here
from tests.monitoring.service_manager_socket import manager_socket
from tests.table.screens import terminal
from tests.table.test_jobs import running

INDEX = "IDX_REFRATE_VWAP_BTC"


def figures(path: Path) -> dict[str, float]:
    found = re.findall(r'^idxstream_(\w+)\{run="btc"(?:,quantile="([\d.]+)")?\} (\S+)$', path.read_text(), re.MULTILINE)
    return {f"{name} {quantile}".rstrip(): float(number) for name, quantile, number in found}


@contextmanager
def watching(sim: Simulator, path: Path, *arguments: str) -> Iterator[Running]:
    with Running("watch", "--all", "-f", "ndjson", "--url", sim.url, "--metrics", str(path), *arguments) as running:
        yield running


def test_the_figures_are_those_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "btc.prom"
    with Simulator(rate=100) as sim, watching(sim, path, "-n", "300") as running:
        assert running.wait() == 0
    found = figures(path)
    assert found["values_total"] == 300
    assert found["bytes_received_total"] > 300 * 80
    assert found["gaps_total"] == found["reconnects_total"] == found["malformed_total"] == found["connected"] == 0
    assert time.time() - 60 < found["last_value_timestamp_seconds"] <= time.time()
    assert 0 < found["delay_seconds_count"] <= 300
    assert -60 < found["delay_seconds 0.5"] <= found["delay_seconds 0.9"] <= found["delay_seconds 0.99"] < 60
    assert list(tmp_path.iterdir()) == [path]


def test_there_is_a_file_from_the_start_on_and_a_loss_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "btc.prom"
    with Simulator(rate=100) as sim, watching(sim, path) as running:
        wait_until(path.exists)
        assert figures(path)["values_total"] == 0
        running.out.wait_for(20)
        sim.wait_for_peer().send_text('{"type":"index"')
        running.err.wait_until("does not decode")
        sim.wait_for_peer().cut()
        running.err.wait_until("a gap of")
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    found = figures(path)
    assert found["values_total"] == len(running.out.lines)
    assert found["reconnects_total"] == found["gaps_total"] == found["malformed_total"] == 1
    assert found["gap_seconds_total"] > 0
    assert found["handovers_total"] == 0


def test_a_handover_is_no_reconnect(tmp_path: Path) -> None:
    path = tmp_path / "btc.prom"
    with Simulator(rate=100) as sim, watching(sim, path, "-v") as running:
        running.out.wait_for(20)
        sim.restart(within_s=2)
        running.err.wait_until("handed over")
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    found = figures(path)
    assert (found["handovers_total"], found["reconnects_total"], found["gaps_total"]) == (1, 0, 0)


@pytest.mark.parametrize(
    "arguments",
    [["-f", "csv"], ["--redundant"], ["--bars", "1s"], ["--alert", "gap"], ["-o", "{}/a.csv.gz", "-o", "-"]],
    ids=lambda arguments: arguments[0],
)
def test_every_output_has_them(tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / "btc.prom"
    filled = [each.format(tmp_path) for each in arguments]
    with Simulator(rate=100) as sim, watching(sim, path, *filled, "-n", "100") as running:
        assert running.wait() == 0
    found = figures(path)
    assert found["values_total"] == 100
    assert found["delay_seconds_count"] > 0
    assert "last_value_timestamp_seconds" in found


def test_a_table_has_them(tmp_path: Path) -> None:
    path = tmp_path / "btc.prom"
    command = [*COMMAND, "watch", "--all", "-f", "table", "-n", "100", "--metrics", str(path)]
    with Simulator(rate=100) as sim, terminal() as fake, running(fake, *command, "--url", sim.url) as process:
        assert process.wait(GENEROUS_S) == 0
    assert figures(path)["values_total"] == 100


def test_an_engine_has_them_and_who_reads_it_and_both_are_ready(tmp_path: Path) -> None:
    paths = [tmp_path / "written" / "btc.prom", tmp_path / "read" / "btc.prom"]
    for each in paths:
        each.parent.mkdir()
    with manager_socket(tmp_path) as manager, NatsServer() as server, Simulator(rate=500) as sim:
        url, env = create(server, "metrics"), {"NOTIFY_SOCKET": manager.address}
        writing = ["watch", "--all", "--url", sim.url, "-o", url, "-n", "200", "--metrics", str(paths[0])]
        with Running(*writing, env=env) as writer:
            assert writer.wait() == 0
        manager.wait_for("READY=1")
        reading = ["watch", "--url", url, "--since", "start", "-n", "200", "-f", "csv", "--metrics", str(paths[1])]
        with Running(*reading, env=env) as reader:
            assert reader.wait() == 0
        manager.wait_for("STOPPING=1", 2)
        assert manager.count("READY=1") == 2
    for each in paths:
        assert figures(each)["values_total"] == 200
        assert figures(each)["delay_seconds_count"] > 0


def test_a_pipe_in_its_place_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "btc.prom"
    os.mkfifo(path)
    with Simulator(rate=100) as sim, watching(sim, path, "-n", "50") as running:
        assert running.wait() == 0
    assert f"cannot write --metrics {path}: it is not a regular file" in running.err.text
    assert len(running.out.lines) == 50


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["-o", "{}/a.ndjson", "--metrics", "{}/./a.ndjson"], "is the file that values go to"),
        (["-o", "{}/a.ndjson", "--metrics", "{}/a.gaps.ndjson"], "is where gaps are recorded"),
        (["--event-log", "{}/events", "--metrics", "{}/events"], "is the file of --event-log"),
        (["--api-key-file", "{}/key", "--metrics", "{}/key"], "is the file of --api-key-file"),
        (["--metrics", "-"], "stdout is for the values"),
    ],
)
def test_a_file_that_something_else_is_in_is_refused(tmp_path: Path, arguments: list[str], what: str) -> None:
    (tmp_path / "key").write_text("secret")
    (tmp_path / "key").chmod(0o600)
    filled = [each.format(tmp_path) for each in arguments]
    done = run_here("watch", INDEX, "-f", "ndjson", "--url", "ws://127.0.0.1:9", *filled)
    assert done.code == 2
    assert what in done.err


def test_a_folder_that_is_not_there_ends_the_run_at_its_start(tmp_path: Path) -> None:
    done = run("watch", "--demo", "-f", "ndjson", "--metrics", str(tmp_path / "none" / "a.prom"))
    assert done.process.returncode == 6
    assert "a.prom: No such file or directory; name a file in a folder that exists" in done.err.text


def test_a_loop_of_links_ends_the_run_at_its_start_whatever_it_is_compared_with(tmp_path: Path) -> None:
    loop, key = tmp_path / "loop.prom", tmp_path / "key"
    loop.symlink_to("loop.prom")
    key.write_text("secret")
    key.chmod(0o600)
    beside = ["-o", str(tmp_path / "a.csv"), "--event-log", str(tmp_path / "events"), "--api-key-file", str(key)]
    done = run("watch", INDEX, "--url", "ws://127.0.0.1:9", *beside, "--metrics", str(loop))
    assert done.process.returncode == 6
    assert f"cannot write --metrics {loop}: Too many levels of symbolic links" in done.err.text
