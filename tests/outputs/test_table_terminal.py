"""The table on real pseudo-terminals of several sizes, read back as cells of a screen."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from coinapi_idx_cli.protocol.status import State, Status
from tests.outputs.test_table_screen import BTC, ETH, SIZES, XRP, Clock, batch, opened, table, terminal


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_each_size_shows_values_and_what_waits(columns: int, lines: int) -> None:
    with terminal(columns, lines) as fake, opened(fake.console(), BTC, ETH, XRP) as output:
        fake.wait_for(fake.shows("waiting", "● live"))
        output.write(batch((BTC, "56787.5"), (ETH, "2412.25"), (BTC, "56788.75")))
        fake.wait_for(fake.shows("56788.75", "2412.25"))
        output.close()
        fake.wait_for(fake.shows("0 values in 0s"))
        rows = [line for line in fake.text().split("\n") if line.startswith("IDX_")]
        assert [row.split()[0][-7:] for row in rows] == ["BTC_USD", "ETH_USD", "XRP_USD"]
        assert rows[0].index(".") == rows[1].index(".")
        assert "waiting" in rows[2]


def test_wide_terminals_show_every_column() -> None:
    with terminal(120, 24) as fake:
        clock = Clock()
        with opened(fake.console(), BTC, clock=clock) as output:
            output.write(batch((BTC, "200.0"), (BTC, "220.5"), (BTC, "210.25")))
            clock.now_s += 75
            fake.wait_for(fake.shows("1m 15s"))
            assert " ".join(fake.line("value").split()) == "index value change since start start % age updates"
            cells = fake.line(BTC).split()
            assert cells == [BTC, "210.25", "▼", "10.25", "+10.25", "+5.125%", "1m", "15s", "3"]
            assert fake.colours("▼") == {"red"}
            output.close()


def test_narrow_terminals_drop_the_least_important_columns() -> None:
    with terminal(40, 10) as fake, opened(fake.console(), BTC, ETH) as output:
        output.write(batch((BTC, "56787.5"), (BTC, "56788.5")))
        fake.wait_for(fake.shows("56788.5"))
        assert fake.line("value").split() == ["index", "value", "change"]
        assert fake.line("56788.5").startswith("IDX_…PRIMKT_BTC_USD ")
        output.close()


def test_more_rows_than_lines() -> None:
    with terminal(80, 10) as fake, opened(fake.console()) as output:
        output.write(batch(*((f"IDX_{number}", "1.5") for number in range(1000))))
        fake.wait_for(fake.shows("… and 995 more"))
        lines = fake.text().split("\n")
        assert [line.split()[0] for line in lines[2:7]] == [f"IDX_{number}" for number in range(5)]
        assert lines[8].startswith("● live")
        output.close()
        fake.wait_for(lambda: not fake.screen.cursor.hidden)
        assert fake.text().startswith("index")


def test_the_last_frame_stays_and_the_cursor_comes_back() -> None:
    with terminal() as fake:
        clock = Clock()
        status = Status("feed.example", 38.0, State.LIVE, values=1234, malformed=1)
        with opened(fake.console(), BTC, status=status, clock=clock) as output:
            fake.wait_for(lambda: fake.screen.cursor.hidden)
            output.write(batch((BTC, "1.5")))
            output.close()
            output.close()
            fake.wait_for(lambda: not fake.screen.cursor.hidden)
            lines = fake.text().split("\n")
            assert lines[0].startswith("index")
            assert lines[2].split()[:2] == [BTC, "1.5"]
            assert lines[-1] == "1,234 values in 1m 02s, 1 malformed"
            assert (fake.screen.cursor.x, fake.screen.cursor.y) == (0, len(lines))


def test_close_without_open_does_nothing() -> None:
    table(Console(file=StringIO())).close()
