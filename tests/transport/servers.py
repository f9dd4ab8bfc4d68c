"""Small raw servers for what no well-behaved server does: one scripted answer, a silent socket, a proxy."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def serving(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that calls `handle` in a thread for each connection, and closes it afterwards."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve_one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            handle(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threads.append(threading.Thread(target=serve_one, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        for sock in (listener, *connections):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            if sock is listener:
                sock.close()
        acceptor.join()
        for thread in threads:
            thread.join()


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        chunk = connection.recv(4096)
        if not chunk:
            break
        request += chunk
    return request


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Every request gets `answer`, and the connection is closed."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with serving(handle) as port:
        yield port


@contextmanager
def black_hole() -> Iterator[int]:
    """Connections are made and never answered."""

    def handle(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    with serving(handle) as port:
        yield port


@contextmanager
def proxying(requests: list[bytes], status: str = "200 OK") -> Iterator[int]:
    """An HTTP proxy that takes CONNECT, and keeps the requests it got."""

    def handle(client: socket.socket) -> None:
        request = read_request(client)
        if not request:  # somebody who only looked whether we are there
            return
        requests.append(request)
        client.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if not status.startswith("200"):
            return
        host, _, port = request.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()

    with serving(handle) as port:
        yield port


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
