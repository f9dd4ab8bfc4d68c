"""The table among hostile text, poor terminals, frozen ones, and terminals that go away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from threading import Thread
from typing import TextIO, cast

import pytest
from rich.console import Console

from coinapi_idx_cli.outputs.table_live import Terminal
from coinapi_idx_cli.protocol.status import State, Status
from tests.outputs.test_table_screen import BTC, PATIENCE_S, SIZES, batch, opened, table, terminal

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
        status = Status("feed\x1b[2Jhost\n", 100.0, State.LIVE, last_warning="bad\x1b]0;title\x07 [red]thing")
        with opened(fake.console(), status=status) as output:
            output.write(batch(*((index_id, "7.25") for index_id in HOSTILE)))
            output.close()
            fake.wait_for(lambda: not fake.screen.cursor.hidden)
            shown = fake.text().split("\n")
            values = [line for line in shown if "7.25" in line]
            assert shown[0].startswith("index")
            assert len(values) == min(len(HOSTILE), lines - 6)
            assert len({_cells_before(line, "7.25") for line in values}) == 1
            assert "[red]thing" in shown[-1]
            assert fake.screen.title == ""


def _cells_before(line: str, word: str) -> int:
    # pyte puts an empty cell behind each wide character, so characters on a display line are cells less those.
    before = line[: line.index(word)]
    return sum(2 if "\u2e80" <= character <= "\U0001faff" and character != "�" else 1 for character in before)


def test_secrets_are_taken_out_before_anything_is_shortened() -> None:
    with terminal(40, 10) as fake:
        status = Status("SECRET.example", 100.0, State.LIVE, last_warning="no SECRET")
        with opened(fake.console(), status=status) as output:
            output.write(batch(("IDX_SECRET_BTC", "1.5")))
            fake.wait_for(fake.shows("IDX_***_BTC", "no ***"))
            output.close()
            assert b"SECRET" not in fake.bytes


def test_no_color_is_obeyed() -> None:
    with terminal() as fake, opened(fake.console(NO_COLOR="1"), BTC) as output:
        output.write(batch((BTC, "1.5"), (BTC, "2.5")))
        fake.wait_for(fake.shows("▲"))
        output.close()
        assert fake.colours() == {"default"}


def test_a_dumb_terminal_gets_the_last_frame_without_escape_codes() -> None:
    with terminal() as fake, opened(fake.console(TERM="dumb"), *(f"IDX_{number}" for number in range(40))) as output:
        output.write(batch(("IDX_0", "1.5")))
        output.close()
        fake.wait_for(fake.shows("0 values in 0s"))
        assert b"\x1b" not in fake.bytes
        assert fake.bytes.count(b"IDX_0 ") == 1
        assert b"IDX_39" in fake.bytes


def test_an_ascii_terminal_gets_ascii() -> None:
    with (
        terminal(40, 10) as fake,
        opened(fake.console("ascii"), *(f"{BTC}_{number}" for number in range(40)), "比") as output,
    ):
        output.write(batch((f"{BTC}_0", "1.5"), (f"{BTC}_0", "2.5")))
        fake.wait_for(fake.shows("* live", "... and 36 more", "+    1.0"))
        output.close()
        assert fake.bytes.isascii()
        assert b"?" not in fake.bytes.replace(b"\x1b[?25", b"")


def test_writing_and_closing_never_wait_for_a_frozen_terminal() -> None:
    with terminal() as fake, opened(fake.console(), BTC) as output:
        fake.wait_for(fake.shows("waiting"))
        fake.freeze()
        started_s = time.monotonic()
        for _ in range(1000):
            output.write(batch((BTC, "1.5")))
        output.close()
        assert time.monotonic() - started_s < 1.0
        fake.hang_up()


def test_a_terminal_that_went_away_is_no_error() -> None:
    with terminal() as fake, opened(fake.console(), BTC) as output:
        fake.wait_for(fake.shows("waiting"))
        fake.hang_up()
        output.write(batch((BTC, "1.5")))
        output.close()


def test_rows_added_while_painting() -> None:
    output = table(Console(width=200, height=50))
    painter = Thread(target=lambda: [output.render(200, 50) for _ in range(30)])
    number = 0
    while number < 50:
        output.write(batch((f"IDX_{number}", "1.5"), ("IDX_0", "2.5")))
        number += 1
    painter.start()
    while painter.is_alive():
        output.write(batch((f"IDX_{number}", "1.5"), ("IDX_0", "2.5")))
        number += 1
    with terminal(200, 50) as fake:
        console = fake.console()
        console.print(output.render(200, 50))
        fake.wait_for(fake.shows(f"{number - 44:,} more", f"{number + 1:,}"))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_frame_fits_a_terminal_of_any_size(encoding: str) -> None:
    with terminal() as fake:
        console = fake.console(encoding)
    output = table(console, BTC, *HOSTILE, status=Status("feed.example", 0.0, last_warning="w" * 99))
    output.write(batch((BTC, "1e-12"), (BTC, "1e15"), ("A\u202eB", "-0.125"), ("L" * 10_000, "123456789.25")))
    for columns in (1, 2, 5, 9, 20, 41, 77, 300):
        for lines in range(2, 20):
            options = console.options.update(width=columns)
            painted = console.render_lines(output.render(columns, lines), options, pad=False)
            assert len(painted) < lines
            assert all(sum(segment.cell_length for segment in line) <= columns for line in painted)


def test_a_narrower_terminal_gets_a_clean_screen() -> None:
    with terminal() as fake:
        console = fake.console()
        with opened(console, BTC) as output:
            fake.wait_for(fake.shows("waiting"))
            console.size = (40, 10)
            fake.screen.resize(10, 40)
            fake.wait_for(
                lambda: fake.text().count("index") == 1 and "─" * 41 not in fake.text() and "…" in fake.text()
            )
            assert fake.text().startswith("index")
            output.close()


def test_lines_on_stderr_appear_above_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as fake:
        stderr = cast(TextIO, Terminal(fake.descriptor))
        monkeypatch.setattr(sys, "stderr", stderr)
        with opened(fake.console(), BTC) as output:
            print("warning: \x1b[31mslow\x1b[0m \x1b[2J\nnext ", end="", file=sys.stderr)
            fake.wait_for(fake.shows("warning: slow �[2J"))
            assert fake.text().index("warning") < fake.text().index("index")
            output.close()
            assert sys.stderr is stderr
            fake.wait_for(lambda: fake.text().endswith("next"))


PROGRAM = """
import time
from coinapi_idx_cli.outputs.base import OutputContext
from coinapi_idx_cli.outputs.table import Table
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.status import Status
output = Table(OutputContext(None, Status("h", time.monotonic()), ("IDX_A",), None, True, frozenset(), str))
output.open()
output.write(Batch(0, [IndexValue("index", "IDX_A", "t", 1.5)] * 2, [b'{"value":1.50}'] * 2))
output.close()
"""


@pytest.mark.parametrize(
    ("environ", "escapes"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "PYTHONIOENCODING": "ascii"}, True)],
)
def test_a_program_of_its_own(environ: dict[str, str], escapes: bool) -> None:
    with terminal() as fake:
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            stdout=fake.descriptor,
            stderr=subprocess.PIPE,
            env=plain | {"PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"} | environ,
            timeout=PATIENCE_S,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, b"")
        fake.wait_for(fake.shows("0 values in 0s", "1.50"))
        assert (b"\x1b" in fake.bytes) == escapes
        assert fake.bytes.isascii() == ("PYTHONIOENCODING" in environ)
