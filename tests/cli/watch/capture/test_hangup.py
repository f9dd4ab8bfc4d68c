"""A run that writes to a file, when the terminal that it was started from is closed."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.harness import COMMAND, GENEROUS_S
from tests.table.screens import terminal
from tests.table.test_jobs import running

Action = Callable[[], object]
Process = subprocess.Popen[bytes]
INDEX = "IDX_REFRATE_VWAP_BTC"


def watch(sim: Simulator, path: Path) -> list[str]:
    return [*COMMAND, "watch", "--url", sim.url, INDEX, "-o", str(path)]


@pytest.mark.parametrize("times", [1, 2])
def test_it_ends_with_what_was_received_in_its_file(tmp_path: Path, times: int) -> None:
    """The shell and the system may both tell it."""
    path = tmp_path / "a.csv.gz"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, path)) as process:
        sim.wait_for_peer()
        sim.publish(INDEX, 1.5)
        wait_until(path.exists)
        fake.hang_up()
        for _ in range(times):
            process.send_signal(signal.SIGHUP)
        assert process.wait(GENEROUS_S) == 129
    assert subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout.endswith(b",1.5\n")


def test_it_goes_on_while_the_terminal_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, path)) as process:
        goes_on(sim, path, process)


@pytest.mark.parametrize("prefix", ["trap '' HUP; exec", "exec >/dev/null; exec"])
def test_it_goes_on_where_somebody_wanted_that(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake:
        command = ["sh", "-c", f'{prefix} "$@"', "sh", *watch(sim, path)]
        with running(fake, *command) as process:
            goes_on(sim, path, process, fake.hang_up)


def goes_on(sim: Simulator, path: Path, process: Process, before_the_signal: Action = lambda: None) -> None:
    sim.wait_for_peer()
    sim.publish(INDEX, 1.5)
    wait_until(path.exists)
    before_the_signal()
    process.send_signal(signal.SIGHUP)
    sim.publish(INDEX, 2.5)
    wait_until(lambda: path.read_bytes().endswith(b",2.5\n"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(GENEROUS_S) == 143
