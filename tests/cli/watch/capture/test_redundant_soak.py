"""Two connections of which one or the other is cut again and again: the file is what was published, byte for byte."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.cli.watch.connection.test_unbroken import events, wait_for_events
from tests.harness import Running, run
from tests.protocol.busy_series import IDS, VALUES_PER_S, Series

PORTION_S = 0.02
SEEDS = (1,)
MOST_CUTS = 48  # what happens more than fifty times is only counted in the event log
SOAK_S = float(os.environ.get("IDXSTREAM_SOAK_S", "20"))  # a minute by hand


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_of_either_connection_lose_nothing(seed: int, tmp_path: Path) -> None:
    out, log = tmp_path / "out.ndjson", tmp_path / "events.ndjson"
    chance = random.Random(seed)
    series = Series(chance)
    is_over = threading.Event()
    with Simulator(rate=0, index_ids=IDS, max_buffered=10**9, forget_closed=True) as sim:
        arguments = ("-o", str(out), "--redundant", "--event-log", str(log), "--stats", "2s")
        with Running("watch", "--all", "--url", sim.url, *arguments) as running:
            sim.wait_for_peer(2)

            def publish() -> None:
                begun_s = time.monotonic()
                while not is_over.wait(PORTION_S):
                    due = int((time.monotonic() - begun_s) * VALUES_PER_S)
                    portion = [series.next(time.time_ns()) for _ in range(due - len(series.texts))]
                    sim.publish_messages([index_id for index_id, _ in portion], [text for _, text in portion])

            publisher = threading.Thread(target=publish)
            publisher.start()
            cuts = 0
            until_s = time.monotonic() + SOAK_S
            while time.monotonic() < until_s and cuts < MOST_CUTS:
                wait_for_events(log, "redundancy_restored", cuts + 1)
                first, second = peers = sim.greeted_peers()
                chance.choice(peers).delay_s = chance.choice((0.0, 0.05, 0.3))
                time.sleep(chance.expovariate(1.0))
                chance.choice((first, second)).cut()
                cuts += 1
            time.sleep(max(0.0, until_s - time.monotonic()))
            is_over.set()
            publisher.join()
            (tmp_path / "published.ndjson").write_text("".join(f"{text}\n" for text in series.texts))
            wait_until(lambda: len(out.read_bytes().splitlines()) >= len(series.texts))
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
    assert out.read_text().splitlines() == series.texts
    assert cuts == len(events(log, "redundancy_lost")) >= SOAK_S / 4
    assert events(log, "gap") == events(log, "sites_differ") == []
    assert run("check", str(out)).wait() == 0
