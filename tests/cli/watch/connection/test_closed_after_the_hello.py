"""A server whose first answer to our hello is a close frame: it is given up, and the hello's size is told."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.bench.blaster import greet
from tests.cli.watch.endings import gave_up, the_line
from tests.harness import GENEROUS_S, run
from tests.transport.servers import serving


@contextmanager
def closing(code: int, reason: bytes = b"") -> Iterator[int]:
    def handle(peer: socket.socket) -> None:
        greet(peer)
        peer.sendall(bytes([0x88, 2 + len(reason)]) + struct.pack("!H", code) + reason)
        with suppress(OSError):
            peer.settimeout(GENEROUS_S)
            while peer.recv(65536):
                pass

    with serving(handle) as port:
        yield port


@pytest.mark.parametrize("code", [1002, 1008])
def test_patience_ends_though_each_connection_was_answered(code: int) -> None:
    with closing(code, b"no") as port:
        assert f"closed the connection: {code} no, in answer to the hello" in gave_up(port, after_s=1.5)


def test_a_hello_that_is_too_big_ends_the_run_and_is_told_with_its_size() -> None:
    ids = [f"IDX_MADE_UP_{number}" for number in range(500)]
    with closing(1009) as port:
        line = the_line(run("watch", *ids, "--url", f"ws://127.0.0.1:{port}", "-f", "ndjson"), 4)
    size = len(b'{"type":"hello","heartbeat":true,"subscribe_filter_index_id":[]}') + len(
        ",".join(f'"{i}"' for i in ids)
    )
    assert f"closed the connection: 1009: it does not accept a hello of {size:,} bytes" in line
    assert "fewer" in line


def test_credits_that_are_used_up_may_be_told_by_the_close() -> None:
    with closing(1008, b"Insufficient Usage Credits") as port:
        assert "Insufficient Usage Credits" in gave_up(port, after_s=1.5)
