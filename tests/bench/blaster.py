"""A raw server that sends prebuilt frames as fast as the socket takes them; the simulator is too slow a source."""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CHUNK_BYTES = 1024 * 1024


def frames(count: int, ids: int = 40) -> list[bytes]:
    """`count` index messages as text frames, no two alike, about 130 bytes each."""
    return [_frame(_message(number, ids)) for number in range(count)]


def _message(number: int, ids: int) -> bytes:
    seconds, ticks = divmod(number, 10_000_000)
    return (
        f'{{"type":"index","index_id":"IDX_REFRATE_PRIMKT_A{number % ids:05d}_USD",'
        f'"time_coinapi":"2026-11-21T19:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ticks:07d}Z",'
        f'"value":{60000 + number * 0.0137!r}}}'
    ).encode()


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    return (bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")) + payload


@contextmanager
def blasting(count: int, ids: int = 40) -> Iterator[int]:
    """The port of a server that sends `count` messages to whoever connects, then waits. It runs in its own process."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = multiprocessing.get_context("fork")
    built = context.Event()
    process = context.Process(target=_serve, args=(listener, count, ids, built.set), daemon=True)
    process.start()
    built.wait()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def _serve(listener: socket.socket, count: int, ids: int, tell_built: Callable[[], None]) -> None:
    data = b"".join(frames(count, ids))
    chunks = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
    tell_built()
    while True:
        connection, _ = listener.accept()
        try:
            greet(connection)
            for chunk in chunks:
                connection.sendall(chunk)
            while connection.recv(65536):
                pass
        except OSError:
            pass
        finally:
            connection.close()


def greet(connection: socket.socket) -> None:
    """Answer the upgrade (RFC 6455, 4.2.2) and take the hello, whatever it says."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    lines = request.split(b"\r\n")
    key = next(line.split(b":", 1)[1].strip() for line in lines if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    if not request.partition(b"\r\n\r\n")[2]:
        connection.recv(65536)
