"""Answers to an upgrade, to CONNECT, of the list: bounded, past what comes before them, and without cookies."""

from __future__ import annotations

import itertools
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1

import pytest

from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError, RefusedError
from coinapi_idx_cli.net.http_head import HEAD_LIMIT_BYTES
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.upgrade import REFUSAL_LIMIT_BYTES
from tests.bench.messages import frames
from tests.catalogue.servers import IDS, get, the_list
from tests.catalogue.servers import failure as failure_of_list
from tests.harness import GENEROUS_S
from tests.transport.connections import read_to_the_end
from tests.transport.servers import read_request, serving

FRAME = frames(1)[0]
PAYLOAD = FRAME[2:] if FRAME[1] < 126 else FRAME[4:]
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = ApiKey("4F1C0FFE-5ECR-37KE-Y000-0123456789AB")
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
BEFORE_THE_ANSWER = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": EARLY_HINTS,
    "several": b"HTTP/1.1 100 Continue\r\n\r\n" + EARLY_HINTS * 20 + b"HTTP/1.1 199 x\r\n\r\n",
}


def go_ahead(request: bytes, more: bytes = b"") -> bytes:
    nonce = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    accept = b64encode(sha1(nonce + GUID).digest())
    lines = [b"HTTP/1.1 101 Go ahead", b"Upgrade: WebSocket", b"Connection: keep-alive, upgrade", b"", b""]
    lines.insert(3, b"sec-websocket-accept:" + accept)
    return b"\r\n".join([lines[0], *([more] if more else []), *lines[1:]])


