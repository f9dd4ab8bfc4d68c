"""An alert in the table: the row stands out for a while, and the terminal rings once."""

from __future__ import annotations

from coinapi_idx_cli.table.view import STANDS_OUT_S
from tests.table.screens import BTC, ETH, Clock, FakeTerminal, batch, opened, terminal


def stands_out(fake: FakeTerminal) -> set[str]:
    """The ends of the names that are shown the other way about."""
    rows = (fake.screen.buffer[number] for number in range(fake.screen.lines))
    reversed_ones = ("".join(row[at].data for at in range(fake.screen.columns) if row[at].reverse) for row in rows)
    return {text[-7:] for text in reversed_ones if text}


def test_the_row_stands_out_and_the_terminal_rings_once() -> None:
    clock = Clock()
    with terminal(120, 20) as fake, opened(fake, BTC, ETH, clock=clock) as output:
        output.write(batch((BTC, "56787.5"), (ETH, "2412.25")))
        fake.wait_for(fake.shows("56787.5", "2412.25"))
        assert stands_out(fake) == set()
        output.ring(ETH, "7 is \x1b[31m a lot\x07")
        fake.wait_for(lambda: stands_out(fake) == {"ETH_USD"})
        output.write(batch((BTC, "56788.5")))
        fake.wait_for(fake.shows("56788.5"))
        assert fake.bytes.count(b"\a") == 1
        assert b"\a\x1b]9;Alert: 7 is  [31m a lot\x1b\\" in fake.bytes
        clock.now_s += STANDS_OUT_S
        fake.wait_for(lambda: stands_out(fake) == set())
        output.close()


def test_one_of_no_row_only_rings() -> None:
    with terminal(120, 20) as fake, opened(fake, BTC) as output:
        output.ring("", "gap")
        fake.wait_for(lambda: b"\a\x1b]9;gap\x1b\\" in fake.bytes)
        output.close()
