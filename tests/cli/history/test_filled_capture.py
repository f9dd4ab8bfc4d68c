"""A capture with three gaps, filled from the simulator's past, merged and checked, against what was published."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from coinapi_idx_cli.history.gap_lines import fillable
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns, utc_text
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.documents import PAGES
from tests.harness import GENEROUS_S, Running, environment, run_here

IDS = ("IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD")
Value = tuple[str, str, str]  # index, time, number


def published(sim: Simulator) -> list[Value]:
    values = map(json.loads, sim.record)
    return [(each["index_id"], each["time_coinapi"], repr(each["value"])) for each in values if each["index_id"] in IDS]


def cells(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()[1:]]


def wait_for_more(count: Callable[[], int], more: int) -> None:
    before = count()
    wait_until(lambda: count() > before + more)


def wait_for_gaps(record: Path, count: int) -> None:
    wait_until(lambda: record.exists() and record.read_bytes().count(b"\n") >= count)


def free_port() -> int:
    """Nobody listens there now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def explained(values: Sequence[Value], captured: set[Value], gaps: bytes) -> list[Value]:
    """What rounding leaves of what was published: the captured values as they are, in gaps those of whole seconds."""
    stretches = fillable(gaps.split(b"\n")).stretches
    found = []
    for value in values:
        index_id, time, number = value
        second_ns = (parse_utc_ns(time) or 0) // NS * NS
        if value in captured:
            found.append(value)
        elif any(begin <= second_ns < end for begin, end in stretches):
            found.append((index_id, f"{utc_text(second_ns)[:-3]}Z", number))
    return found


@pytest.mark.slow
def test_what_differs_from_what_was_published_is_what_rounding_explains(tmp_path: Path) -> None:
    capture, filled, merged = tmp_path / "c.csv", tmp_path / "f.csv", tmp_path / "m.csv"
    record = tmp_path / "c.gaps.ndjson"
    with Simulator(rate=400, record=True) as sim:
        with Running("watch", *IDS, "--url", sim.url, "-o", str(capture)) as running:
            wait_until(lambda: capture.exists() and len(cells(capture)) > 20)
            for gap in range(3):
                sim.pause_accepting()
                sim.drop()
                wait_for_more(lambda: len(sim.record), 400 * 3)
                sim.resume_accepting()
                wait_for_gaps(record, gap + 1)
                wait_for_more(lambda: len(cells(capture)), 20)
            running.interrupt()
            running.wait()
        sim.stop_walk()
        got = run_here("history", *IDS, "--gaps", str(record), "--rest-url", sim.rest_url, "-o", str(filled))
        values = published(sim)
    assert got.code == 0, got.err
    done = run_here("merge", str(capture), str(filled), "-o", str(merged))
    assert done.code == 0
    assert f"{merged}: {len(cells(merged)):,} values; {len(cells(capture)):,} values of {capture}, " in done.err
    checked = run_here("check", str(merged))
    summary = json.loads(checked.out.splitlines()[-1])
    assert (checked.code, summary["findings"], summary["from_history"]) == (7, {"gap": 3}, len(cells(filled)))
    captured = {(index_id, time, repr(float(number))) for time, index_id, number in cells(capture)}
    end = max(time for _, time, _ in captured)
    assert len(cells(filled)) > 20
    for index_id in IDS:
        wanted = [each for each in values if each[0] == index_id and each[1] <= end]
        first = wanted.index(next(each for each in wanted if each in captured))
        found = [(name, time, repr(float(number))) for time, name, number, _ in cells(merged) if name == index_id]
        assert found == explained(wanted[first:], captured, record.read_bytes())


@pytest.mark.slow
def test_the_walk_through_of_the_page_works_as_written(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGES["docs/history.md"], re.DOTALL | re.MULTILINE)
    (block,) = [each for each in blocks if "kill" in each]
    script = tmp_path / "idxstream"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m coinapi_idx_cli "$@"\n')
    script.chmod(0o755)
    env = environment({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    port = str(free_port())
    is_there = f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done"  # on a loaded machine, too
    commands = "set -e\n" + block.replace("8765", port).replace("sleep 2\n", f"{is_there}\n")
    shell = ["bash", "-c", commands]
    done = subprocess.run(
        shell, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=4 * GENEROUS_S, check=False
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["whole"], summary["findings"]) == (True, {"gap": 3})
    assert summary["from_history"] > 20
    assert "put into 3 gaps, marked as rest" in done.stderr
