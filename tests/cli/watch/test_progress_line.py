"""What the status line says, at any width: pure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.watch.progress_line import StatusLine
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.terminal.terminal import Terminal

BULLET = "●"


@pytest.fixture
def nowhere() -> Iterator[Terminal]:
    with Path(os.devnull).open("w") as file:
        yield Terminal(file.fileno())


def line(
    nowhere: Terminal, status: Status, width: int = 120, rules: StopRules | None = None, now_s: float = 0.0
) -> str:
    environ = {"TERM": "xterm", "LANG": "C.UTF-8", "TTY_COMPATIBLE": "1"}
    return StatusLine(nowhere, environ, rules or StopRules(), status, lambda: 56_100, lambda: now_s).line(width).plain


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.CONNECTING, "connecting "),
        (State.LIVE, "live "),
        (State.HANDOVER, "handing over "),
        (State.WAITING, "reconnecting in 4 s "),
    ],
)
def test_the_state(nowhere: Terminal, state: State, words: str) -> None:
    status = Status("h", 0.0, state=state, retry_at_s=65.2, values=1234)
    assert f"{BULLET} {words}" in line(nowhere, status, now_s=62.0)


@pytest.mark.parametrize(
    ("duration_s", "now_s", "left", "percent"),
    [
        (60.0, 0.0, "01:00", 0),
        (60.0, 0.5, "01:00", 0),
        (60.0, 59.9, "00:01", 99),
        (60.0, 61.0, "00:00", 100),
        (7200.0, 3600.5, "1:00:00", 50),
        (864000.0, 1.0, "239:59:59", 0),
    ],
)
def test_the_time_left(nowhere: Terminal, duration_s: float, now_s: float, left: str, percent: int) -> None:
    said = line(nowhere, Status("h", 0.0), rules=StopRules(duration_s=duration_s), now_s=now_s)
    assert said.endswith(f"{percent}%   {left} left")


def test_of_two_ends_the_nearer_one_counts(nowhere: Terminal) -> None:
    rules = StopRules(count=1000, duration_s=100.0)
    assert " 30%" in line(nowhere, Status("h", 0.0, values=300), rules=rules, now_s=10.0)
    assert " 90%" in line(nowhere, Status("h", 0.0, values=300), rules=rules, now_s=90.0)


def test_without_an_end_there_is_no_bar(nowhere: Terminal) -> None:
    status = Status("h", 0.0, state=State.LIVE, values=1234)
    assert line(nowhere, status) == f"{BULLET} live   1,234 values   0/s   56.1 kB"


def test_while_another_run_has_the_file_it_says_which_and_how_much_is_held(nowhere: Terminal) -> None:
    status = Status(
        "h", 0.0, state=State.LIVE, values=1234, waits_for="process 4711", held_values=99, held_bytes=52_000
    )
    assert line(nowhere, status) == f"{BULLET} waiting for process 4711   1,234 values   0/s   52.0 kB held"
    status.state, status.retry_at_s = State.WAITING, 5.0
    assert f"{BULLET} reconnecting in 5 s" in line(nowhere, status)


@pytest.mark.parametrize("width", range(140))
def test_it_is_never_wider_than_the_terminal(nowhere: Terminal, width: int) -> None:
    rules = StopRules(count=10_000_000, duration_s=864000.0)
    status = Status("h", 0.0, state=State.WAITING, retry_at_s=30.0, values=1234567)
    assert len(line(nowhere, status, width, rules)) <= max(1, width)


def test_what_this_machine_does_for_an_engine(nowhere: Terminal) -> None:
    status = Status("h", 0.0, state=State.LIVE, engine="standing by", engine_waits=12)
    assert "standing by, 12 values behind" in line(nowhere, status)
    environ = {"TERM": "xterm", "LANG": "C.UTF-8", "TTY_COMPATIBLE": "1"}
    without_files = StatusLine(nowhere, environ, StopRules(), status, None, lambda: 1.0)
    assert "bytes" not in without_files.line(120).plain
    assert "written" not in without_files.summary()
    status.engine, status.engine_waits = "writing", 0
    assert without_files.line(120).plain.endswith("writing")
