"""`watch --redundant` from outside: two connections at all times, and what happens when one of them is of no use."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.bench.blaster import greet
from tests.cli.watch.connection.test_plan_with_one_connection import text, value
from tests.cli.watch.connection.test_unbroken import events, wait_for_events
from tests.harness import GENEROUS_S, Running, run
from tests.transport.servers import read_request, serving

ID = "IDX_A"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(rate=0, index_ids=[ID], heartbeat_s=0.2) as simulator:
        yield simulator


def watching(sim: Simulator, log: Path, *arguments: str) -> Running:
    log.touch()
    return Running("watch", ID, "--url", sim.url, "--redundant", "-f", "ndjson", "--event-log", str(log), *arguments)


def values(running: Running, count: int) -> list[float]:
    return [json.loads(line)["value"] for line in running.out.wait_for(count)]


def test_a_frozen_connection_delays_nothing_and_is_replaced(sim: Simulator, tmp_path: Path) -> None:
    log = tmp_path / "events"
    with watching(sim, log, "--stale-after", "1s") as running:
        peers = [sim.wait_for_peer(number) for number in (1, 2)]
        sim.publish(ID, 1.0)
        wait_for_events(log, "redundancy_restored", 1)
        peers[0].freeze()
        sim.publish(ID, 2.0)
        assert values(running, 2) == [1.0, 2.0]
        sim.wait_for_peer(3)
        sim.publish(ID, 3.0)
        wait_for_events(log, "redundancy_restored", 2)
        peers[1].cut()
        wait_for_events(log, "redundancy_restored", 3)
        sim.publish(ID, 4.0)
        assert values(running, 4) == [1.0, 2.0, 3.0, 4.0]
        running.interrupt()
        assert running.wait() == 130
    lost = events(log, "redundancy_lost")
    assert [event["connection"] for event in lost] == [1, 2]
    assert "silent for 1 s" in str(lost[0]["error"])
    assert events(log, "gap") == []


def test_a_notice_on_both_is_survived_with_four_connections(sim: Simulator, tmp_path: Path) -> None:
    log = tmp_path / "events"
    with watching(sim, log) as running:
        sim.wait_for_peer(2)
        sim.publish(ID, 1.0)
        wait_for_events(log, "redundancy_restored", 1)
        sim.restart(2.0)
        sim.wait_for_peer(4)
        sim.publish(ID, 2.0)
        wait_for_events(log, "handover", 2)
        sim.publish(ID, 3.0)
        assert values(running, 3) == [1.0, 2.0, 3.0]
        running.interrupt()
        running.wait()
    assert events(log, "redundancy_lost") == events(log, "gap") == []
    assert sim.connections_made == 4


def test_the_statistics_say_how_many_connections_there_are(sim: Simulator, tmp_path: Path) -> None:
    log = tmp_path / "events"
    with watching(sim, log, "--stats", "100ms") as running:
        sim.wait_for_peer(2)
        sim.publish(ID, 1.0)
        wait_for_events(log, "redundancy_restored", 1)
        running.err.wait_until(r"live on 2 of 2 connections: 1 value, ")
        sim.pause_accepting()
        sim.open_peers()[1].cut()
        running.err.wait_until(r"without a close frame; one connection is left$")
        running.err.wait_until(r"live on 1 of 2 connections: 1 value, ")
        running.interrupt()
        running.wait()


def test_a_server_that_grants_only_one_is_asked_three_times_and_the_run_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "events"
    log.touch()
    is_refused, connects = threading.Semaphore(0), 0

    def handle(peer: socket.socket) -> None:
        nonlocal connects
        connects += 1
        if connects > 1:
            read_request(peer)
            peer.sendall(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
            is_refused.release()
            return
        greet(peer)
        peer.sendall(text(value(1)))
        for _ in range(3):
            assert is_refused.acquire(timeout=GENEROUS_S)
        peer.sendall(text(value(2)))
        peer.settimeout(GENEROUS_S)
        with suppress(OSError):
            while peer.recv(4096):
                pass

    arguments = ("--redundant", "-f", "ndjson", "--event-log", str(log), "-n", "2")
    with serving(handle) as port, Running("watch", "--all", "--url", f"ws://127.0.0.1:{port}", *arguments) as running:
        assert running.wait() == 0
    (lost,) = events(log, "redundancy_lost")
    assert lost["connection"] == 2
    assert len(running.err.lines) == 1
    assert "429" in running.err.text
    assert "one connection is left" in running.err.text
    assert events(log, "redundancy_restored") == events(log, "gap") == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--update-limit-ms", "100"), "--update-limit-ms"),
        (("--reconnect", "wait"), "--reconnect wait"),
        (("--reconnect", "never"), "--reconnect never"),
    ],
)
def test_what_contradicts_it_is_a_usage_error(arguments: tuple[str, ...], what: str) -> None:
    ended = run("watch", ID, "--demo", "--redundant", *arguments)
    assert ended.wait() == 2
    assert f"--redundant and {what} contradict each other" in ended.err.text


def test_the_help_says_that_what_is_metered_doubles() -> None:
    ended = run("watch", "--help")
    assert ended.wait() == 0
    assert "metered, doubles" in " ".join(ended.out.text.split())


def test_with_several_addresses_the_two_take_different_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here, with the resolver's answer replaced: 127.0.0.1 and 127.0.0.2."""
    from coinapi_idx_cli.net import streams
    from coinapi_idx_cli.net.addresses import Address
    from coinapi_idx_cli.protocol.messages import hello
    from coinapi_idx_cli.transport.connection import Connection
    from coinapi_idx_cli.transport.target import Target

    with Simulator(host="0.0.0.0", rate=0, index_ids=[ID]) as sim, ExitStack() as stack:
        found = [Address(socket.AF_INET, (f"127.0.0.{number}", sim.port)) for number in (1, 2)]
        monkeypatch.setattr(streams, "addresses_of", lambda *_: found)
        target = Target(f"ws://localhost:{sim.port}", None, hello=hello((ID,), heartbeat=True))
        first, second, third = (Connection(number, target) for number in (1, 2, 3))
        for connection, avoids in ((first, set()), (second, {"127.0.0.1"}), (third, {"127.0.0.1", "127.0.0.2"})):
            connection.avoids = avoids
            connection.open()
            stack.callback(connection.drop)
        assert [first.peer, second.peer, third.peer] == ["127.0.0.1", "127.0.0.2", "127.0.0.1"]
