"""A raw server that sends ready-made frames; the simulator is too slow a source, and keeps no times.

It runs in a process of its own. Whoever connects gets all messages, as fast as the socket takes them or at a given
pace, then a close frame. When they were sent is told to the process that asked: CLOCK_MONOTONIC is one clock for all.
"""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import signal
import socket
import time
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.bench.messages import chunks, frames

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CLOSE_FRAME = b"\x88\x02\x03\xe8"  # 1000, normal
PREBUILT_AT_MOST = 1_000_000  # messages, 130 MB; more are made as they are sent, quicker than anybody reads
ANSWER_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source sends. Without a rate: as fast as it is taken."""

    count: int
    ids: int = 40
    rate: int | None = None  # messages a second
    burst: int = 1  # messages that are sent as one piece


class Source:
    """The running server, as seen by the process that started it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        (port,) = self._answer()
        self.url = f"ws://127.0.0.1:{port}"

    def sent_ns(self) -> array[int]:
        """Of the connection that ended: when each message was sent; at full speed only when the first one was."""
        return self._answer()

    def _answer(self) -> array[int]:
        if not self._pipe.poll(ANSWER_LIMIT_S):
            raise TimeoutError("the source does not answer")
        return array("q", self._pipe.recv_bytes())


@contextmanager
def blasting(feed: Feed) -> Iterator[Source]:
    """A server whose frames are ready."""
    context = multiprocessing.get_context("spawn")  # a fork would take along what this process has in memory
    ours, its = context.Pipe()
    process = context.Process(target=_serve, args=(feed, its), daemon=True)
    process.start()
    its.close()
    try:
        yield Source(ours)
    finally:
        process.terminate()
        process.join()
        ours.close()


def _serve(feed: Feed, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it, and ends it
    pieces = _pieces(feed)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send_bytes(array("q", [listener.getsockname()[1]]))
        while True:
            connection, _ = listener.accept()
            with connection:
                pipe.send_bytes(_deal_with(connection, feed, pieces))


def _pieces(feed: Feed) -> list[bytes] | None:
    """What is sent, each with one call; None if it is too much to be kept."""
    if feed.rate is not None:
        single = frames(feed.count, feed.ids)
        return [b"".join(single[start : start + feed.burst]) for start in range(0, feed.count, feed.burst)]
    return list(chunks(feed.count, feed.ids)) if feed.count <= PREBUILT_AT_MOST else None


def _deal_with(connection: socket.socket, feed: Feed, pieces: list[bytes] | None) -> array[int]:
    """One client, until it closes. Returns the times of sending."""
    sent_ns = array("q")
    with suppress(OSError):  # the client went away; what it wrote is checked by whoever ran it
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        greet(connection)
        sending = chunks(feed.count, feed.ids) if pieces is None else pieces
        if feed.rate is None:
            _send_fast(connection, sending, sent_ns)
        else:
            _send_paced(connection, sending, feed, sent_ns)
        connection.sendall(CLOSE_FRAME)
        while connection.recv(65536):
            pass
    return sent_ns


def _send_fast(connection: socket.socket, pieces: Iterable[bytes], sent_ns: array[int]) -> None:
    sent_ns.append(time.monotonic_ns())
    for piece in pieces:
        connection.sendall(piece)


def _send_paced(connection: socket.socket, pieces: Iterable[bytes], feed: Feed, sent_ns: array[int]) -> None:
    """A piece that is late does not delay those after it, so that the rate holds."""
    assert feed.rate is not None
    interval_ns = 1_000_000_000 * feed.burst // feed.rate
    due_ns = time.monotonic_ns()
    for piece in pieces:
        time.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
        now_ns = time.monotonic_ns()
        connection.sendall(piece)
        sent_ns.extend([now_ns] * feed.burst)
        due_ns += interval_ns


def greet(connection: socket.socket, headers: bytes = b"") -> None:
    """Answer the upgrade (RFC 6455, 4.2.2), also with these headers, and take the hello, whatever it says.

    Raises ConnectionError where the client asks for something else, such as the list of indexes, or goes away.
    """
    request = b""
    while b"\r\n\r\n" not in request:
        if not (chunk := connection.recv(4096)):
            raise ConnectionError("the client went away")
        request += chunk
    accept_upgrade(connection, request, headers)
    if not request.partition(b"\r\n\r\n")[2]:
        connection.recv(65536)


def accept_upgrade(connection: socket.socket, request: bytes, headers: bytes = b"") -> None:
    """Say yes to the upgrade that `request` asks for. Raises ConnectionError where it asks for something else."""
    lines = request.split(b"\r\n")
    keys = [line.split(b":", 1)[1].strip() for line in lines if line.lower().startswith(b"sec-websocket-key:")]
    if not keys:
        raise ConnectionError("this is not an upgrade")
    key = keys[0]
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n" + headers + b"\r\n"
    )
