"""A file is made with its first line: of two runs that begin without one, only one makes it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.cli.watch.capture.test_wait_lock import identities, published

INDEX = "IDX_REFRATE_VWAP_BTC"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_other_one_ends_and_says_who_was_faster(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    with Simulator(rate=0, record=True) as sim, capture(sim, path) as first, capture(sim, path) as second:
        sim.wait_for_peer(2)
        assert not path.exists()

        def has_one_ended() -> bool:
            sim.publish(INDEX, 1)
            return first.process.poll() is not None or second.process.poll() is not None

        wait_until(has_one_ended)
        loser, winner = (first, second) if first.process.poll() is not None else (second, first)
        assert loser.wait() == 6
        assert f"{path} is being written by another run, process {winner.process.pid};" in loser.err.text
        winner.interrupt(signal.SIGTERM)
        assert winner.wait() == 143
        check_that_nothing_is_left_out(path, sim)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_with_wait_lock_it_waits_from_then_on(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    with (
        Simulator(rate=0, record=True) as sim,
        capture(sim, path, "--wait-lock", "60s", "-v") as first,
        capture(sim, path, "--wait-lock", "60s", "-v") as second,
    ):
        sim.wait_for_peer(2)

        def does_one_wait() -> bool:
            sim.publish(INDEX, 1)
            return any("waiting for it to end" in line for line in [*first.err.lines, *second.err.lines])

        wait_until(does_one_wait)
        waiting, writing = (first, second) if "waiting for it to end" in str(first.err.lines) else (second, first)
        writing.interrupt(signal.SIGTERM)
        assert writing.wait() == 143
        waiting.err.wait_until("took over")
        sim.publish(INDEX, 1000)
        waiting.interrupt(signal.SIGTERM)
        assert waiting.wait() == 143
        check_that_nothing_is_left_out(path, sim)


def check_that_nothing_is_left_out(path: Path, sim: Simulator) -> None:
    """From the first line to the last."""
    written, all_of_them = identities(path), published(sim)
    begin = all_of_them.index(written[0])
    assert written == all_of_them[begin : begin + len(written)]
