"""Restarts that lead to servers which do not publish the same values, seen from outside."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.cli.watch.connection.test_unbroken import events, wait_for_events
from tests.cli.watch.floods.flooded import frame, sending, value
from tests.harness import GENEROUS_S, Running

NOTICE = frame(b'{"type":"reconnect","within_seconds":30,"before_time":"2026-11-26T00:00:00.0000000Z"}')
PERIOD = 1_000_000  # 100 ms, in the steps of `value`
PERIODS = 60
OFFSETS = (0, 30_000, -20_000)  # 3 ms and 2 ms: of the stamps of each site, by the first one's
SAME, OTHER = "IDX_SAME", "IDX_OTHER"


def test_each_switch_is_cut_by_time_where_sites_differ_and_exact_where_not(tmp_path: Path) -> None:
    out, log = tmp_path / "out.ndjson", tmp_path / "events"
    connected = [threading.Event() for _ in OFFSETS]

    def site(number: int) -> Iterator[bytes]:
        """Twenty periods alone, ten beside the next one."""
        begin = 20 * number
        for period in range(begin, min(begin + 30, PERIODS)):
            if period == begin + 20:
                yield NOTICE
                assert connected[number + 1].wait(GENEROUS_S)
            yield value(SAME, period * PERIOD) + value(OTHER, period * PERIOD + OFFSETS[number])

    def nothing() -> Iterator[bytes]:
        yield from ()

    log.touch()
    scripts = [partial(site, number) for number in range(len(OFFSETS))]
    arguments = ("--all", "-f", "ndjson", "-o", str(out), "--event-log", str(log), "--idle-timeout", "30s")
    with sending(*scripts, nothing) as port, Running("watch", "--url", f"ws://127.0.0.1:{port}", *arguments) as running:
        for number, event in enumerate(connected):
            wait_for_events(log, "connected", number + 1)
            event.set()
        wait_for_events(log, "disconnected", len(OFFSETS))
        running.interrupt()
        running.wait()
    written = [json.loads(line) for line in out.read_text().splitlines()]
    same, other = ([line["value"] - 0.5 for line in written if line["index_id"] == name] for name in (SAME, OTHER))
    assert same == [period * PERIOD for period in range(PERIODS)]
    periods = [round(number / PERIOD) for number in other]
    odd = [period for period, times in Counter(periods).items() if times != 1]
    missing = set(range(PERIODS)) - set(periods)
    assert len(odd) + len(missing) <= 2, periods
    assert events(log, "handover") != []
    assert [(event["from"], event["to"], event["indexes"]) for event in events(log, "sites_differ")] == [
        (1, 2, 1),
        (2, 3, 1),
    ]
    assert sum("different values of 1 index" in line for line in running.err.lines) == 1
    assert all("2026-11-26T00:00" not in str(event["from"]) for event in events(log, "gap"))
