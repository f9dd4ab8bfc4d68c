"""What a run finds that another left: the time between them is a gap, whatever ended it. And what it leaves itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.cli.watch.capture.kills import whole_lines
from tests.harness import run
from tests.sinks.files.files import KINDS, check_with_the_tool, content

INDEX = "IDX_REFRATE_VWAP_BTC"


def events_in(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.mark.parametrize("suffix", KINDS)
def test_after_a_kill_the_file_is_whole_and_the_next_run_tells_the_gap(suffix: str, tmp_path: Path) -> None:
    path, log = tmp_path / f"x.csv{suffix}", tmp_path / "events"
    with Simulator(rate=0, record=True) as sim:
        with capture(sim, path) as running:
            sim.wait_for_peer()
            sim.start_walk(200)
            wait_until(lambda: whole_lines(path).count(b"\n") > 100)
            running.process.kill()
            running.wait()
        sim.stop_walk()
        if suffix:
            check_with_the_tool(path)
        last_time = content(path).splitlines()[-1].partition(b",")[0].decode()
        with capture(sim, path, "-n", "1", "--event-log", str(log)) as running:
            sim.wait_for_peer(2)
            sim.publish(INDEX, 1)
            assert running.wait() == 0
        (line,) = running.err.lines
        (gap,) = [event for event in events_in(log) if event["event"] == "gap"]
    first_ns, last_ns = parse_utc_ns(str(gap["from"])), parse_utc_ns(str(gap["to"]))
    assert first_ns == parse_utc_ns(last_time)
    assert first_ns is not None
    assert last_ns is not None
    assert gap["kind"] == "not_running"
    assert gap["seconds"] == (last_ns - first_ns) / 1e9 > 0
    assert "between the last value of an earlier run and the first one of this run" in line


def test_the_gap_begins_when_the_last_line_was_received_where_that_is_known(tmp_path: Path) -> None:
    path, log = tmp_path / "x.csv", tmp_path / "events"
    path.write_text("time_coinapi,time_received\n2026-01-01T00:00:00.0Z,2026-01-01T00:00:01.000000001Z\n")
    arguments = ["--fields", "time_coinapi,time_received", "-o", str(path), "--event-log", str(log)]
    assert run("watch", "--demo", "-n", "1", *arguments).wait() == 0
    (gap,) = [event for event in events_in(log) if event["event"] == "gap"]
    assert gap["from"] == "2026-01-01T00:00:01.000000001Z"


@pytest.mark.parametrize("suffix", KINDS)
def test_a_run_without_values_leaves_no_file(suffix: str, tmp_path: Path) -> None:
    with Simulator(rate=0) as sim:
        with capture(sim, tmp_path / f"x.csv{suffix}", "-d", "100ms") as running:
            assert running.wait() == 0
        with capture(sim, tmp_path / f"x.csv{suffix}") as running:
            sim.wait_for_peer(2)
            running.process.kill()
            running.wait()
    assert list(tmp_path.iterdir()) == []
