"""A second connection that brings more than can be held beside a first one that brings nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.cli.watch.floods.flooded import HEARTBEAT, MIB, Flooded, frame, sending, value

VALUES = 60_000
PIECE = 200
NOTICE = frame(b'{"type":"reconnect","within_seconds":600,"before_time":"2026-11-26T00:00:00.0000000Z"}')


def test_the_second_connection_takes_over_when_no_more_can_be_held(tmp_path: Path) -> None:
    out, log = tmp_path / "out.ndjson", tmp_path / "events"
    taken_over = threading.Event()

    def only_heartbeats() -> Iterator[bytes]:
        yield NOTICE
        while not taken_over.wait(0.05):
            yield frame(HEARTBEAT)

    def flood() -> Iterator[bytes]:
        for begin in range(0, VALUES, PIECE):
            yield b"".join(value("IDX_A", number) for number in range(begin, begin + PIECE))

    with sending(only_heartbeats, flood) as port:
        arguments = ("--all", "-f", "ndjson", "-n", str(VALUES), "--event-log", str(log), "-o", str(out))
        done = Flooded(port, *arguments)
        taken_over.set()
    assert done.code == 0, done.err
    assert [json.loads(line)["value"] for line in out.read_text().splitlines()] == [
        number + 0.5 for number in range(VALUES)
    ]
    assert done.peak_bytes < 100 * MIB
    assert done.err.count("takes over") == 1
    (event,) = [
        event for line in log.read_text().splitlines() if (event := json.loads(line))["event"] == "overlap_full"
    ]
    assert (event["from"], event["to"]) == (1, 2)
    assert event["held_bytes"] <= 64 * MIB
