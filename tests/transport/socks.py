"""A small SOCKS5 proxy (RFC 1928, RFC 1929) that keeps what it was asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.transport.servers import pump, serving

GRANTED = 0
NOT_ALLOWED = 2
NO_METHOD = 0xFF
KINDS = {1: "IPv4", 3: "name", 4: "IPv6"}


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return data


@contextmanager
def socks_proxying(asked: list[str], *, login: tuple[str, str] | None = None, reply: int = GRANTED) -> Iterator[int]:
    """The port of a proxy that tunnels to 127.0.0.1 whatever the host; `asked` gets `name a.example:80`.

    `login`: user and password that it wants. `reply`: what it answers to who may ask.
    """

    def handle(client: socket.socket) -> None:
        version, count = _exactly(client, 2)
        methods = _exactly(client, count)
        assert version == 5
        wanted = 0 if login is None else 2
        client.sendall(bytes([5, wanted if wanted in methods else NO_METHOD]))
        if wanted not in methods:
            return
        if login is not None and not _logs_in(client, login):
            return
        _, command, _, kind = _exactly(client, 4)
        assert command == 1
        host, port = _place(client, kind)
        asked.append(f"{KINDS[kind]} {host}:{port}")
        client.sendall(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if reply == GRANTED:
            with socket.create_connection(("127.0.0.1", port)) as server:
                back = threading.Thread(target=pump, args=(server, client))
                back.start()
                pump(client, server)
                back.join()

    with serving(handle) as port:
        yield port


def _logs_in(client: socket.socket, login: tuple[str, str]) -> bool:
    _exactly(client, 1)
    user = _exactly(client, _exactly(client, 1)[0]).decode()
    password = _exactly(client, _exactly(client, 1)[0]).decode()
    client.sendall(bytes([1, 0 if (user, password) == login else 1]))
    return (user, password) == login


def _place(client: socket.socket, kind: int) -> tuple[str, int]:
    if kind == 3:
        host = _exactly(client, _exactly(client, 1)[0]).decode()
    else:
        host = socket.inet_ntop(
            *((socket.AF_INET, _exactly(client, 4)) if kind == 1 else (socket.AF_INET6, _exactly(client, 16)))
        )
    return host, int.from_bytes(_exactly(client, 2), "big")
