"""Request after request over one connection, as long as the server keeps it."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from coinapi_idx_cli.catalogue.rest import RestSession
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import ConnectionLostError, RefusedError
from tests.catalogue.servers import http
from tests.transport.servers import read_request, serving


def kept(body: bytes = b"[]") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_one_connection_for_all() -> None:
    connections: list[int] = []

    def handle(connection: socket.socket) -> None:
        connections.append(0)
        while read_request(connection):
            connections[-1] += 1
            connection.sendall(kept())

    with serving(handle) as port:
        server = RestServer(f"http://127.0.0.1:{port}")
        session = RestSession(server)
        assert [session.get(server.list_url).body for _ in range(5)] == [b"[]"] * 5
        session.close()
    assert connections == [5]


@pytest.mark.parametrize("answer", [http(200, "[]"), b"HTTP/1.0 200 OK\r\n\r\n[]", http(404, "no")])
def test_a_connection_that_is_not_kept_is_replaced(answer: bytes) -> None:
    requests: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        connection.sendall(answer)

    with serving(handle) as port:
        server = RestServer(f"http://127.0.0.1:{port}")
        session = RestSession(server)
        assert {session.get(server.list_url).status for _ in range(3)} == {int(answer[9:12])}
    assert len(requests) == 3


def test_a_server_that_ends_it_between_two_requests_is_asked_again() -> None:
    ended = []

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(kept())
        connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            ended.append(connection.recv(1))

    with serving(handle) as port:
        server = RestServer(f"http://127.0.0.1:{port}")
        session = RestSession(server)
        assert session.get(server.list_url).body == b"[]"
        assert session.get(server.list_url).body == b"[]"
        session.close()


def test_after_a_failure_nothing_of_it_is_left() -> None:
    answers = [kept(), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", kept(b"[1]")]

    def handle(connection: socket.socket) -> None:
        while answers and read_request(connection):
            answer = answers.pop(0)
            connection.sendall(answer)
            if answer.endswith(b"["):
                return

    with serving(handle) as port:
        server = RestServer(f"http://127.0.0.1:{port}")
        session = RestSession(server)
        assert session.get(server.list_url).body == b"[]"
        with pytest.raises(ConnectionLostError):
            session.get(server.list_url)
        assert session.get(server.list_url).body == b"[1]"
        session.close()


def test_an_answer_is_not_read_beyond_its_limit() -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(kept(b" " * (2 << 20)))

    with serving(handle) as port:
        server = RestServer(f"http://127.0.0.1:{port}")
        with pytest.raises(RefusedError):
            RestSession(server, largest_bytes=1 << 20).get(server.list_url)
