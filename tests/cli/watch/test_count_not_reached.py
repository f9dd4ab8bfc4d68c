"""`-n` asks for so many values: a script that got fewer of them is told so by the exit code, 8."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running

BTC = "IDX_REFRATE_VWAP_BTC"


@pytest.mark.parametrize(("stop", "name"), [(["-d", "1s"], "--duration"), (["--idle-timeout", "1s"], "--idle-timeout")])
@pytest.mark.parametrize("quiet", [False, True])
def test_another_stop_that_came_first_is_told_in_one_line(stop: list[str], name: str, *, quiet: bool) -> None:
    arguments = ["-f", "ndjson", "-n", "10", *stop, *(["-q"] if quiet else [])]
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, *arguments) as running:
        assert running.wait() == 8
    assert running.err.lines == [
        f"idxstream: none of 10 values came before {name} ended the run; raise it, or lower -n"
    ]


def test_of_a_single_value_that_was_asked_for() -> None:
    arguments = ["-f", "ndjson", "-n", "1", "--idle-timeout", "100ms"]
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, *arguments) as running:
        assert running.wait() == 8
    assert running.err.lines == ["idxstream: no value came before --idle-timeout ended the run; raise it"]


def test_what_came_is_written_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "ticks.csv"
    arguments = ["-n", "1000000", "--max-bytes", "300", "-o", str(file)]
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, *arguments) as running:
        sim.wait_for_peer()
        for number in range(5):
            sim.publish(BTC, number)
        assert running.wait() == 8
    written = len(file.read_text().splitlines()) - 1
    assert written > 0
    line = f"idxstream: {written} of 1,000,000 values came before --max-bytes ended the run; raise it, or lower -n"
    assert running.err.lines == [line]


def test_a_count_that_is_reached_is_a_success() -> None:
    with Running("watch", "--demo", "-f", "ndjson", "-n", "3", "-d", "1m") as running:
        assert running.wait() == 0


def test_a_signal_is_a_signal() -> None:
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "3", "-f", "ndjson") as running:
        sim.wait_for_peer()
        running.interrupt()
        assert running.wait() == 130
    assert running.err.lines == []
