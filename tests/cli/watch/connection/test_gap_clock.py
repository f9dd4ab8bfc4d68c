"""A wall clock that is set while the connection is lost, seen from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Stream, environment

# The program, with a wall clock that is ahead by so many seconds as the file says.
PROGRAM = """
import pathlib, sys, time
real, by = time.time_ns, pathlib.Path(sys.argv.pop(1))
time.time_ns = lambda: real() + int(by.read_text()) * 1_000_000_000
from coinapi_idx_cli.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_step_of_the_clock_makes_no_gap_longer_or_shorter(step_s: int, tmp_path: Path) -> None:
    ahead, log = tmp_path / "ahead", tmp_path / "events"
    ahead.write_text("0")
    began_s = time.monotonic()
    with Simulator(rate=0, record=True) as sim:
        arguments = ["watch", "--all", "-f", "ndjson", "-n", "2", "--event-log", str(log), "--url", sim.url]
        command = [sys.executable, "-c", PROGRAM, str(ahead), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            out = Stream(process.stdout)
            first = sim.wait_for_peer(1, GENEROUS_S)
            sim.publish("IDX_REFRATE_VWAP_BTC", 1)
            out.wait_for(1)
            ahead.write_text(str(step_s))
            first.cut()
            sim.wait_for_peer(2, GENEROUS_S)
            sim.publish("IDX_REFRATE_VWAP_BTC", 2)
            assert process.wait(GENEROUS_S) == 0
            out.thread.join()
    (gap,) = [event for line in log.read_text().splitlines() if (event := json.loads(line))["event"] == "gap"]
    assert 0 < gap["seconds"] < time.monotonic() - began_s
    assert datetime.fromisoformat(gap["from"]) <= datetime.fromisoformat(gap["to"])
