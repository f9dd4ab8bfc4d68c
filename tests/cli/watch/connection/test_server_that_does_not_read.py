"""A server that pings and does not read: pongs have nowhere to go, and the program goes on all the same."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import pytest
import trustme

from tests.bench.blaster import greet
from tests.certificates import server_context
from tests.harness import GENEROUS_S, Running
from tests.transport.servers import serving

PING = b"\x89\x7d" + b"p" * 125
PINGS_AT_ONCE = 1000
ROUNDS = 60  # so many pongs are more than the kernel's buffers on both sides hold
VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T00:00:00.0000000Z","value":1}'


@pytest.mark.parametrize("secure", [False, True])
def test_it_writes_values_and_hears_sigterm(*, secure: bool, authority: trustme.CA, ca_file: Path) -> None:
    context = server_context(authority, "localhost") if secure else None
    over = threading.Event()

    def handle(plain: socket.socket) -> None:
        peer = context.wrap_socket(plain, server_side=True) if context is not None else plain
        greet(peer)
        for _ in range(ROUNDS):
            peer.sendall(PING * PINGS_AT_ONCE)
        peer.sendall(bytes([0x81, len(VALUE)]) + VALUE)
        over.wait(GENEROUS_S)
        peer.close()

    with serving(handle) as port:
        url = f"wss://localhost:{port}" if secure else f"ws://127.0.0.1:{port}"
        with Running("watch", "--all", "--url", url, "--ca-file", str(ca_file), "--api-key", "for-a-test") as running:
            running.out.wait_for(1)
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
        over.set()
    assert running.err.lines == []
