"""`--spool`: the engine is away, the publisher is killed, and what was received is in the stream all the same."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.engine.streams import blocks_in, create, texts_in
from tests.engine.nats_server import NatsServer
from tests.harness import Running, run_here


@pytest.fixture
def mortal() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


def test_a_publisher_that_is_killed_while_the_engine_is_away_loses_nothing_that_it_received(
    mortal: NatsServer, tmp_path: Path
) -> None:
    url, spool = create(mortal, "spooled"), tmp_path / "spool"
    with Simulator(rate=400.0, record=True) as feed:
        options = ("watch", "--all", "--url", feed.url, "-o", url, "--spool", str(spool), "-v")
        more = ("--takeover-after", "200ms", "--give-up-after", "never")
        with Running(*options, *more) as publisher:
            while len(texts_in(url)) < 100:
                pass
            mortal.kill()
            publisher.err.wait_until("it is kept in")
            before = len(feed.record)
            while len(feed.record) < before + 400:
                pass
            publisher.interrupt(signal.SIGKILL)
            publisher.wait()
        received = before + 200  # at least
        mortal.start()
        with Running(*options, *more) as publisher:
            publisher.err.wait_until("writes the stream")
            while not any(block.is_gap for block in blocks_in(url)):
                pass
            feed.stop_walk()
            publisher.interrupt(signal.SIGTERM)
            publisher.wait()
        record = feed.record
    texts = texts_in(url)
    begin = record.index(texts[0])
    whole = 0
    while whole < len(texts) and texts[whole] == record[begin + whole]:
        whole += 1
    assert begin + whole >= received
    (gap,) = [json.loads(block.data) for block in blocks_in(url) if block.is_gap]
    assert gap["kind"] == "not_running"
    assert texts[whole:] == record[record.index(texts[whole]) :][: len(texts) - whole]


def test_a_spool_needs_an_engine(tmp_path: Path) -> None:
    assert run_here("watch", "--demo", "-n", "1", "--spool", str(tmp_path)).code == 2
