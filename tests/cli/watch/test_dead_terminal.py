"""The terminal that the output is on goes away, or belongs to another program."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S
from tests.table.screens import BTC, terminal
from tests.table.test_jobs import Tmux, running, tmux

__all__ = ["tmux"]  # a fixture


@pytest.mark.parametrize("has_values", [True, False])
@pytest.mark.parametrize(
    "arguments",
    [["-f", "csv"], ["-f", "table"], ["-f", "table", "--event-log", "LOG"], ["-f", "csv", "-o", "/dev/stdout"]],
    ids=" ".join,
)
def test_when_it_is_closed_the_run_ends_as_by_a_hangup(arguments: list[str], has_values: bool, tmp_path: Path) -> None:
    options = [str(tmp_path / "events") if word == "LOG" else word for word in arguments]
    command = [*COMMAND, "watch", "--all", "--stale-after", "1h", *options]
    with (
        Simulator(rate=200 if has_values else 0) as sim,
        terminal() as fake,
        running(fake, *command, "--url", sim.url) as process,
    ):
        sim.wait_for_peer()
        fake.hang_up()
        assert process.wait(GENEROUS_S) == 129


@pytest.mark.parametrize("mode", ["-tostop", "tostop"])
def test_in_the_background_the_last_table_is_written_once(tmux: Tmux, mode: str) -> None:
    """In a script `timeout` makes a process group of its own, which is not in the terminal's foreground."""
    with Simulator(rate=0) as sim:
        watch = [*COMMAND, "watch", "--url", sim.url, BTC, "-f", "table", "-n", "2"]
        script = f"timeout 60 {shlex.join(watch)}; echo ended with $?"
        tmux.type(f"clear; stty {mode}; sh -c {shlex.quote(script)}", "Enter")
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        sim.publish(BTC, 101.0625)
        sim.publish(BTC, 102.0625)
        tmux.wait_for(lambda text: "ended with 0" in text)
        text = tmux.text()
        assert text.count("2 values in") == text.count("● ended") == 1
        assert ("in the background, the table appears only at the end" in text) == (mode == "-tostop")
        assert "102.0625" in text
        assert tmux.cursor_shows()
