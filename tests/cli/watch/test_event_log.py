"""--event-log among those who move, remove, cut and stop reading files: it goes on, and never holds anything up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli import __version__
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run

INDEX = "IDX_REFRATE_VWAP_BTC"


def watching(sim: Simulator, log: Path, *arguments: str) -> Running:
    return Running("watch", "--all", "-f", "ndjson", "--url", sim.url, "--event-log", str(log), *arguments)


def names(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()] if log.exists() else []


def another_connection(sim: Simulator, number: int) -> None:
    sim.wait_for_peer(number - 1).cut()
    sim.wait_for_peer(number, GENEROUS_S)


@pytest.mark.parametrize("number", [None, signal.SIGHUP], ids=["no signal", "SIGHUP"])
def test_a_log_that_was_moved_is_made_again_and_no_event_is_lost(tmp_path: Path, number: signal.Signals | None) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        sim.wait_for_peer()
        wait_until(lambda: "subscribed" in names(log))
        log.rename(tmp_path / "events.1")
        if number is not None:
            running.interrupt(number)
        wait_until(log.exists)
        another_connection(sim, 2)
        wait_until(lambda: "subscribed" in names(log))
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    all_names = names(tmp_path / "events.1") + names(log)
    assert all_names == ["started", "connecting", "connected", "subscribed", "disconnected", *all_names[5:]]
    assert names(log)[-4:] == ["connecting", "connected", "subscribed", "stopped"]


def test_a_log_that_was_removed_or_cut_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        sim.wait_for_peer()
        wait_until(lambda: "subscribed" in names(log))
        log.unlink()
        wait_until(log.exists)
        another_connection(sim, 2)
        wait_until(lambda: "subscribed" in names(log))
        os.truncate(log, 0)
        another_connection(sim, 3)
        wait_until(lambda: "subscribed" in names(log))
        assert names(log)[0] == "disconnected"
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143


def test_a_folder_that_is_gone_is_told_once_and_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "folder" / "events"
    log.parent.mkdir()
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        sim.wait_for_peer()
        log.parent.rename(tmp_path / "moved")
        running.err.wait_until(f"cannot make --event-log {log} again: No such file or directory")
        log.parent.mkdir()
        wait_until(log.exists)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert len(running.err.lines) == 1


@pytest.mark.parametrize("kind", ["no reader", "a reader that is stuck", "a full disk"])
def test_a_log_that_takes_nothing_is_given_up_and_holds_up_nothing(tmp_path: Path, kind: str) -> None:
    log, reason = tmp_path / "events", "nobody reads it"
    if kind == "a full disk":
        log, reason = Path("/dev/full"), "No space left on device"
    else:
        os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK) if kind == "a reader that is stuck" else None
    if reader is not None:
        _fill(log)
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        peer = sim.wait_for_peer()
        sim.publish(INDEX, 1)
        running.out.wait_for(1)
        peer.ping().result(GENEROUS_S)
        running.err.wait_until(rf"--event-log {log} is abandoned: it took no line for 1 s \({reason}\)")
        sim.publish(INDEX, 2)
        running.out.wait_for(2)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert len(running.err.lines) == 1
    if reader is not None:
        os.close(reader)


def test_a_log_that_was_given_up_is_opened_again_by_a_hangup(tmp_path: Path) -> None:
    log = tmp_path / "events"
    os.mkfifo(log)
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        sim.wait_for_peer()
        running.err.wait_until("SIGHUP opens it again")
        reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
        running.interrupt(signal.SIGHUP)
        running.interrupt(signal.SIGUSR1)
        running.err.wait_until("live: 0 values")  # so the other one was taken, too
        another_connection(sim, 2)
        with os.fdopen(reader, "rb", buffering=0) as events:
            os.set_blocking(reader, True)
            assert b'"event":"disconnected"' in events.read(10_000)
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143


@pytest.mark.parametrize("way", ["name", "link", "hard link", "field"])
def test_the_file_that_values_go_to_is_refused(tmp_path: Path, way: str) -> None:
    values, log = tmp_path / "values.ndjson", tmp_path / "log"
    values.write_text("")
    if way == "link":
        log.symlink_to(values)
    elif way == "hard link":
        log.hardlink_to(values)
    else:
        log = values
    output = tmp_path / "values%%.ndjson" if way == "field" else values
    if way == "field":
        log = tmp_path / "values%.ndjson"
    done = run("watch", "--demo", "-o", str(output), "--event-log", str(log))
    assert done.wait() == 2
    assert f"--event-log {log} is the file that values go to" in done.err.text


def test_the_file_that_stdout_is_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "values.ndjson"
    command = [*COMMAND, "watch", "--demo", "--event-log", str(path), "-n", "1"]
    with path.open("wb") as stdout:
        done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment(), check=False)
    assert (done.returncode, path.read_text()) == (2, "")


def _fill(fifo: Path) -> None:
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    for size in (4096, 1):
        try:
            while True:
                os.write(writer, b"~" * size)
        except BlockingIOError:
            continue
    os.close(writer)


@pytest.mark.parametrize("suffix", [".gz", ".ZST", ".xz"])
def test_a_name_that_promises_compression_is_refused(tmp_path: Path, suffix: str) -> None:
    done = run("watch", "--demo", "-n", "1", "-f", "ndjson", "--event-log", str(tmp_path / f"events.ndjson{suffix}"))
    assert done.process.returncode == 2
    assert f"the log is plain NDJSON, not {suffix.lower()};" in done.err.text
    assert list(tmp_path.iterdir()) == []


def test_the_first_event_says_what_was_started_and_the_last_one_how_it_ended(tmp_path: Path) -> None:
    log, key = tmp_path / "events", "0123abcd-4567-89ef-0123-456789abcdef"
    with Simulator(rate=100, api_key=key) as sim:
        arguments = ["--url", f"{sim.url}/?a=b", "--api-key", key, "--auth", "query", "-o", str(tmp_path / "x.csv")]
        done = run("watch", INDEX, *arguments, "--event-log", str(log), "-d", "1s", "-n", "100000")
        assert done.wait() == 8
    first, *_, last = (json.loads(line) for line in log.read_text().splitlines())
    assert (first["event"], first["version"], first["pid"]) == ("started", __version__, done.process.pid)
    assert (first["ids"], first["id_count"], first["server"]) == ([INDEX], 1, sim.url.removeprefix("ws://"))
    assert first["outputs"] == [{"output": str(tmp_path / "x.csv"), "format": "csv"}]
    assert (first["settings"]["auth"], first["settings"]["count"], first["settings"]["duration_s"]) == (
        "query",
        100000,
        1.0,
    )
    assert (last["event"], last["exit_code"], last["reason"]) == ("stopped", 8, "--duration")
    assert key not in log.read_text()
    assert "a=b" not in log.read_text()


def test_how_it_ended_by_a_signal_and_by_an_error(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim, watching(sim, log) as running:
        sim.wait_for_peer()
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    assert json.loads(log.read_text().splitlines()[-1])["exit_code"] == 143
    refused = run("watch", "--all", "--url", "ws://127.0.0.1:1", "--event-log", str(log), "--reconnect", "never")
    assert refused.wait() == 5
    assert json.loads(log.read_text().splitlines()[-1])["exit_code"] == 5
