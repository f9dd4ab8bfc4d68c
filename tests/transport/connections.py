"""A connection to a raw server, and all that it reads."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from tests.bench.blaster import greet
from tests.harness import GENEROUS_S
from tests.transport.servers import serving


@contextmanager
def connected(handle: Callable[[socket.socket], None]) -> Iterator[Connection]:
    """A connection to a server that greets and then does what `handle` does."""

    def serve(peer: socket.socket) -> None:
        greet(peer)
        handle(peer)

    with serving(serve) as port:
        connection = Connection(1, Target(url=f"ws://127.0.0.1:{port}", hello=b'{"type":"hello"}'))
        connection.open()
        try:
            yield connection
        finally:
            connection.drop()


def read_to_the_end(connection: Connection) -> tuple[list[bytes], ConnectionLostError]:
    received: list[bytes] = []
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    while True:
        if not connection.has_pending:
            assert poll.poll(GENEROUS_S * 1000)
        reading = connection.read()
        received += reading.frames
        if reading.ended is not None:
            return received, reading.ended
