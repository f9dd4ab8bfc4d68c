"""What stdout gets: a table on a terminal, NDJSON as it comes, and how it ends when somebody ends it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.completions.terminal import Terminal
from tests.doctor.examined import BTC, NOBODY
from tests.harness import COMMAND, GENEROUS_S, Running, environment
from tests.transport.servers import black_hole

A_TERMINAL = {"TERM": "xterm", "LC_ALL": "C.UTF-8"}


def on_terminal(folder: Path, columns: int, *arguments: str, env: dict[str, str] | None = None) -> Terminal:
    command = [*COMMAND, "doctor", *arguments]
    return Terminal(command, environment({**A_TERMINAL, **(env or {})}), folder, columns)


def test_the_table_in_80_columns(tmp_path: Path) -> None:
    with Simulator() as sim, on_terminal(tmp_path, 80, BTC, "--url", sim.url, "--rest-url", sim.rest_url) as terminal:
        screen = terminal.wait_for("all is well")
    lines = screen.splitlines()
    assert lines[0].startswith("✓ settings ")
    names, tls = (next(line for line in lines if f" {step} " in line) for step in ("names", "tls"))
    assert lines[0].index("ws://") == names.index("127.0.0.1") == tls.index("not used")
    assert names.split()[3] == "ms"
    assert tls.startswith("\N{EN DASH} tls ")
    assert all(len(line) < 80 for line in lines)
    assert lines[-2:] == ["", "all is well"]


def test_the_table_in_40_columns_with_a_failure(tmp_path: Path) -> None:
    with on_terminal(tmp_path, 40, "--url", "ws://127.0.0.1:1", "--rest-url", NOBODY) as terminal:
        screen = terminal.wait_for("\na firewall is in the way")
    lines = screen.splitlines()
    at = lines.index(next(line for line in lines if line.startswith("✗ tcp ")))
    assert lines[at + 1 : at + 3] == ["  cannot connect to 127.0.0.1:1:", "  Connection refused"]
    assert screen.count("→ check the port in --url") == 1
    assert all(len(line) < 40 for line in lines)
    assert lines[-4:] == [
        "tcp: cannot connect to 127.0.0.1:1:",
        "Connection refused",
        "→ check the port in --url, and whether",
        "a firewall is in the way",
    ]


def test_the_step_that_is_under_way_is_shown_and_ctrl_c_takes_it_back(tmp_path: Path) -> None:
    with black_hole() as port, on_terminal(tmp_path, 80, "--url", f"ws://127.0.0.1:{port}") as terminal:
        terminal.wait_for("upgrade …")
        terminal.type("\x03")
        assert terminal.wait_to_lose("upgrade").splitlines()[-1].startswith("\N{EN DASH} tls")


@pytest.mark.parametrize(
    ("env", "colour", "mark"),
    [
        ({}, "green", "✓"),
        ({"NO_COLOR": "1"}, "default", "✓"),
        ({"TERM": "dumb"}, "default", "✓"),
        ({"LC_ALL": "C"}, "green", "+"),
        ({"LC_ALL": "", "LANG": ""}, "green", "+"),
    ],
)
def test_colours_and_marks(env: dict[str, str], colour: str, mark: str, tmp_path: Path) -> None:
    with on_terminal(tmp_path, 80, "--demo", env=env) as terminal:
        screen = terminal.wait_for("all is well")
        assert (screen[0], terminal.colour_at(0, 0)) == (mark, colour)
    assert screen.isascii() == (mark == "+")


def test_each_line_comes_when_its_step_is_over_and_ctrl_c_ends_it_quietly() -> None:
    with black_hole() as port, Running("doctor", "--url", f"ws://127.0.0.1:{port}") as running:
        running.out.wait_until('"step":"tls"')
        running.interrupt(signal.SIGINT)
        assert running.wait() == 130
    assert (len(running.out.lines), running.err.lines) == (4, [])


def ended(redirection: str) -> subprocess.CompletedProcess[str]:
    with black_hole() as port:
        url = f"--url ws://127.0.0.1:{port} --rest-url {NOBODY} --connect-timeout 300ms"
        script = " ".join([*COMMAND, f"doctor {url} {redirection}"])
        return subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=GENEROUS_S, env=environment(), check=False
        )


def test_head_ends_it_with_141_and_without_a_word() -> None:
    done = ended("| head -n 1; echo ${PIPESTATUS[0]}")
    assert (done.stdout.splitlines()[1:], done.stderr) == (["141"], "")


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_a_full_disk_and_a_closed_stdout(redirection: str) -> None:
    done = ended(redirection)
    assert (done.returncode, len(done.stderr.splitlines())) == (6, 1)
