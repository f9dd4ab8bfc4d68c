"""The table on real pseudo-terminals of several sizes, read back as cells of a screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.terminal.regions import FullScreen
from tests.table.screens import BTC, ETH, SIZES, XRP, Clock, batch, opened, table, terminal


def words(titles: str) -> str:
    """Without the time of day when the run began."""
    return re.sub(r" \d\d:\d\d", "", " ".join(titles.split()))


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_each_size_shows_values_and_what_waits(columns: int, lines: int) -> None:
    with terminal(columns, lines) as fake, opened(fake, BTC, ETH, XRP) as output:
        fake.wait_for(fake.shows("waiting", "● live"))
        output.write(batch((BTC, "56787.5"), (ETH, "2412.25"), (BTC, "56788.75")))
        fake.wait_for(fake.shows("56788.", "2412.25"))
        output.close()
        fake.wait_for(fake.shows("0 values in 0s"))
        rows = [line for line in fake.text().split("\n") if "_USD " in line]
        assert [row.split()[0][-7:] for row in rows] == ["BTC_USD", "ETH_USD", "XRP_USD"]
        assert rows[0].index(".") == rows[1].index(".")
        assert "waiting" in rows[2]


def test_a_wide_terminal_shows_every_column() -> None:
    with terminal(250, 24) as fake:
        clock = Clock()
        with opened(fake, BTC, ETH, clock=clock) as output:
            output.write(batch((BTC, "200.0"), (BTC, "220.5"), (BTC, "210.25")))
            clock.now_s += 75
            fake.wait_for(fake.shows("1m 15s"))
            titles = "index value tick moved since low high last 5 min /s age delay p50/p99"
            assert words(fake.line("value")) == titles
            cells = fake.line("BTC_USD").split()
            numbers = ["210.25", "▼", "10.25", "+10.25", "+5.125%", "200.00", "220.50"]
            assert cells[:8] == ["BTC_USD", *numbers]
            assert cells[-2:] == ["1m", "15s"]
            assert fake.colours("▼") == {"default"}
            output.close()


@pytest.mark.parametrize(
    ("columns", "titles"),
    [
        (40, "IDX_… value tick"),
        (80, "IDX_… value tick since last min"),
        (120, "IDX_… value tick since last min /s age delay p50/p99"),
    ],
)
def test_narrower_terminals_drop_the_least_important_columns(columns: int, titles: str) -> None:
    with terminal(columns, 20) as fake, opened(fake, BTC, "IDX_VOL_CAPIVIX_XRP_USD") as output:
        output.write(batch((BTC, "56787.59973"), (BTC, "56788.59973"), ("IDX_VOL_CAPIVIX_XRP_USD", "0.52847312")))
        fake.wait_for(fake.shows("56788."))
        assert words(fake.line("value")) == titles
        assert fake.line("56788.").split()[0].endswith("BTC_USD")
        output.close()


@pytest.mark.parametrize("columns", range(40, 251, 15))
def test_no_line_is_wider_than_the_terminal_nor_cut_within_a_column(columns: int) -> None:
    output = table(0, BTC, ETH, "IDX_NONE")
    output.write(batch((BTC, "56787.5997300339"), (BTC, "56788.5"), (ETH, "0.00001234"), (ETH, "0.00001235")))
    lines = [line.plain for line in output.frame(columns, 24)]
    assert all(len(line) <= columns for line in lines)
    title, rule = lines[1:3]
    assert len(title) == len(rule)
    assert title.split()[-1] in ("tick", "age", "p50/p99", "/s", "min") or words(title).endswith("since")
    assert next(line.rstrip() for line in lines if BTC[-7:] in line)[-1] in "%0123456789s▁▄"


def test_more_rows_than_lines() -> None:
    with terminal(80, 10) as fake, opened(fake) as output:
        output.write(batch(*((f"IDX_{number:03}", "1.5") for number in range(1000))))
        fake.wait_for(fake.shows("… and 995 more"))
        lines = fake.text().split("\n")
        assert lines[0].startswith("● live")
        assert [line.split()[0] for line in lines[2:7]] == [f"IDX_{number:03}" for number in range(5)]
        output.close()
        fake.wait_for(lambda: not fake.screen.cursor.hidden)
        assert fake.text().startswith("● ended")


def test_those_that_matter_come_first_and_the_title_says_why() -> None:
    clock = Clock()
    with terminal(80, 10) as fake, opened(fake, BTC, ETH, *map(str, range(20)), sort="change", clock=clock) as output:
        output.write(batch((BTC, "100"), (ETH, "100"), (BTC, "100.5"), (ETH, "99")))
        fake.wait_for(fake.shows("… and 17 more, 20 of all waiting, by change", "99"))
        clock.now_s += 5.0
        fake.wait_for(lambda: [row.split()[0][-7:] for row in fake.text().split("\n")[2:4]] == ["ETH_USD", "BTC_USD"])
        assert "".join(cell.data for cell in fake.screen.buffer[1].values() if cell.bold).startswith("since ")
        output.close()


def test_a_handover_is_seen_and_takes_no_row_away() -> None:
    with terminal(80, 10) as fake:
        status = Status("feed.example:443", 100.0, state=State.LIVE, connected_s=100.0)
        with opened(fake, *map(str, range(20)), status=status) as output:
            fake.wait_for(fake.shows("● live", "and 15 more"))
            rows = fake.text().split("\n")[1:8]
            status.state = State.HANDOVER
            fake.wait_for(fake.shows("● handing over"))
            assert fake.text().split("\n")[1:8] == rows
            status.state, status.handovers = State.LIVE, 1
            fake.wait_for(fake.shows("● live", "1 handover"))
            assert fake.text().split("\n")[1:8] == rows
            output.close()


def test_the_first_warning_takes_no_row_away_where_there_is_room() -> None:
    with terminal(80, 24) as fake:
        status = Status("feed.example:443", 100.0, state=State.LIVE)
        with opened(fake, *map(str, range(40)), status=status) as output:
            fake.wait_for(fake.shows("and 24 more"))
            status.last_warning_time, status.last_warning = "19:13:02", "slow"
            fake.wait_for(fake.shows("19:13:02  slow", "and 24 more"))
            output.close()


def test_the_last_frame_stays_with_a_summary() -> None:
    with terminal() as fake:
        clock = Clock()
        status = Status(
            "feed.example", 38.0, state=State.LIVE, values=1234, malformed=1, handovers=2, last_warning="slow"
        )
        with opened(fake, BTC, status=status, clock=clock) as output:
            fake.wait_for(lambda: fake.screen.cursor.hidden)
            output.write(batch((BTC, "1.5")))
            output.close()
            output.close()
            fake.wait_for(lambda: not fake.screen.cursor.hidden)
            lines = fake.text().split("\n")
            assert lines[0].startswith("● ended")
            assert (lines[3].split()[0][-7:], lines[3].split()[1]) == ("BTC_USD", "1.5")
            assert lines[-1] == "1,234 values in 1m 02s, 2 handovers, 1 malformed"
            assert (fake.screen.cursor.x, fake.screen.cursor.y) == (0, len(lines))


def test_what_changed_is_lit_for_a_moment() -> None:
    with terminal() as fake:
        clock = Clock()
        with opened(fake, BTC, ETH, clock=clock) as output:
            output.write(batch((BTC, "77.55")))
            fake.wait_for(fake.shows("77.55"))
            assert fake.colours("7", "5") == {"default"}
            output.write(batch((BTC, "77.66")))
            fake.wait_for(fake.shows("77.66"))
            assert (fake.colours("7"), "green" in fake.colours("6")) == ({"default"}, True)
            clock.now_s += 1.0
            fake.wait_for(fake.shows("1s"))
            value = [cell for cell in fake.screen.buffer[3].values() if cell.bold]
            assert ("".join(cell.data for cell in value), {cell.fg for cell in value}) == ("77.66", {"default"})
            output.close()


@pytest.mark.slow
def test_resized_during_the_run() -> None:
    with terminal(120, 30) as fake, opened(fake, BTC, *map(str, range(40))) as output:
        output.write(batch((BTC, "1.5")))
        fake.wait_for(fake.shows("1.5", "and 19 more", "delay p50/p99"))
        for columns, lines, hidden in ((40, 10, 36), (200, 50, 0), (80, 24, 25), (79, 12, 34)):
            fake.resize(columns, lines)
            rest = f"and {hidden} more" if hidden else "39   "
            fake.wait_for(fake.shows("● live", rest))
            fake.wait_for(lambda: fake.text().startswith("● live") and fake.text().count("● live") == 1)
        output.close()


def test_close_without_open_does_nothing() -> None:
    table(os.open(os.devnull, os.O_WRONLY)).close()


def test_numbers_that_lie_too_far_apart_are_not_aligned() -> None:
    output = table(0, BTC, "IDX_SHIB")
    output.write(batch((BTC, "670000.1"), ("IDX_SHIB", "0.02312")))
    lines = [line.plain for line in output.frame(80, 24)]
    rows = [next(line for line in lines if name in line) for name in ("670000.1", "0.02312")]
    assert rows[0].index("670000.1") + len("670000.1") == rows[1].index("0.02312") + len("0.02312")


def test_columns_stay_as_they_were_while_values_get_longer() -> None:
    output = table(0, BTC, ETH)
    output.write(batch((BTC, "1.5"), (ETH, "2.5")))
    titles = words(output.frame(100, 24)[1].plain)
    for text in ("1.55", "12.345678", "123.456789"):
        output.write(batch((BTC, text), (ETH, text)))
        assert words(output.frame(100, 24)[1].plain) == titles


def test_while_it_is_disconnected_all_is_dim_and_the_head_says_of_when_the_values_are() -> None:
    with terminal() as fake:
        clock = Clock()
        status = Status("feed.example:443", 100.0, state=State.LIVE, connected_s=100.0)
        with opened(fake, BTC, ETH, status=status, clock=clock) as output:
            output.write(batch((BTC, "77.5"), (BTC, "78.5")))
            clock.now_s += 5.0
            fake.wait_for(fake.shows("78.5", "5s"))
            assert "green" in fake.colours("+")
            status.state, status.retry_at_s = State.WAITING, 110.0
            fake.wait_for(fake.shows("reconnecting in 5 s", "values of "))
            assert fake.colours("+") == {"default"}
            output.close()


def test_what_was_on_the_terminal_is_there_again_with_the_last_table_below() -> None:
    with terminal() as fake:
        os.write(fake.descriptor, b"$ idxstream watch\n")
        fake.wait_for(fake.shows("$ idxstream watch"))
        with opened(fake, BTC) as output:
            output.write(batch((BTC, "1.5")))
            fake.wait_for(fake.shows("1.5"))
            assert fake.screen.is_alternate
            assert "$ idxstream" not in fake.text()
            output.close()
        fake.wait_for(fake.shows("$ idxstream watch", "1.5", "0 values in 0s"))
        assert not fake.screen.is_alternate
        assert fake.text().split("\n")[0] == "$ idxstream watch"


def test_many_lines_on_stderr_are_counted() -> None:
    place = FullScreen()
    place.enter()
    for number in range(300):
        place.frame(["row"], [f"line {number}"], 80)
    last = place.last(["row"], [], 80)
    assert "200 lines before these\nline 200\n" in last
    assert last.endswith("line 299\nrow\n")


HAS_ONE = """
import sys
from coinapi_idx_cli.terminal.style import Pen
from coinapi_idx_cli.terminal.terminal import Terminal
print(Pen(Terminal(1), {"TERM": sys.argv[1]}).has_alternate_screen)
"""


@pytest.mark.parametrize(
    ("term", "has_one"), [("xterm-256color", True), ("screen", True), ("linux", False), ("x?", False)]
)
def test_terminfo_knows_whether_there_is_an_alternate_screen(term: str, has_one: bool) -> None:
    done = subprocess.run([sys.executable, "-c", HAS_ONE, term], capture_output=True, text=True, check=True)
    assert done.stdout == f"{has_one}\n"


def test_what_came_while_the_terminal_was_too_small_to_show_it_is_no_hole() -> None:
    with terminal(150, 24) as fake:
        clock = Clock()
        with opened(fake, BTC, ETH, clock=clock) as output:
            fake.wait_for(fake.shows("waiting"))
            fake.resize(2, 1)
            for number in range(24):
                output.write(batch((BTC, str(number + 1)), (ETH, "2.5")))
                clock.now_s += 5.0
            fake.resize(150, 24)
            fake.wait_for(lambda: re.search("BTC_USD .*▁▁▂▃▃▄▅▅▆▇▇▇ ", fake.text()) is not None)
            output.close()
