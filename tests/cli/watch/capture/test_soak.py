"""A capture that is cut, killed and restarted at random: whatever is missing lies within a recorded gap."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.harness import Running, run

VALUES_PER_S = 2000
ROUNDS = 14
SEEDS = (1, 2)


def lines_in(folder: Path) -> set[str]:
    """The feed's times of all values that were written."""
    return {line.partition(",")[0] for path in folder.glob("x-*.csv") for line in path.read_text().splitlines()[1:]}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_missing_lies_within_a_recorded_gap_and_check_says_so(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    output = f"{tmp_path}/x-%M-%S.csv"
    with Simulator(rate=VALUES_PER_S, record=True, max_buffered=10**9, forget_closed=True) as sim:

        def writes_on(running: Running) -> None:
            """Until something of what is published from now on is in a file."""
            now = len(sim.record)
            wait_until(
                lambda: running.process.poll() is None and not {*_times(sim, now)}.isdisjoint(lines_in(tmp_path))
            )

        running = capture(sim, output)
        writes_on(running)
        for _ in range(ROUNDS):
            match chance.choice(["cut", "kill", "announced", "term"]):
                case "cut":
                    sim.drop()
                case "announced":
                    sim.restart(1.0)
                case "kill":
                    running.process.kill()
                    running.wait()
                    time.sleep(chance.random() / 2)
                    running = capture(sim, output)
                case "term":
                    running.interrupt(signal.SIGTERM)
                    assert running.wait() == 143
                    running = capture(sim, output)
            writes_on(running)
        sim.stop_walk()
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        published = _times(sim, 0)
    written = lines_in(tmp_path)
    places = [place for place, stamp in enumerate(published) if stamp in written]
    assert len(places) == len(written)  # nothing that was not published
    missing = [published[place] for place in {*range(places[0], places[-1])} - {*places}]
    gaps = [json.loads(line) for line in (tmp_path / "x.gaps.ndjson").read_text().splitlines()]
    bounds = [(gap["time_coinapi_from"], gap["time_coinapi_to"] or "9") for gap in gaps]
    assert missing
    assert [stamp for stamp in missing if not any(begin < stamp < end for begin, end in bounds)] == []
    assert {gap["kind"] for gap in gaps} <= {"connection", "not_running"}
    found = run("check", output)
    assert found.wait() == 7
    findings = [line for line in map(json.loads, found.out.lines) if line["type"] == "finding"]
    assert [finding["kind"] for finding in findings] == ["gap"] * len(gaps)
    assert run("check", output, "--allow", "gap").wait() == 0


def _times(sim: Simulator, begin: int) -> list[str]:
    return [str(json.loads(line)["time_coinapi"]) for line in sim.record[begin:]]
