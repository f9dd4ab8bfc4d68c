"""Requests of the REST side, and what came back, whatever the status.

What failed is distinguished by whether trying again can help: `ConnectionLostError` if at once, `NoConnectionError` if
later, `RefusedError` if never.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

import urllib3

from coinapi_idx_cli import __version__
from coinapi_idx_cli.catalogue.failures import classified
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import NoConnectionError, RefusedError
from coinapi_idx_cli.net.deadline import Deadline, bounded
from coinapi_idx_cli.net.http_head import Replayed, read_head, send_request
from coinapi_idx_cli.net.http_refusals import HttpAnswer
from coinapi_idx_cli.net.proxies import Proxy, proxy_for
from coinapi_idx_cli.net.streams import open_stream
from coinapi_idx_cli.net.tunnels import basic_authorization
from coinapi_idx_cli.net.urls import Url
from coinapi_idx_cli.terminal.one_line import excerpt

OK = 200
READ_AT_ONCE_BYTES = 65_536
LARGEST_LIST_BYTES = 32 << 20  # eighty times the real one
LARGEST_REFUSAL_BYTES = 65_536
ASKED_CODING = "gzip"
DECODABLE_CODINGS = {ASKED_CODING, "x-gzip", "deflate", "identity"}  # others the library knows only with more packages
TIMEOUTS_IN_ALL = 6  # of a server that always sends one more byte in time


def ask(server: RestServer, etag: str | None) -> HttpAnswer:
    """GET the list, unless it is still the one of `etag`."""
    session = RestSession(server)
    try:
        return session.get(server.list_url, {} if etag is None else {"If-None-Match": etag})
    finally:
        session.close()


class RestSession:
    """GET after GET of one server, over one connection as long as the server keeps it.

    `largest_bytes`: of one answer, decompressed.
    """

    def __init__(self, server: RestServer, largest_bytes: int = LARGEST_LIST_BYTES) -> None:
        self._server = server
        self._largest_bytes = largest_bytes
        self._link: _Link | None = None

    def get(self, url: Url, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """What came back, whatever its status. Blocks within limits of its own: the search for a name knows none, and
        that of a socket is for one read only.

        Raises ConnectionLostError, NoConnectionError, RefusedError; UsageError for what would go in the clear.
        """
        seconds = TIMEOUTS_IN_ALL * self._server.timeout_s
        link, self._link = self._link, None  # of an answer that did not come nothing is used again
        try:
            answer, self._link = bounded(lambda: self._get(link, url, headers or {}), seconds)
        except TimeoutError:
            what = f"{self._server.name} did not finish its answer within {seconds:g} s"
            raise NoConnectionError(what) from None
        return answer

    def close(self) -> None:
        """End the connection, if there is one."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _get(self, link: _Link | None, url: Url, headers: Mapping[str, str]) -> tuple[HttpAnswer, _Link | None]:
        server = self._server
        proxy = proxy_for(server.host, server.port, secure=server.secure)
        if link is not None and not link.is_alive():
            link.close()
            link = None
        try:
            link = link or _open_link(server, proxy)
            try:
                answer = link.ask(url, _headers(server) | dict(headers), self._largest_bytes)
            except BaseException:
                link.close()
                raise
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise classified(server, error, f"the proxy {proxy.address}" if proxy else server.name) from error
        if link.is_alive():
            return answer, link
        link.close()
        return answer, None


class _Link:
    """An open connection. `by_proxy`: the HTTP proxy that is asked itself."""

    def __init__(self, server: RestServer, stream: socket.socket, by_proxy: Proxy | None) -> None:
        self._server = server
        self._stream = stream
        self._by_proxy = by_proxy
        self._pool = _pool(server, stream)

    def ask(self, url: Url, headers: dict[str, str], largest_bytes: int) -> HttpAnswer:
        server, by_proxy = self._server, self._by_proxy
        self._stream.settimeout(server.timeout_s)  # no more of the deadline of connecting
        target = url.text if by_proxy is not None else url.target
        headers |= basic_authorization(by_proxy) if by_proxy is not None else {}
        # The library would send the key along to where a redirect points.
        response = self._pool.urlopen(
            "GET", target, headers=headers, redirect=False, preload_content=False, assert_same_host=False
        )
        try:
            body = _body(server, response, largest_bytes)
            return HttpAnswer(response.status, response.reason or "", _by_lower(response), body)
        finally:
            response.close()

    def is_alive(self) -> bool:
        """Whether it can be used again: nothing is to come, and the server has not ended it."""
        if self._stream.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self._stream, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self._pool.close()
        self._stream.close()


def _open_link(server: RestServer, proxy: Proxy | None) -> _Link:
    # An HTTP proxy is asked itself for what goes without TLS: few tunnel to a port other than 443.
    by_proxy = proxy if proxy is not None and proxy.kind == "http" and not server.secure else None
    stream = open_stream(server, proxy, Deadline(server.timeout_s), tunnelled=by_proxy is None)
    return _Link(server, stream, by_proxy)


def _pool(server: RestServer, stream: socket.socket) -> urllib3.HTTPConnectionPool:
    """Of one connection, over a stream that is open already."""

    class FinalAnswer(HTTPResponse):
        """Its head is read within bounds, and is not one of those that come before it."""

        fp: Any = None  # `close` looks at it, also where no head could be read

        def __init__(self, sock: socket.socket, *rest: Any, **more: Any) -> None:
            head = read_head(sock, Deadline(server.timeout_s))
            sock.settimeout(server.timeout_s)
            super().__init__(Replayed(sock, head), *rest, **more)  # type: ignore[arg-type]

    class OverStream(urllib3.connection.HTTPConnection):
        """A connection that goes over the stream that is open already."""

        response_class = FinalAnswer

        def connect(self) -> None:
            self.sock = stream

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            send_request(stream, data)

    pool = urllib3.HTTPConnectionPool(server.host, server.port, timeout=server.timeout_s, retries=False)
    pool.ConnectionCls = OverStream
    return pool


def _headers(server: RestServer) -> dict[str, str]:
    headers = {
        "Host": server.host_header,
        "User-Agent": f"idxstream/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": ASKED_CODING,
    }
    if server.api_key is not None:
        headers["X-CoinAPI-Key"] = server.api_key.reveal()
    return headers


def _by_lower(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _body(server: RestServer, response: urllib3.BaseHTTPResponse, largest_bytes: int) -> bytes:
    if response.status == OK:
        return _read(server, response, largest_bytes)
    with suppress(urllib3.exceptions.HTTPError, OSError, RefusedError):  # the status says enough
        return _read(server, response, LARGEST_REFUSAL_BYTES)
    return b""


def _read(server: RestServer, response: urllib3.BaseHTTPResponse, largest_bytes: int) -> bytes:
    codings = {coding.strip() for coding in response.headers.get("content-encoding", "identity").lower().split(",")}
    if unknown := ", ".join(sorted(codings - DECODABLE_CODINGS)):
        what = f"{server.name} compressed its answer in a way that was not requested"
        raise RefusedError(f"{what} ({excerpt(unknown, server.redactor.clean)})", "check --rest-url")
    body = bytearray()
    # Of a body in chunks the library takes the compression off only when told to.
    for part in response.stream(READ_AT_ONCE_BYTES, decode_content=True):
        body += part
        if len(body) > largest_bytes:
            raise RefusedError(f"{server.name} sent more than {largest_bytes >> 20} MiB", "check --rest-url")
    return bytes(body)
