"""A connection that is dropped while a thread still opens it: what that thread sends never goes out without TLS."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import pytest
import trustme

from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.web_socket import BufferedWebSocket
from tests.bench.blaster import greet
from tests.certificates import server_context
from tests.transport.servers import serving


def test_dropping_takes_no_tls_off(authority: trustme.CA, trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    context = server_context(authority, "localhost")

    def handle(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as peer:
            greet(peer)
            while peer.recv(100):
                pass

    with serving(handle) as port:
        connection = Connection(1, Target(url=f"wss://localhost:{port}", trust=trust, hello=b"{}"))
        connection.open()
        sock = connection._web_socket.sock
        monkeypatch.setattr(BufferedWebSocket, "shutdown", lambda _: None)  # the moment before it is closed
        connection.drop()
        assert isinstance(sock, ssl.SSLSocket)
        with pytest.raises((ssl.SSLError, ConnectionError)):  # by the version of Python
            sock.sendall(b"the key")
        assert sock.version() is not None
        sock.close()
