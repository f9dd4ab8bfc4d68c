"""Lines on stderr begin with their UTC time, but not on a terminal; and the last one says what became of the file."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.reporter import WARNINGS_AT_THE_END, Reporter
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_for_lines
from tests.harness import COMMAND, GENEROUS_S, environment, run
from tests.table.screens import BTC, terminal
from tests.table.test_jobs import running

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) idxstream: .+")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("arguments", [["watch", "--demo", "-n", "1", "-f", "csv", "-v"], ["nonsense"]], ids=" ".join)
def test_each_line_in_a_log_begins_with_its_time(arguments: list[str], zone: str) -> None:
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=environment({"TZ": zone}), timeout=GENEROUS_S
    )
    after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    lines = [LINE.fullmatch(line) for line in done.stderr.splitlines()]
    times = [line[1] for line in lines if line is not None]
    assert len(times) == len(lines) > 0
    assert before <= times[0] <= times[-1] <= after


def test_on_a_terminal_no_line_does() -> None:
    with terminal() as fake, running(fake, *COMMAND, "nonsense") as process:
        assert process.wait(GENEROUS_S) == 2
        fake.wait_for(fake.shows("idxstream: no such command"))
        assert fake.text().startswith("idxstream: ")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_the_last_line_names_the_file_and_its_size(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    for _ in range(2):
        done = run("watch", "--demo", "-o", str(path), "-n", "5", "-v")
        assert done.err.lines[-1].endswith(f"; {path} has {path.stat().st_size:,} bytes")


def test_so_does_the_last_line_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal(200, 24) as fake:
        command = [*COMMAND, "watch", BTC, "--url", sim.url, "-o", str(path)]
        with running(fake, *command) as process:
            sim.wait_for_peer()
            sim.publish(BTC, 1.5)
            wait_for_lines(path, 2)
            process.send_signal(signal.SIGTERM)
            assert process.wait(GENEROUS_S) == 143
        fake.wait_for(fake.shows("idxstream: 1 value in ", f" written; {path} has {path.stat().st_size} bytes"))


def test_a_run_without_a_value_names_no_file(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, capture(sim, tmp_path / "a.csv", "-v") as watching:
        sim.wait_for_peer()
        watching.interrupt(signal.SIGTERM)
        watching.wait()
        assert watching.err.lines[-1].endswith(": SIGTERM")


@pytest.mark.parametrize("count", [0, 1, WARNINGS_AT_THE_END, 45])
def test_of_many_warnings_the_last_ones_follow_the_table(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter([])
    reporter.hold_warnings()
    for number in range(count):
        reporter.warning(f"slow {number}")
    reporter.release_warnings()
    lines = capsys.readouterr().err.splitlines()
    shown = list(range(max(0, count - WARNINGS_AT_THE_END), count))
    assert [int(line.split()[-1]) for line in lines[: len(shown)]] == shown
    more = [f"idxstream: {count - len(shown)} more warnings came before these"] if count > len(shown) else []
    assert lines[len(shown) :] == more
