"""Certificates that verify or do not, and proxies of the environment, on the way to the list of indexes."""

from __future__ import annotations

import socket

import pytest
import trustme

from coinapi_idx_cli.catalogue.answers import Fetched
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError, RefusedError, UsageError
from coinapi_idx_cli.net.tls import Trust
from tests.catalogue.servers import IDS, KEY, failure, get, scripted, the_list
from tests.certificates import tls_simulator
from tests.transport.servers import proxying, serving


def test_certificates(authority: trustme.CA, trust: Trust) -> None:
    with tls_simulator(authority, "localhost") as sim:
        assert get(RestServer(sim.rest_url, None, trust)) is not None
        unknown = failure(RestServer(sim.rest_url))
        assert (type(unknown), "does not verify" in unknown.what) == (RefusedError, True)
    with tls_simulator(authority, "other.example") as sim:
        assert isinstance(failure(RestServer(sim.rest_url, None, trust)), RefusedError)


def test_tls_asked_of_a_server_that_speaks_none() -> None:
    def answer_anything(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answer_anything) as port:
        error = failure(RestServer(f"https://localhost:{port}"))
    assert (type(error), "does not speak TLS" in error.what) == (RefusedError, True)


# 0.0.0.0 is this machine, and not taken for loopback, for which no proxy would be asked.
def test_a_proxy_with_a_password_and_tls_through_it(
    authority: trustme.CA, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[bytes] = []
    with tls_simulator(authority, "0.0.0.0") as sim, proxying(requests) as port:
        monkeypatch.setenv("https_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        assert get(RestServer(f"https://0.0.0.0:{sim.port}", ApiKey(KEY), trust)) is not None
    assert requests[0].startswith(f"CONNECT 0.0.0.0:{sim.port} ".encode())
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in requests[0]  # me:p@ss
    assert KEY.encode() not in b"".join(requests)


def test_a_proxy_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(the_list()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert get(RestServer("http://rest.example:8080", allow_plaintext=True)) == Fetched(IDS, None)
        assert proxy.requests[0].startswith(b"GET http://rest.example:8080/v1/indexes HTTP/1.1\r\n")
        with scripted(the_list("IDX_C")) as there:
            assert get(there.server()) == Fetched(("IDX_C",), None)
            monkeypatch.setenv("no_proxy", "0.0.0.0")
            assert get(RestServer(f"http://0.0.0.0:{there.port}", allow_plaintext=True)) == Fetched(("IDX_C",), None)
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [("407 Proxy Authentication Required", RefusedError), ("403 No", RefusedError), ("502 Bad", ConnectionLostError)],
)
def test_a_proxy_that_refuses(status: str, kind: type[IdxstreamError], monkeypatch: pytest.MonkeyPatch) -> None:
    with proxying([], status) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        error = failure(RestServer("https://rest.example"))
    assert (type(error), f"HTTP {status[:3]}" in error.what) == (kind, True)


@pytest.mark.parametrize(
    ("proxy", "kind", "words"),
    [
        ("http://127.0.0.1:1", NoConnectionError, "cannot connect to the proxy 127.0.0.1:1: Connection refused"),
        ("http://no-such-proxy.invalid:1", NoConnectionError, "the proxy no-such-proxy.invalid:1 does not resolve"),
        ("socks5://127.0.0.1:1", NoConnectionError, "cannot connect to the proxy 127.0.0.1:1: Connection refused"),
        ("http://[::1]:1", NoConnectionError, "cannot connect to the proxy [::1]:1: Connection refused"),
        ("http://me:secret@", UsageError, "the https_proxy of the environment is not a valid URL"),
        ("http://me:12/secret@a.example:1", UsageError, "the https_proxy of the environment is not a valid URL"),
        ("http://me:secret@[", UsageError, "the https_proxy of the environment is not a valid URL"),
    ],
)
def test_proxies_that_cannot_be_used(
    proxy: str, kind: type[IdxstreamError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    error = failure(RestServer("https://rest.example"))
    assert (type(error), words in error.what, "secret" in str(error)) == (kind, True, False)
