"""Feeds that would fill the memory of whoever keeps all of it for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tests.cli.watch.floods.flooded import HEARTBEAT, MIB, Flooded, frame, sending, value
from tests.harness import GENEROUS_S

NOTICE = frame(b'{"type":"reconnect","within_seconds":600,"before_time":"2026-11-26T00:00:00.0000000Z"}')


def test_messages_as_long_as_they_may_be() -> None:
    def flood() -> Iterator[bytes]:
        for number in range(150):
            yield value("IDX_A", number, padding=1_000_000)

    with sending(flood) as port:
        done = Flooded(port, "--all", "-f", "csv", "-n", "150")
    assert done.code == 0, done.err
    assert done.peak_bytes < 90 * MIB


def test_made_up_indexes_beside_a_second_connection_that_brings_nothing() -> None:
    count = 60_000
    is_second_there = threading.Event()

    def flood() -> Iterator[bytes]:
        yield NOTICE
        is_second_there.wait(GENEROUS_S)
        for begin in range(0, count, 200):
            yield b"".join(value(f"IDX_{number}", number) for number in range(begin, begin + 200))

    def only_heartbeats() -> Iterator[bytes]:
        yield frame(HEARTBEAT)
        is_second_there.set()
        while True:
            yield frame(HEARTBEAT)
            threading.Event().wait(0.05)

    with sending(flood, only_heartbeats) as port:
        done = Flooded(port, "--all", "-f", "csv", "-n", str(count))
    assert done.code == 0, done.err
    assert "more values came in the last seconds than can be kept" in done.err
    assert done.peak_bytes < 100 * MIB
