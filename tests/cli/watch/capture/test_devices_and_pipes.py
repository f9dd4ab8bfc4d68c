"""-o into a pipe or a device: it has a reader, who may be slow, or gone, or not there yet."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run


def test_a_pipe_by_its_name_ends_with_its_reader() -> None:
    with Simulator(rate=1000) as sim:
        watch = f"{' '.join(COMMAND)} watch --all --url {sim.url} -f ndjson -o /dev/stdout"
        done = subprocess.run(
            ["bash", "-c", f"{watch} | head -1; echo ${{PIPESTATUS[0]}}"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=GENEROUS_S,
            check=True,
        )
    assert done.stdout.splitlines()[1:] == ["141"]
    assert done.stderr == ""


def test_a_named_pipe_without_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = run("watch", "--demo", "-o", str(tmp_path / "pipe"))
    assert done.wait() == 6
    assert "nobody reads from it" in done.err.text


def test_a_named_pipe_whose_reader_does_not_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with (
        Simulator(rate=0, record=True) as sim,
        Running("watch", "--all", "--url", sim.url, "-o", str(tmp_path / "pipe"), "-f", "ndjson") as running,
    ):
        sim.wait_for_peer()
        for _ in range(2000):
            sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    os.close(reader)


def test_requests_that_come_at_the_end_do_not_change_the_exit_code(tmp_path: Path) -> None:
    with (
        Simulator(rate=5000) as sim,
        Running("watch", "--all", "--url", sim.url, "-o", str(tmp_path / "x.csv"), "-n", "2000", "-q") as running,
    ):
        sim.wait_for_peer()
        while running.process.poll() is None:
            running.interrupt(signal.SIGUSR1)
            running.interrupt(signal.SIGHUP)
            time.sleep(0.001)  # as fast as they can be sent they leave the program no time for anything else
        assert running.wait() == 0
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 2001
