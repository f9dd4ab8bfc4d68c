"""A key whose plan grants one connection: no second one is asked for where the server said so beforehand."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from tests.bench.blaster import greet
from tests.harness import GENEROUS_S, Running, run
from tests.transport.servers import read_request, serving

NOTICE = b'{"type":"reconnect","within_seconds":0,"before_time":"2026-11-26T00:00:00.0000000Z"}'
GOING_AWAY = b"\x88\x02\x03\xe9"


def value(number: int) -> bytes:
    return b'{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T00:00:00.0000000Z","value":%d}' % number


def text(payload: bytes) -> bytes:
    return bytes([0x81, len(payload)]) + payload


def test_the_first_connection_ends_before_the_second_begins() -> None:
    alive, most_alive, connects = 0, 0, 0

    def handle(peer: socket.socket) -> None:
        nonlocal alive, most_alive, connects
        greet(peer, b"X-ConcurrencyLimit-Limit: 1\r\nX-ConcurrencyLimit-Remaining: 0\r\n")
        alive += 1
        connects += 1
        most_alive = max(most_alive, alive)
        peer.sendall(text(value(connects)) + text(NOTICE))
        peer.settimeout(0.6 if connects == 1 else GENEROUS_S)  # time enough to ask for a second one
        with suppress(OSError):
            while peer.recv(4096):
                pass
        alive -= 1
        peer.sendall(GOING_AWAY)
        peer.settimeout(GENEROUS_S)
        with suppress(OSError):
            while peer.recv(4096):
                pass

    with (
        serving(handle) as port,
        Running("watch", "--all", "--url", f"ws://127.0.0.1:{port}", "-n", "2", "-f", "ndjson") as running,
    ):
        assert running.wait() == 0
    assert (connects, most_alive) == (2, 1)


def refusal(peer: socket.socket) -> None:
    read_request(peer)
    peer.sendall(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 3600\r\n\r\n")


@pytest.mark.parametrize("strategy", ["handover", "immediate"])
def test_a_server_that_counts_the_first_for_a_moment_more_delays_nothing(strategy: str) -> None:
    """The second one, if it is asked for, is refused as well; then the next is, until the server has counted again."""
    connects = 0

    def handle(peer: socket.socket) -> None:
        nonlocal connects
        connects += 1
        number = connects
        if number in (2, 3):
            refusal(peer)
            second_is_refused.set()
            return
        greet(peer)
        peer.sendall(text(value(number)) + text(NOTICE))
        second_is_refused.wait(GENEROUS_S)
        peer.sendall(GOING_AWAY)
        peer.settimeout(GENEROUS_S)
        with suppress(OSError):
            while peer.recv(4096):
                pass

    second_is_refused = threading.Event()
    with serving(handle) as port:
        url = f"ws://127.0.0.1:{port}"
        done = run("watch", "--all", "--url", url, "-n", "2", "-f", "ndjson", "--reconnect", strategy)
    assert (done.wait(), connects) == (0, 4)
