"""`timeout` sends its signal twice, and SIGCONT behind it: that is one wish to stop, and what was received is kept."""

from __future__ import annotations

import gzip
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from coinapi_idx_cli.session import wakeup
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S, Running
from tests.table.screens import BTC, terminal
from tests.table.test_jobs import running


@pytest.mark.parametrize(("same_signal_s", "is_meant"), [(wakeup.SAME_SIGNAL_S, False), (-1.0, True)])
def test_only_one_that_comes_later_is_meant_to_kill(
    same_signal_s: float, is_meant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who presses Ctrl-C again has waited."""
    monkeypatch.setattr(wakeup, "SAME_SIGNAL_S", same_signal_s)
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    with closing(Wakeup()) as waking, waking.catching(signal.SIGINT):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        assert waking.signal_number == signal.SIGINT
        assert raised == ([signal.SIGINT] if is_meant else [])
        assert (signal.getsignal(signal.SIGINT) is signal.SIG_DFL) == is_meant


def test_what_was_received_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with Simulator(rate=0) as sim, Running("watch", BTC, "--url", sim.url, "-o", str(path), "-v") as watching:
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGCONT):
            watching.interrupt(number)
        assert watching.wait() == 143
        assert any("stopped after" in line for line in watching.err.lines)
    assert not path.exists() or gzip.decompress(path.read_bytes()).endswith(b",1.5\n")


def test_the_last_table_takes_the_place_of_the_one_before() -> None:
    with (
        Simulator(rate=0) as sim,
        terminal() as fake,
        running(fake, *COMMAND, "watch", "--url", sim.url, BTC, "-f", "table") as process,
    ):
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        fake.wait_for(fake.shows("1.5"))
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGCONT, signal.SIGCONT):
            process.send_signal(number)
        assert process.wait(GENEROUS_S) == 143
        fake.wait_for(fake.shows("ended"))
        assert not fake.shows("● live")()
