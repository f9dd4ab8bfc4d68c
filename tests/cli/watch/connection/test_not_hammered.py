"""A server that sends a value and ends at once, seen from the server: how often the real program connects to it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from tests.bench.blaster import greet
from tests.harness import GENEROUS_S, Running
from tests.transport.servers import serving

VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T00:00:00.0000000Z","value":1}'
NOTICE = b'{"type":"reconnect","within_seconds":0,"before_time":"2026-11-26T00:00:00.0000000Z"}'
GOING_AWAY = b"\x88\x02\x03\xe9"
CONNECTS = 4
# The waits between them are 0.5, 1 and 2 s at the most: all of them are this short once in a hundred thousand runs.
SHORTEST_S = 0.04


def text(payload: bytes) -> bytes:
    return bytes([0x81, len(payload)]) + payload


def closes(peer: socket.socket) -> None:
    peer.sendall(GOING_AWAY)


def breaks_the_protocol(peer: socket.socket) -> None:
    peer.sendall(b"\xf1\x02ab")


def ends(peer: socket.socket) -> None:
    peer.shutdown(socket.SHUT_WR)


def resets(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def dropped_the_buffer(peer: socket.socket) -> None:
    words = "Reached maximum allowed buffered messages for this connection."
    peer.sendall(text(b'{"type":"error","message":"%s"}' % words.encode()))


def goes_away_now(peer: socket.socket) -> None:
    peer.sendall(text(NOTICE) + GOING_AWAY)


@pytest.mark.parametrize(
    ("ways_to_fail", "strategy"),
    [
        ((closes, breaks_the_protocol, ends), "handover"),
        ((resets, dropped_the_buffer, goes_away_now), "handover"),
        ((goes_away_now,), "immediate"),
    ],
)
def test_one_value_does_not_switch_the_backoff_off(
    ways_to_fail: Sequence[Callable[[socket.socket], None]], strategy: str
) -> None:
    connected_s: list[float] = []
    enough = threading.Event()

    def handle(peer: socket.socket) -> None:
        greet(peer)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected_s.append(time.monotonic())
        fails = ways_to_fail[(len(connected_s) - 1) % len(ways_to_fail)]
        if len(connected_s) == CONNECTS:
            enough.set()
        peer.sendall(text(VALUE))
        fails(peer)
        with suppress(OSError):
            peer.settimeout(GENEROUS_S)
            while peer.recv(4096):
                pass

    with (
        serving(handle) as port,
        Running("watch", "--all", "--reconnect", strategy, "--url", f"ws://127.0.0.1:{port}") as running,
    ):
        assert enough.wait(GENEROUS_S)
        running.interrupt()
        assert running.wait() == 130
    assert connected_s[CONNECTS - 1] - connected_s[0] > SHORTEST_S