@contextmanager
def upgrading(answer: Callable[[bytes], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers by `answer`, says goodbye after the hello, and keeps what it was asked."""
    requests: list[bytes] = []

    def handle(peer: socket.socket) -> None:
        requests.append(read_request(peer))
        peer.sendall(answer(requests[-1]))
        peer.recv(100)

    with serving(handle) as port:
        yield port, requests


def opened(port: int, **details: object) -> Connection:
    connection = Connection(1, Target(url=f"ws://127.0.0.1:{port}", hello=b"{}", **details))  # type: ignore[arg-type]
    connection.open()
    return connection


def failure(port: int, **details: object) -> IdxstreamError:
    connection = Connection(1, Target(url=f"ws://127.0.0.1:{port}", **details))  # type: ignore[arg-type]
    with pytest.raises(IdxstreamError) as caught:
        connection.open()
    connection.drop()
    return caught.value


@pytest.mark.parametrize("name", BEFORE_THE_ANSWER)
def test_what_comes_before_the_answer_is_no_answer(name: str) -> None:
    with upgrading(lambda request: BEFORE_THE_ANSWER[name] + go_ahead(request) + FRAME) as (port, _):
        connection = opened(port)
        assert read_to_the_end(connection)[0] == [PAYLOAD]  # also what came in one piece with the answer
        connection.drop()
    with upgrading(lambda _: BEFORE_THE_ANSWER[name] + b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert "(HTTP 404 No)" in failure(port).what


@pytest.mark.parametrize("name", BEFORE_THE_ANSWER)
def test_nor_is_it_one_of_the_list(name: str) -> None:
    from coinapi_idx_cli.catalogue.server import RestServer

    with upgrading(lambda _: BEFORE_THE_ANSWER[name] + the_list()) as (port, _):
        fetched = get(RestServer(f"http://127.0.0.1:{port}"))
    assert fetched is not None
    assert fetched.ids == IDS


def endless(first: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """What a server does that never ends its answer; it stops when nobody listens."""

    def handle(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(first)
        with suppress(OSError):
            for _ in itertools.count():
                peer.sendall(piece * 1000)

    return handle


WITHOUT_END = {
    "a line": (b"HTTP/1.1 101 Go\r\nX: ", b"x"),
    "lines": (b"HTTP/1.1 101 Go\r\n", b"X: y\r\n"),
    "a reason": (b"HTTP/1.1 101 ", b"x"),
    "answers before the answer": (b"", EARLY_HINTS),
}


@pytest.mark.parametrize("name", WITHOUT_END)
def test_a_head_without_an_end_is_refused(name: str) -> None:
    from coinapi_idx_cli.catalogue.server import RestServer

    with serving(endless(*WITHOUT_END[name])) as port:
        error = failure(port, timeout_s=GENEROUS_S)
        assert (type(error), "longer than 64 KiB" in error.what) == (RefusedError, True)
        of_list = failure_of_list(RestServer(f"http://127.0.0.1:{port}", timeout_s=GENEROUS_S))
        assert (type(of_list), "does not speak HTTP" in of_list.what) == (RefusedError, True)


@pytest.mark.parametrize("name", WITHOUT_END)
def test_a_proxy_without_an_end_is_given_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, piece = WITHOUT_END[name]
    with serving(endless(first.replace(b"101", b"200"), piece)) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        connection = Connection(1, Target(url="wss://a.example", timeout_s=GENEROUS_S))
        with pytest.raises(ConnectionLostError, match=r"through the proxy: the head .* longer than 64 KiB"):
            connection.open()


def test_hints_of_a_proxy_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def handle(peer: socket.socket) -> None:
        assert read_request(peer).startswith(b"CONNECT there.example:80 ")
        peer.sendall(EARLY_HINTS + b"HTTP/1.1 200 Fine\r\n\r\n")
        peer.sendall(go_ahead(read_request(peer)) + FRAME)
        peer.recv(100)

    with serving(handle) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        connection = Connection(1, Target(url="ws://there.example", hello=b"{}", allow_plaintext=True))
        connection.open()
        assert read_to_the_end(connection)[0] == [PAYLOAD]
        connection.drop()


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 404 No\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 404 No\r\n\r\n",
        b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    ],
)
def test_of_a_refusal_without_an_end_the_begin_is_enough(head: bytes) -> None:
    sent = 0

    def handle(peer: socket.socket) -> None:
        nonlocal sent
        read_request(peer)
        peer.sendall(head)
        with suppress(OSError):
            while sent < 1 << 30:
                sent += peer.send(b"no! " * 1000)

    with serving(handle) as port:
        error = failure(port, timeout_s=GENEROUS_S)
    assert (type(error), "no! no! " in error.what) == (RefusedError, True), error.what
    assert sent < REFUSAL_LIMIT_BYTES + (32 << 20)  # what the system's buffers hold


BEGINNINGS = [
    b"",
    b"HTTP/1.1 101 Go\r\nX: ",
    EARLY_HINTS + b"HTTP/1.1 101 x",
    b"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n",
]


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_one_that_dribbles_has_no_more_time_than_others(begin: bytes) -> None:
    def handle(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(begin)
        peer.settimeout(0.01)
        while True:
            with suppress(TimeoutError):
                if not peer.recv(1):
                    return
            if begin:
                peer.sendall(b"x")

    with serving(handle) as port:
        error = failure(port, timeout_s=0.2)
    assert "did not answer within 0.2 s" in error.what or "HTTP 404" in error.what


def test_no_cookies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from coinapi_idx_cli.catalogue.server import RestServer

    cookie = b"Set-Cookie: session=1; Path=/; Domain=127.0.0.1\r\nSet-Cookie: other=2"
    with upgrading(lambda request: go_ahead(request, cookie)) as (port, requests):
        for _ in range(3):
            opened(port).drop()
        assert len(requests) == 3
        assert b"ookie" not in b"".join(requests)
        assert len({len(request) for request in requests}) == 1
    with upgrading(lambda _: the_list(**{"Set-Cookie": "session=1"})) as (port, requests):
        for _ in range(2):
            get(RestServer(f"http://127.0.0.1:{port}"))
        assert b"ookie" not in b"".join(requests)


def test_what_is_asked() -> None:
    with upgrading(go_ahead) as (port, requests):
        url = f"ws://127.0.0.1:{port}/feed?a=b"
        for auth in ("header", "query", "hello"):
            connection = Connection(1, Target(url=url, api_key=KEY, auth=auth, hello=b"{}"))
            connection.open()
            connection.drop()
    by_header, by_query, by_hello = (request.decode().split("\r\n") for request in requests)
    assert by_header[0] == by_hello[0] == "GET /feed?a=b HTTP/1.1"
    assert by_query[0] == f"GET /feed?a=b&apikey={KEY.reveal()} HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in by_header
    assert f"X-CoinAPI-Key: {KEY.reveal()}" in by_header
    assert not any("Key: 4F1C" in line for line in by_query + by_hello)


def test_the_usual_port_is_not_named() -> None:
    urls = ("ws://A.example", "wss://[::1]", "wss://a.example:80", "ws://a.example:80")
    assert [Target(url=url).host_header for url in urls] == ["a.example", "[::1]", "a.example:80", "a.example"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.replace(b"Upgrade: WebSocket\r\n", b""),
        lambda answer: answer.replace(b"keep-alive, upgrade", b"keep-alive"),
        lambda answer: answer.replace(b"accept:", b"accept: x"),
        lambda answer: answer.replace(b"Upgrade:", b"Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade:"),
        lambda answer: answer.replace(b"Upgrade:", b"Sec-WebSocket-Protocol: chat\r\nUpgrade:"),
        lambda answer: answer.replace(b"Upgrade:", b"no header\r\nUpgrade:"),
        lambda answer: answer.replace(b"HTTP/1.1 101", b"HTTP/1.1 1x1"),
    ],
)
def test_an_answer_that_is_no_upgrade_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with upgrading(lambda request: spoil(go_ahead(request))) as (port, _):
        error = failure(port)
    assert (type(error), "does not speak WebSocket: " in error.what) == (RefusedError, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer.replace(b"\r\n", b"\n"),
        lambda answer: answer.replace(b"\r\n", b"\n").replace(b"\n\n", b"\n\r\n"),
        lambda answer: answer.replace(b"keep-alive, upgrade", b"keep-alive\r\nCONNECTION:Upgrade"),
        lambda answer: answer.replace(b"WebSocket", b"h2c,\twebsocket"),
        lambda answer: answer.replace(b"accept:", b"accept:\r\n  "),
        lambda answer: answer.replace(b"Go ahead", b"\xc3\xa9 \xff"),
        lambda answer: answer.replace(b" Go ahead", b""),
        lambda answer: answer.replace(b"Upgrade:", b"an odd name: \xff\r\n: no name\r\nUpgrade:"),
    ],
)
def test_what_proxies_and_old_servers_make_of_an_answer_is_understood(change: Callable[[bytes], bytes]) -> None:
    with upgrading(lambda request: change(go_ahead(request)) + FRAME) as (port, _):
        connection = opened(port)
        assert read_to_the_end(connection)[0] == [PAYLOAD]
        connection.drop()


@pytest.mark.slow
def test_a_server_that_ends_before_it_answers() -> None:
    for part in (b"", b"HTTP/1.1 101 Go\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"):
        with upgrading(lambda _, part=part: part) as (port, _):  # type: ignore[misc]
            error = failure(port, timeout_s=0.3)
        assert isinstance(error, NoConnectionError)
    assert HEAD_LIMIT_BYTES == 65_536  # as the messages say
