"""A signal that was ignored when the program started stays ignored: Ctrl-C at a script is not meant for what it left
running."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_for_lines
from tests.harness import COMMAND, GENEROUS_S, Running, environment

INDEX = "IDX_REFRATE_VWAP_BTC"


@pytest.fixture
def _sigint_is_ignored() -> Iterator[None]:
    """Which children inherit."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_a_script_left_in_the_background_lives_on_after_ctrl_c(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Simulator(rate=0) as sim:
        watch = " ".join([*COMMAND, "watch", "--all", "--url", sim.url, "-o", str(path)])
        shell = subprocess.run(
            ["sh", "-c", f"{watch} >&- 2>&- & echo $!"], capture_output=True, env=environment(), check=True
        )
        pid = int(shell.stdout)
        sim.wait_for_peer()
        os.kill(pid, signal.SIGINT)
        sim.publish(INDEX, 1)
        wait_for_lines(path, 2)
        os.kill(pid, signal.SIGTERM)
        sim.wait_for_peer().wait_closed(GENEROUS_S)


@pytest.mark.usefixtures("_sigint_is_ignored")
def test_so_does_a_simulator() -> None:
    with Running("simulate", "--port", "0") as running:
        running.err.wait_until("simulator at")
        running.interrupt(signal.SIGINT)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143


@pytest.mark.usefixtures("_sigint_is_ignored")
def test_and_so_does_doctor() -> None:
    with Running("doctor", "--demo", "-f", "ndjson") as running:
        running.out.wait_for(1)
        running.interrupt(signal.SIGINT)
        assert running.wait() == 0
