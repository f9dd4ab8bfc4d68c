"""One request for the list: what is sent, what is believed of the answer, and what each failure is called."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from coinapi_idx_cli.catalogue import rest
from coinapi_idx_cli.catalogue.answers import Fetched
from coinapi_idx_cli.catalogue.rest import LARGEST_LIST_BYTES
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.catalogue.sift import LeftOut
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    IdxstreamError,
    NoConnectionError,
    RefusedError,
)
from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import IDS, KEY, failure, get, http, scripted, the_list
from tests.transport.servers import answering, black_hole, read_request, serving


def failure_of(answer: bytes) -> IdxstreamError:
    with scripted(answer) as there:
        return failure(there.server())


def test_the_list_of_a_real_server_sorted() -> None:
    with Simulator(rate=0, api_key=KEY, extra_ids=7700) as sim:
        assert get(RestServer(sim.rest_url, ApiKey(KEY))) == Fetched(tuple(sorted(sim.index_ids)), None)


def test_what_is_sent() -> None:
    with scripted(the_list()) as there:
        get(there.server(path="/behind/a/gateway/"), '"v1"')
        (request,) = there.requests
    first, *headers = request.decode().split("\r\n")
    assert first == "GET /behind/a/gateway/v1/indexes HTTP/1.1"
    assert {f"X-CoinAPI-Key: {KEY}", 'If-None-Match: "v1"', f"Host: 127.0.0.1:{there.port}"} <= set(headers)
    assert any(header.startswith("User-Agent: idxstream/") for header in headers)


def test_without_a_key_none_is_sent() -> None:
    with scripted(the_list()) as there:
        assert get(there.server(key=None)) == Fetched(IDS, None)
        assert b"X-CoinAPI-Key" not in there.requests[0]


def test_ids_come_once_and_more_fields_do_no_harm() -> None:
    body = json.dumps([{"id": "IDX_B", "name": None}, {"id": "IDX_A"}, {"id": "IDX_B"}])
    with scripted(http(200, body, {"ETag": 'W/"1"'})) as there:
        assert get(there.server()) == Fetched(IDS, 'W/"1"')


def test_what_has_not_changed_is_not_sent_again() -> None:
    with scripted(http(304)) as there:
        assert get(there.server(), '"v1"') is None
        assert isinstance(failure(there.server()), RefusedError)


def test_a_compressed_answer() -> None:
    body = gzip.compress(json.dumps([{"id": "IDX_A"}]).encode())
    with scripted(http(200, body, {"Content-Encoding": "gzip"})) as there:
        assert get(there.server()) == Fetched(("IDX_A",), None)
    error = failure_of(http(200, b"IDX_A", {"Content-Encoding": "gzip"}))
    assert (type(error), "decoded" in error.what) == (RefusedError, True)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    body = gzip.compress(b" " * (LARGEST_LIST_BYTES + 1))
    assert "more than 32 MiB" in failure_of(http(200, body, {"Content-Encoding": "gzip"})).what


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with scripted(the_list()) as elsewhere:
        error = failure_of(http(status, headers={"Location": elsewhere.url}))
        assert elsewhere.requests == []
    assert isinstance(error, RefusedError)
    assert "never followed" in error.hint


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CredentialsError),
        (403, CredentialsError),
        (400, RefusedError),
        (404, RefusedError),
        (204, RefusedError),
        (408, ConnectionLostError),
        (429, ConnectionLostError),
        (500, ConnectionLostError),
        (503, ConnectionLostError),
    ],
)
def test_statuses(status: int, kind: type[IdxstreamError]) -> None:
    error = failure_of(http(status, f"sorry, {KEY}\n", reason="Because"))
    assert type(error) is kind
    assert f"says: sorry, *** (HTTP {status} Because)" in error.what or status == 204


def test_a_status_counts_also_when_the_rest_is_cut() -> None:
    assert isinstance(failure_of(http(401, "sorry", {"Content-Length": "100"})), CredentialsError)


def test_a_key_at_the_cut_of_a_long_answer() -> None:
    assert KEY[:8] not in failure_of(http(404, "x" * 190 + KEY)).what


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Welcome</html>",
        "{}",
        "null",
        "[]",
        '["IDX_A"]',
        "[{}]",
        '[{"id": 1}]',
        '[{"id": null}]',
        '[{"id": ""}]',
        '[{"id": "two words"}]',
        '[{"id": "IDX_\\u001b[2J"}]',
        '[{"id": "IDX_A\\nIDX_B"}]',
        '[{"id": "IDX_\\u00e9"}]',
        '[{"id": "IDX_A"}',
        b'[{"id": "\xff"}]',
        "[" * 100_000,
        json.dumps([{"id": "x" * 1000}]),
        json.dumps([{"id": f"two {KEY}"}]),
    ],
)
def test_what_is_no_list_is_refused(body: str | bytes) -> None:
    error = failure_of(http(200, body))
    assert isinstance(error, RefusedError)
    assert "did not give a list of indexes" in error.what
    assert error.what.isprintable()


def test_the_key_is_taken_out_of_ids_and_tags() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    body = f'[{{"id": "IDX_A"}}, {{"id": "IDX_{escaped}"}}]'
    with scripted(http(200, body, {"ETag": f'"{KEY}"'})) as there:
        assert get(there.server()) == Fetched(("IDX_A",), None, LeftOut(1, "'IDX_***'"))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"", ConnectionLostError, "closed the connection"),
        (http(200, "[", {"Content-Length": "100"}), ConnectionLostError, "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[", ConnectionLostError, "closed the connection"),
        (b"hello\r\n\r\n", RefusedError, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", RefusedError, "does not speak HTTP"),
    ],
)
def test_answers_that_are_none(answer: bytes, kind: type[IdxstreamError], words: str) -> None:
    with answering(answer) as port:
        error = failure(RestServer(f"http://127.0.0.1:{port}"))
    assert (type(error), words in error.what) == (kind, True)


def test_nobody_there() -> None:
    refused = failure(RestServer("http://127.0.0.1:1"))
    assert (type(refused), refused.what) == (NoConnectionError, "cannot connect to 127.0.0.1:1: Connection refused")
    nowhere = failure(RestServer("https://no-such-host.invalid"))
    assert (type(nowhere), "does not resolve" in nowhere.what) == (NoConnectionError, True)


@pytest.mark.slow
def test_no_answer() -> None:
    with black_hole() as port:
        for scheme in ("http", "https"):
            error = failure(RestServer(f"{scheme}://127.0.0.1:{port}", timeout_s=0.5))
            assert (type(error), "did not answer within 0.5 s" in error.what) == (NoConnectionError, True)


def test_a_server_that_always_sends_one_more_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "TIMEOUTS_IN_ALL", 0.05)

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.settimeout(0.05)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"y")
            try:
                connection.recv(1)
            except TimeoutError:
                continue

    with serving(drip) as port:
        error = failure(RestServer(f"http://127.0.0.1:{port}"))
    assert (type(error), "did not finish its answer within 0.5 s" in error.what) == (NoConnectionError, True)
