"""The table among hostile text, poor terminals, frozen ones, and terminals that go away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from threading import Event, Thread
from typing import TextIO, cast

import pytest
from rich.cells import cell_len

from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.view import Table
from coinapi_idx_cli.terminal.stderr import Stderr
from coinapi_idx_cli.terminal.terminal import Terminal
from tests.harness import GENEROUS_S
from tests.table.screens import BTC, SIZES, Clock, batch, opened, table, terminal

HOSTILE = [
    "A\x1b[2J\x1b[31mB",
    "A\x9b5;5HB",
    "A\r\n\x08\x7fB",
    "A\u202eB",
    "[bold red]A[/bold red][/]",
    "比特币" * 30,
    "e\u0301" * 50,
    "Z" + "\u0301" * 300,
    "👨‍👩‍👧‍👦🇩🇪👍🏽" * 5,
    "L" * 10_000,
]


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_hostile_ids_do_not_break_the_frame(columns: int, lines: int) -> None:
    with terminal(columns, lines) as fake:
        status = Status("feed\x1b[2Jhost\n", 100.0, state=State.LIVE, last_warning="bad\x1b]0;title\x07 [red]thing")
        with opened(fake, status=status) as output:
            output.write(batch(*((index_id, "7.25") for index_id in HOSTILE)))
            fake.wait_for(fake.shows("7.25", "[red]thing"))
            shown = fake.text().split("\n")
            values = [line for line in shown if "7.25" in line]
            assert shown[0].startswith("● live")
            assert shown[1].startswith("index")
            # Ten ids, and in the smallest terminal a head, titles, a line for the rest, a warning and the counts.
            assert len(values) == (len(HOSTILE) if lines > 10 else 4)
            assert len({_cells_before(line, "7.25") for line in values}) == 1
            assert fake.screen.title == "idxstream: live"
            output.close()


def _cells_before(line: str, word: str) -> int:
    # pyte puts an empty cell behind each wide character, so characters on a display line are cells less those.
    before = line[: line.index(word)]
    return sum(2 if "\u2e80" <= character <= "\U0001faff" and character != "�" else 1 for character in before)


def test_secrets_are_taken_out_before_anything_is_shortened() -> None:
    with terminal(40, 10) as fake:
        status = Status("SECRET.example", 100.0, state=State.LIVE, last_warning="no SECRET")
        with opened(fake, status=status) as output:
            output.write(batch(("IDX_SECRET_BTC", "1.5")))
            fake.wait_for(fake.shows("IDX_***_BTC", "no ***"))
            output.close()
            assert b"SECRET" not in fake.bytes


def test_no_color_is_obeyed() -> None:
    with terminal() as fake, opened(fake, BTC, environ={"NO_COLOR": "1"}) as output:
        output.write(batch((BTC, "1.5")))
        fake.wait_for(fake.shows("1.5"))
        output.write(batch((BTC, "2.5")))
        fake.wait_for(fake.shows("▲"))
        output.close()
        assert fake.colours() == {"default"}


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_the_last_frame_without_escape_codes(term: str) -> None:
    with terminal() as fake, opened(fake, *(f"IDX_{number}" for number in range(40)), environ={"TERM": term}) as output:
        output.write(batch(("IDX_0", "1.5")))
        output.close()
        fake.wait_for(fake.shows("0 values in 0s"))
        assert b"\x1b" not in fake.bytes
        assert fake.bytes.count(b"IDX_0 ") == 1
        assert b"IDX_39" in fake.bytes


@pytest.mark.parametrize("environ", [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "POSIX"}, {"LANG": "de_DE.ISO-8859-1"}])
def test_where_utf8_is_missing_there_is_ascii_alone(environ: dict[str, str]) -> None:
    ids = (*(f"{BTC}_{number}" for number in range(40)), "比")
    with terminal(40, 10) as fake, opened(fake, *ids, environ=environ) as output:
        output.write(batch((f"{BTC}_0", "1.5"), (f"{BTC}_0", "2.5")))
        fake.wait_for(fake.shows("* live", "... and 36 more", "+      1.0"))
        output.close()
        assert fake.bytes.isascii()
        assert b"?" not in fake.bytes.replace(b"\x1b[?", b"")


def test_writing_and_closing_never_wait_for_a_frozen_terminal() -> None:
    with terminal() as fake, opened(fake, BTC) as output:
        fake.wait_for(fake.shows("waiting"))
        fake.freeze()
        started_s = time.monotonic()
        for _ in range(1000):
            output.write(batch((BTC, "1.5")))
        output.close()
        assert time.monotonic() - started_s < 1.0
        fake.hang_up()


def test_lines_left_for_a_frozen_terminal_do_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as fake:
        monkeypatch.setattr(sys, "stderr", Stderr(fake.descriptor))
        output = table(fake.descriptor, BTC)
        is_frozen, is_stuck = Event(), Event()

        def write(text: str, timeout_s: float | None = None) -> int:
            if is_frozen.is_set():
                is_stuck.set()
            return Terminal.write(output._terminal, text, timeout_s)

        def use() -> None:
            output.open()
            is_stuck.wait()
            print("a line", file=sys.stderr)
            output.close()

        monkeypatch.setattr(output._terminal, "write", write)
        user = Thread(target=use)
        user.start()
        fake.wait_for(fake.shows("waiting"))
        fake.freeze()
        is_frozen.set()
        user.join(GENEROUS_S)
        is_held_up = user.is_alive()
        fake.hang_up()
        user.join(GENEROUS_S)
        assert not is_held_up


def test_a_terminal_that_went_away_is_no_error() -> None:
    with terminal() as fake, opened(fake, BTC) as output:
        fake.wait_for(fake.shows("waiting"))
        fake.hang_up()
        output.write(batch((BTC, "1.5")))
        output.close()


def test_rows_added_while_painting() -> None:
    output = table(0)
    painter = Thread(target=lambda: [output.frame(200, 50) for _ in range(30)])
    number = 0
    while number < 50:
        output.write(batch((f"IDX_{number}", "1.5"), ("IDX_0", "2.5")))
        number += 1
    painter.start()
    while painter.is_alive():
        output.write(batch((f"IDX_{number}", "1.5"), ("IDX_0", "2.5")))
        number += 1
    shown = [line.plain for line in output.frame(200, 50)]
    assert f"… and {number - 42:,} more, by id" in shown


@pytest.mark.parametrize("environ", [{}, {"LC_ALL": "C"}])
def test_a_frame_fits_a_terminal_of_any_size(environ: dict[str, str]) -> None:
    clock = Clock()
    status = Status("feed.example", 0.0, state=State.LIVE, connected_s=0.0, last_warning="w" * 99)
    output = table(0, BTC, "IDX_WAITING", *HOSTILE, status=status, clock=clock, environ=environ)
    numbers = ((BTC, "1e-12"), (BTC, "1e15"), ("A\u202eB", "-0.125"), ("L" * 10_000, "123456789.25"))
    output.write(batch(*numbers))
    for columns in (1, 2, 5, 9, 20, 41, 77, 120, 300):
        for lines in range(2, 20):
            painted = [line.plain for line in output.frame(columns, lines)]
            assert len(painted) < lines
            assert all(cell_len(line) <= columns for line in painted)


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_very_small_and_very_large_values(columns: int, lines: int) -> None:
    with terminal(columns, lines) as fake, opened(fake, BTC, "IDX_SMALL", "IDX_LARGE") as output:
        output.write(batch(*(("IDX_SMALL", text) for text in ("1e-12", "1.5e-12"))))
        output.write(batch(*(("IDX_LARGE", text) for text in ("1000000000000000.0", "1e15"))))
        fake.wait_for(fake.shows("1.5e-12", "1e+15"))
        assert fake.line("1.5e-12").index("1.5e-12") + 7 == fake.line("1e+15").index("1e+15") + 5
        output.close()


def write_for_long(output: Table) -> None:
    until_s = time.monotonic() + GENEROUS_S
    while time.monotonic() < until_s:
        output.write(batch((BTC, "1.5")))


def test_what_breaks_the_painting_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as fake, opened(fake, BTC) as output:
        fake.wait_for(fake.shows("waiting"))
        monkeypatch.setattr(output, "frame", lambda *size: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_for_long(output)
        output.close()
        fake.wait_for(lambda: fake.is_right)


def test_lines_on_stderr_appear_below_the_table_and_above_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as fake:
        stderr = cast(TextIO, Terminal(fake.descriptor))
        monkeypatch.setattr(sys, "stderr", stderr)
        with opened(fake, BTC) as output:
            print("warning: \x1b[31mslow\x1b[0m \x1b[2J\nnext ", end="", file=sys.stderr)
            fake.wait_for(fake.shows("warning: slow �[2J"))
            assert "warning" in fake.text().split("\n")[-1]
            assert fake.screen.is_alternate
            output.close()
            fake.wait_for(lambda: not fake.screen.is_alternate)
            assert fake.text().index("warning") < fake.text().index("index")
            assert sys.stderr is stderr
            fake.wait_for(lambda: fake.text().endswith("next"))


PROGRAM = """
import time
from coinapi_idx_cli.table.view import Table, TableContext
from coinapi_idx_cli.protocol.status import Status
output = Table(TableContext(Status("h", time.monotonic()), ("IDX_A",)))
output.open()
output.close()
"""


@pytest.mark.parametrize(
    ("environ", "is_ascii"),
    [
        ({"LANG": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "xx_XX.UTF-8"}, False),  # named, though not installed: Python takes it for C, the terminal need not
        ({}, True),
        ({"LC_ALL": "C"}, True),
        ({"LANG": "C"}, True),  # Python puts LC_CTYPE=C.UTF-8 into the environment
        ({"LANG": "C.UTF-8", "PYTHONIOENCODING": "ascii"}, True),
        ({"LANG": "C.UTF-8", "TERM": "dumb"}, False),
    ],
)
def test_a_program_of_its_own(environ: dict[str, str], is_ascii: bool) -> None:
    set_here = ("NO_COLOR", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONUTF8", "PYTHONIOENCODING")
    plain = {name: value for name, value in os.environ.items() if name not in set_here}
    with terminal() as fake:
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            stdout=fake.descriptor,
            stderr=subprocess.PIPE,
            env=plain | {"TERM": "xterm"} | environ,
            timeout=GENEROUS_S,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, b"")
        fake.wait_for(fake.shows("0 values in 0s", "waiting"))
        assert fake.bytes.isascii() == is_ascii
        assert (b"\x1b" in fake.bytes) == ("TERM" not in environ)
