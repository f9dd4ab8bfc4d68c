"""What a file lacks is beside it: after a cut connection, a run that did not run, and a disk that was full."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.simulator import Faults, Simulator
from tests.cli.watch.capture.captures import capture, wait_for_lines, wait_until
from tests.harness import run
from tests.sinks.files.files import KINDS, content

INDEX = "IDX_REFRATE_VWAP_BTC"


def gaps_in(record: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def time_in(line: str) -> str:
    return str(json.loads(line)["time_coinapi"])


@pytest.mark.parametrize("name", ["x.csv", "x.ndjson.gz", "x-%Y.csv"])
def test_a_cut_connection(name: str, tmp_path: Path) -> None:
    record = tmp_path / "x.gaps.ndjson"
    with Simulator(rate=0, record=True) as sim, capture(sim, tmp_path / name) as running:
        peer = sim.wait_for_peer()
        before = sim.publish(INDEX, 1)
        wait_until(lambda: any(path.stat().st_size > 20 for path in tmp_path.iterdir()))
        assert not record.exists()
        peer.cut()
        sim.wait_for_peer(2)
        after = sim.publish(INDEX, 2)
        wait_until(record.exists)
        running.interrupt()
        assert running.wait() == 130
    (gap,) = gaps_in(record)
    assert (gap["type"], gap["kind"], gap["output"]) == ("gap", "connection", str(tmp_path / name))
    assert (gap["time_coinapi_from"], gap["time_coinapi_to"]) == (time_in(before), time_in(after))
    assert "closed the connection" in str(gap["reason"])
    begin, end = (parse_utc_ns(str(gap[key])) for key in ("from", "to"))
    assert begin is not None
    assert end is not None
    assert begin < end
    assert float(str(gap["seconds"])) == pytest.approx((end - begin) / 1e9, abs=0.1)


def test_a_run_that_ends_without_a_connection_leaves_a_gap_without_an_end(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, capture(sim, tmp_path / "x.csv") as running:
        peer = sim.wait_for_peer()
        sim.publish(INDEX, 1)
        wait_for_lines(tmp_path / "x.csv", 2)
        sim.pause_accepting()
        peer.cut()
        running.err.wait_until("next try|connecting again")
        running.interrupt()
        assert running.wait() == 130
    (gap,) = gaps_in(tmp_path / "x.gaps.ndjson")
    assert (gap["kind"], gap["to"], gap["time_coinapi_to"]) == ("connection", None, None)


@pytest.mark.parametrize("suffix", KINDS)
def test_the_time_between_two_runs_also_across_a_rotation(suffix: str, tmp_path: Path) -> None:
    output = f"{tmp_path}/x-%S.csv{suffix}"
    with Simulator(rate=0, record=True) as sim:
        with capture(sim, output) as first:
            sim.wait_for_peer()
            sim.publish(INDEX, 1)
            before = sim.publish(INDEX, 2)
            wait_until(lambda: sum(content(path).count(b"\n") for path in tmp_path.glob("x-*")) >= 3)
            first.process.kill()
            first.wait()
        for path in tmp_path.glob("x-*"):  # as logrotate does it
            path.rename(f"{path}-20260101" if not suffix else path)
        with capture(sim, output, "-n", "1") as second:
            sim.wait_for_peer(2)
            after = sim.publish(INDEX, 3)
            assert second.wait() == 0
    (gap,) = gaps_in(tmp_path / "x.gaps.ndjson")
    assert (gap["kind"], gap["output"]) == ("not_running", output)
    assert (gap["time_coinapi_from"], gap["time_coinapi_to"]) == (time_in(before), time_in(after))
    assert gap["from"] == gap["time_coinapi_from"].ljust(29, "0").replace("Z", "0")[:29] + "Z"  # type: ignore[attr-defined]


@pytest.mark.unmeasured
def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Simulator(rate=20_000, max_buffered=10**9) as sim, capture(sim, path) as running:
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (50_000, 50_000))
        assert running.wait() == 6
    (gap,) = gaps_in(tmp_path / "x.gaps.ndjson")
    assert (gap["kind"], gap["to"]) == ("not_written", None)
    assert "File too large" in str(gap["reason"])
    assert str(gap["time_coinapi_from"]) >= path.read_text().splitlines()[1].partition(",")[0]


def test_a_planned_restart_and_a_first_run_leave_no_record(tmp_path: Path) -> None:
    faults = Faults(restart_every_s=1.5, within_s=1.0)
    with Simulator(rate=200, faults=faults) as sim:
        assert run("watch", "--all", "--url", sim.url, "-o", str(tmp_path / "x.csv"), "-d", "4s").wait() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_each_output_has_its_own_record(tmp_path: Path) -> None:
    outputs = [tmp_path / "a.csv", tmp_path / "b.ndjson"]
    with Simulator(rate=0) as sim, capture(sim, outputs[0], "-o", str(outputs[1])) as running:
        peer = sim.wait_for_peer()
        sim.publish(INDEX, 1)
        wait_for_lines(outputs[1], 1)
        peer.cut()
        sim.wait_for_peer(2)
        sim.publish(INDEX, 2)
        wait_for_lines(outputs[1], 2)
        running.interrupt()
        running.wait()
    records = [gaps_in(tmp_path / f"{name}.gaps.ndjson") for name in "ab"]
    assert [gap["output"] for (gap,) in records] == list(map(str, outputs))
    assert records[0][0]["from"] == records[1][0]["from"]


def test_the_key_is_in_no_record(tmp_path: Path) -> None:
    key = "0123abcd-4567-89ef-0123-456789abcdef"
    with Simulator(rate=0, api_key=key) as sim:
        arguments = ("--api-key", key, "-o", str(tmp_path / "x.csv"))
        with capture(sim, tmp_path / "x.csv", *arguments[:2]) as running:
            peer = sim.wait_for_peer()
            sim.publish(INDEX, 1)
            wait_for_lines(tmp_path / "x.csv", 2)
            peer.close(1011, f"bad key {key}")
            sim.wait_for_peer(2)
            sim.publish(INDEX, 2)
            wait_until((tmp_path / "x.gaps.ndjson").exists)
            running.interrupt()
            running.wait()
    assert key not in (tmp_path / "x.gaps.ndjson").read_text()
