"""A run that ends while nothing comes after a loss tells that something is missing, and not to when."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running

BTC = "IDX_REFRATE_VWAP_BTC"


def events(log: Path, name: str) -> list[dict[str, object]]:
    logged = [json.loads(line) for line in log.read_text().splitlines()]
    return [event for event in logged if event["event"] == name]


@pytest.mark.parametrize(("arguments", "code"), [([], 143), (["--give-up-after", "400ms"], 5)])
def test_the_loss_is_counted_and_told(arguments: list[str], code: int, tmp_path: Path) -> None:
    log = tmp_path / "events"
    options = ["--all", "-f", "ndjson", "--include", "gap", "--event-log", str(log), *arguments]
    with Simulator(rate=0) as sim, Running("watch", "--url", sim.url, *options) as running:
        peer = sim.wait_for_peer()
        sim.publish(BTC, 1)
        running.out.wait_for(1)
        sim.pause_accepting()
        peer.cut()
        running.err.wait_until("next try in|connecting again")
        if code == 143:
            running.interrupt(signal.SIGTERM)
        assert running.wait() == code
    (gap,) = events(log, "gap")
    assert gap["to"] is None
    assert isinstance(gap["seconds"], float)
    assert gap["seconds"] > 0
    (stopped,) = events(log, "stopped")
    assert stopped["gaps"] == 1
    assert f"a gap without an end: nothing was received from {gap['from']} on" in running.err.text
    assert json.loads(running.out.lines[-1]) == {
        "type": "gap",
        "from": gap["from"],
        "to": None,
        "seconds": gap["seconds"],
    }


def test_where_values_came_after_the_loss_nothing_more_is_told(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim:
        options = ["--all", "-f", "ndjson", "--event-log", str(log)]
        with Running("watch", "--url", sim.url, *options) as running:
            peer = sim.wait_for_peer()
            sim.publish(BTC, 1)
            running.out.wait_for(1)
            peer.cut()
            sim.wait_for_peer(2)
            sim.publish(BTC, 2)
            running.out.wait_for(2)
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
    (gap,) = events(log, "gap")
    assert gap["to"] is not None
