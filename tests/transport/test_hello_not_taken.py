"""A server that does not take all of the hello: what it said about it is read all the same."""

from __future__ import annotations

import socket
import threading

import pytest
import trustme

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from tests.bench.blaster import greet
from tests.certificates import server_context
from tests.harness import GENEROUS_S
from tests.transport.connections import read_to_the_end
from tests.transport.servers import serving

TOO_BIG = b"\x88\x09\x03\xf1too big"
LARGE = b" " * (16 << 20)  # more than the buffers of two sockets hold


def refuse(peer: socket.socket) -> None:
    """As servers with a limit do it: by the length in the frame's head, and the rest is never read."""
    greet(peer)
    peer.sendall(TOO_BIG)


def end_of(url: str, trust: Trust | None = None) -> ConnectionLostError:
    connection = Connection(1, Target(url=url, hello=LARGE, trust=trust))
    connection.open()
    try:
        return read_to_the_end(connection)[1]
    finally:
        connection.drop()


def test_the_close_frame_is_read() -> None:
    with serving(refuse) as port:
        assert end_of(f"ws://127.0.0.1:{port}").close_code == 1009


def test_over_tls_too(authority: trustme.CA, trust: Trust) -> None:
    context = server_context(authority, "127.0.0.1")

    def handle(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secured:
            refuse(secured)

    with serving(handle) as port:
        assert end_of(f"wss://127.0.0.1:{port}", trust).close_code == 1009


def test_one_that_stops_reading_did_not_close_the_connection() -> None:
    is_over = threading.Event()

    def handle(peer: socket.socket) -> None:
        greet(peer)
        is_over.wait(GENEROUS_S)

    with serving(handle) as port:
        connection = Connection(1, Target(url=f"ws://127.0.0.1:{port}", hello=LARGE, timeout_s=0.5))
        with pytest.raises(ConnectionLostError, match=r"did not take the hello within 0\.5 s"):
            connection.open()
        is_over.set()
        connection.drop()
