"""Several of stdout, stderr and the event log in one file: nobody overwrites what another wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S, environment

ID = "IDX_REFRATE_VWAP_BTC"
VALUES = 5
EVENTS = 5  # started, connecting, connected, subscribed, stopped
LINES = 2  # of -v: connected, stopped


def lines_of(log: Path, redirections: str, *options: str) -> list[str]:
    with Simulator(rate=1000) as sim:
        command = [*COMMAND, "watch", ID, "-v", "-n", str(VALUES), "-f", "ndjson", "--url", sim.url, *options]
        shell = ["sh", "-c", f'"$@" {redirections}', "sh", *command]
        subprocess.run(shell, env=environment({"LOG": str(log)}), check=True, timeout=GENEROUS_S, cwd=log.parent)
    return log.read_text().splitlines()


@pytest.mark.parametrize(
    ("redirections", "options", "expected"),
    [
        ('>"$LOG" 2>"$LOG"', (), (VALUES, LINES, 0)),
        ('>/dev/null 2>"$LOG"', ("--event-log", "/dev/stderr"), (0, LINES, EVENTS)),
        ('>/dev/null 2>"$LOG"', ("--event-log", "log"), (0, LINES, EVENTS)),
        ('2>"$LOG"', ("-o", "/dev/stderr"), (VALUES, LINES, 0)),
    ],
)
def test_all_that_was_written_is_in_the_file(
    tmp_path: Path, redirections: str, options: tuple[str, ...], expected: tuple[int, int, int]
) -> None:
    lines = lines_of(tmp_path / "log", redirections, *options)
    told = [line for line in lines if " idxstream: " in line]
    rows = [json.loads(line) for line in lines if line not in told]
    values, events = [row for row in rows if "index_id" in row], [row for row in rows if "event" in row]
    assert (len(values), len(told), len(events)) == expected
    assert len(lines) == sum(expected)


def test_what_the_shell_writes_next_comes_behind_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Simulator(rate=1000) as sim:
        command = [*COMMAND, "watch", ID, "-n", "2", "--url", sim.url]
        script = '{ echo first; "$@"; echo last; } >"$LOG"'
        shell = ["sh", "-c", script, "sh", *command]
        subprocess.run(shell, env=environment({"LOG": str(log)}), check=True, timeout=GENEROUS_S)
    first, *values, last = log.read_text().splitlines()
    assert (first, len(values), last) == ("first", 2, "last")


def test_an_error_names_what_was_written_to() -> None:
    with Simulator(rate=1000) as sim:
        command = [*COMMAND, "watch", ID, "--url", sim.url, "-o", "/dev/full"]
        run = subprocess.run(command, env=environment(), capture_output=True, timeout=GENEROUS_S, check=False)
    assert run.returncode == 6
    assert b"cannot write /dev/full: No space left on device" in run.stderr
