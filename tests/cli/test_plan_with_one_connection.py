"""A key whose plan grants one connection: no second one is asked for where the server said so beforehand."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.bench.blaster import greet
from tests.harness import GENEROUS_S, Running
from tests.transport.servers import serving

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
