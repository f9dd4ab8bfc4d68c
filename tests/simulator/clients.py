"""Clients for these tests: one that keeps the WebSocket rules, and one that sees and sends bare bytes."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from coinapi_idx_cli.simulator import Peer, Simulator

ANSWER_WITHIN_S = 5.0
SILENCE_S = 0.15

Message = dict[str, Any]


def hello(ids: list[str] | None = None, **fields: object) -> str:
    """A hello; without ids the unfiltered one."""
    return request("hello", ids, **fields)


def request(kind: str, ids: list[str] | None = None, **fields: object) -> str:
    if ids is not None:
        fields["subscribe_filter_index_id"] = ids
    return json.dumps({"type": kind, **fields})


@contextmanager
def client(sim: Simulator, first: str | None = None, path: str = "", **options: Any) -> Iterator[ClientConnection]:
    """A connection to the simulator that has sent its first message, if one is given."""
    # Without flow control of its own, so that unread values do not stand before the answer to its close.
    usual = {"compression": None, "proxy": None, "ping_interval": None, "max_queue": None, "close_timeout": 0.2}
    with connect(sim.url + path, **(usual | options)) as websocket:
        if first is not None:
            websocket.send(first)
        yield websocket


@contextmanager
def greeted(sim: Simulator, first: str | None = None, **options: Any) -> Iterator[tuple[ClientConnection, Peer]]:
    """A connection whose hello has arrived, with the simulator's end of it."""
    number = sim.connections_made + 1
    with client(sim, first or hello(), **options) as websocket:
        yield websocket, sim.wait_for_peer(number)


def receive(websocket: ClientConnection) -> Message:
    message: Message = json.loads(websocket.recv(timeout=ANSWER_WITHIN_S))
    return message


def receive_text(websocket: ClientConnection) -> str:
    text = websocket.recv(timeout=ANSWER_WITHIN_S)
    assert isinstance(text, str)
    return text


def assert_silent(websocket: ClientConnection) -> None:
    with pytest.raises(TimeoutError):
        websocket.recv(timeout=SILENCE_S)


def receive_end(websocket: ClientConnection) -> ConnectionClosed:
    """What the connection's end looks like when nothing comes before it."""
    with pytest.raises(ConnectionClosed) as caught:
        websocket.recv(timeout=ANSWER_WITHIN_S)
    return caught.value


def received_code(end: ConnectionClosed) -> int | None:
    """The code of the server's close frame; `None` when it sent none."""
    return end.rcvd.code if end.rcvd else None


class RawClient:
    """A TCP connection that has done the upgrade, and does nothing by itself."""

    def __init__(self, sim: Simulator, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(ANSWER_WITHIN_S)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", sim.port))

    def __enter__(self) -> RawClient:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101 ")
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        """A masked text frame; the mask is zero, so the payload can be read."""
        payload = text.encode()
        assert len(payload) < 126
        self.socket.sendall(bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            assert chunk, f"the stream ended after {data!r}"
            data += chunk
        return data

    def receive_all(self) -> bytes:
        """Everything up to the FIN."""
        data = b""
        while chunk := self.socket.recv(65536):
            data += chunk
        return data

    def receive_all_after_close(self) -> bytes:
        """Everything up to the FIN of a server that waits for the answer to its close frame."""
        data = b""
        while chunk := self.socket.recv(65536):
            data += chunk
            if data[-4:-2] == b"\x88\x02":
                self.socket.sendall(b"\x88\x82" + bytes(4) + data[-2:])
        return data
