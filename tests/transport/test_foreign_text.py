"""What servers say in lines of errors and warnings: its beginning, with what to do still behind it."""

from __future__ import annotations

import json

import pytest

from coinapi_idx_cli.simulator import Faults, Simulator
from coinapi_idx_cli.terminal.one_line import EXCERPT_BYTES
from tests.cli.watch.endings import KEY
from tests.harness import Running

LONG = "€" * 100_000


@pytest.mark.parametrize("command", [["watch", "--all"], ["doctor", "-f", "ndjson"]], ids=["watch", "doctor"])
def test_a_long_error_of_the_server_is_cut_and_the_hint_is_there(command: list[str]) -> None:
    text = f"{KEY} {LONG}"
    with (
        Simulator(faults=Faults(error_text=text)) as sim,
        Running(*command, "--url", sim.url, "--api-key", KEY) as done,
    ):
        assert done.wait() == 4
    told = (*done.err.lines, *done.out.lines)
    line, *_ = [line for line in told if "says: *** €" in line]
    assert "check the ids and options of this run" in line
    assert EXCERPT_BYTES - 20 < line.count("€") * len("€".encode()) <= EXCERPT_BYTES
    assert KEY not in done.err.text + done.out.text


def test_a_long_type_and_a_long_piece_of_nonsense_are_cut() -> None:
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "1") as running:
        peer = sim.wait_for_peer()
        peer.send_text(json.dumps({"type": LONG}))
        peer.send_text(LONG)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        assert running.wait() == 0
        first, second = [line for line in running.err.lines if "€" in line]
    assert first.endswith("…'; they are counted")
    assert second.endswith("…")
    assert all(len(line.encode()) < EXCERPT_BYTES + 200 for line in (first, second))


def test_a_server_cannot_forge_a_line_of_the_log_not_even_in_a_traceback() -> None:
    text = "no such\nidxstream: forged\r\nidxstream: stopped after 5 values\u2028idxstream: forged"
    with Simulator(faults=Faults(error_text=text)) as sim, Running("watch", "--all", "--url", sim.url, "-vv") as run:
        assert run.wait() == 4
    assert any(line.startswith("Traceback") for line in run.err.lines)
    assert not [
        line for line in run.err.lines if line.lstrip().startswith(("idxstream: forged", "idxstream: stopped after 5"))
    ]
    assert any("no such idxstream: forged idxstream: stopped" in line for line in run.err.lines)
