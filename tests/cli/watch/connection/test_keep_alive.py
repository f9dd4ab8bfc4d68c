"""Without heartbeats a quiet connection is pinged, since proxies cut one on which nothing moves."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from tests.bench.blaster import greet
from tests.harness import GENEROUS_S, environment
from tests.transport.servers import serving

PING_HEAD = b"\x89\x80"  # masked, without a payload
VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T00:00:00.0000000Z","value":1}'
OFTEN = (
    "import sys, coinapi_idx_cli.session.keep_alive as keep_alive; keep_alive.EVERY_S = 0.05;"
    "from coinapi_idx_cli.__main__ import main; main()"
)


@pytest.mark.parametrize("heartbeats", [False, True])
def test_pings_go_out_where_no_heartbeats_were_asked_for(*, heartbeats: bool) -> None:
    pings: list[bytes] = []
    done = threading.Event()

    def handle(peer: socket.socket) -> None:
        greet(peer)
        peer.settimeout(0.5 if heartbeats else GENEROUS_S)  # ten times as long as a ping takes to come
        with suppress(OSError):
            while len(pings) < 3:
                pings.append(peer.recv(6))
        peer.sendall(bytes([0x81, len(VALUE)]) + VALUE)
        done.wait(GENEROUS_S)

    with serving(handle) as port:
        option = "--heartbeat" if heartbeats else "--no-heartbeat"
        arguments = ["watch", "--all", "--url", f"ws://127.0.0.1:{port}", option, "-n", "1", "-f", "ndjson"]
        ended = subprocess.run(
            [sys.executable, "-c", OFTEN, *arguments],
            capture_output=True,
            env=environment(),
            timeout=GENEROUS_S,
            check=False,
        )
        done.set()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert [ping[:2] for ping in pings] == ([] if heartbeats else [PING_HEAD] * 3)
