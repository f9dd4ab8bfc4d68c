"""--wait-lock where the two runs are connected to sites that stamp their values differently."""

from __future__ import annotations

import json
from pathlib import Path

from coinapi_idx_cli.simulator import Peer, Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.harness import GENEROUS_S


def send(peer: Peer, numbers: range, last_digit: int) -> None:
    for number in numbers:
        for index_id, digit in (("IDX_SAME", 0), ("IDX_DIFFERS", last_digit)):
            time = f"2026-11-26T02:00:00.{number:03}{digit}Z"
            peer.send_text(f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{time}","value":{number}}}')


def values_in(path: Path, index_id: str) -> list[int]:
    messages = map(json.loads, path.read_text().splitlines())
    return [message["value"] for message in messages if message["index_id"] == index_id]


def test_an_index_that_differs_is_cut_by_time_and_the_others_go_on_exactly(tmp_path: Path) -> None:
    path, log = tmp_path / "ticks.ndjson", tmp_path / "events"
    with Simulator(rate=0) as sim, capture(sim, path) as first:
        one = sim.wait_for_peer(1)
        send(one, range(10), 1)
        wait_until(lambda: path.exists() and path.read_text().count("\n") == 20)
        with capture(sim, path, "--wait-lock", "60s", "--event-log", str(log)) as second:
            two = sim.wait_for_peer(2, GENEROUS_S)
            send(two, range(10, 60), 3)
            send(one, range(10, 50), 1)
            wait_until(lambda: path.read_text().count("\n") == 100)
            first.process.kill()
            wait_until(lambda: '"took_over"' in log.read_text())
            send(two, range(60, 70), 3)
            wait_until(lambda: path.read_text().endswith('"value":69}\n'))
            second.interrupt()
            assert second.wait() == 130
            assert "were sent different values of 1 index; there the series is cut by time" in second.err.text
    assert values_in(path, "IDX_SAME") == list(range(70))
    differing = values_in(path, "IDX_DIFFERS")
    assert sorted(set(differing)) == list(range(70))
    assert len(differing) <= 71
    (told,) = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "sites_differ"]
    assert told["indexes"] == 1
