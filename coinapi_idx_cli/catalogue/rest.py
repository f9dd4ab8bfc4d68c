"""One request for the list, and what came back, whatever its status.

What failed is told apart by whether trying again can help: `ConnectionLostError` if at once, `NoConnectionError` if
later, `RefusedError` if never.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress

import urllib3
from msgspec import Struct

from coinapi_idx_cli import __version__
from coinapi_idx_cli.bounded import bounded
from coinapi_idx_cli.catalogue.failures import classified
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import NoConnectionError, RefusedError
from coinapi_idx_cli.proxies import Proxy, proxy_for
from coinapi_idx_cli.text import excerpt
from coinapi_idx_cli.tls import client_context

OK = 200
READ_AT_ONCE_BYTES = 65_536
LARGEST_LIST_BYTES = 32 << 20  # eighty times the real one
LARGEST_REFUSAL_BYTES = 65_536
ASKED_CODING = "gzip"
DECODABLE_CODINGS = {ASKED_CODING, "x-gzip", "deflate", "identity"}  # others the library knows only with more packages
TIMEOUTS_IN_ALL = 6  # of a server that always sends one more byte in time


class Answer(Struct, frozen=True):
    """`headers` by their names in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def ask(server: RestServer, etag: str | None) -> Answer:
    """GET the list, unless it is still the one of `etag`."""
    # Within limits of its own: the search for a name knows none, and that of a socket is for one read only.
    seconds = TIMEOUTS_IN_ALL * server.timeout_s
    try:
        return bounded(lambda: _ask(server, etag), seconds)
    except TimeoutError:
        raise NoConnectionError(f"{server.name} had not answered in full after {seconds:g} s") from None


def _ask(server: RestServer, etag: str | None) -> Answer:
    proxy = proxy_for(server.host, server.port, secure=server.secure)
    try:
        with _pool(server, proxy) as pool:
            # The library would send the key along to where a redirect points.
            response = pool.request(
                "GET", server.list_url, headers=_headers(server, etag), redirect=False, preload_content=False
            )
            try:
                return Answer(response.status, response.reason or "", _by_lower(response), _body(server, response))
            finally:
                response.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise classified(server, error, f"the proxy {proxy.address}" if proxy else server.name) from error


def _pool(server: RestServer, proxy: Proxy | None) -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=server.timeout_s, read=server.timeout_s)
    context = client_context(server.ca_file) if server.secure else None
    if proxy is None:
        return urllib3.PoolManager(timeout=timeout, retries=False, ssl_context=context)
    if proxy.kind != "http":
        raise RefusedError(
            f"the list of indexes does not come through a proxy of kind {proxy.kind}",
            f"name an HTTP proxy, or put {server.host} into no_proxy",
        )
    return urllib3.ProxyManager(
        f"http://{proxy.address}",
        proxy_headers=_proxy_headers(proxy),
        timeout=timeout,
        retries=False,
        ssl_context=context,
    )


def _proxy_headers(proxy: Proxy) -> dict[str, str]:
    if proxy.credentials is None:
        return {}
    return {"Proxy-Authorization": f"Basic {b64encode(':'.join(proxy.credentials).encode()).decode()}"}


def _headers(server: RestServer, etag: str | None) -> dict[str, str]:
    headers = {"User-Agent": f"idxstream/{__version__}", "Accept": "application/json", "Accept-Encoding": ASKED_CODING}
    if server.api_key is not None:
        headers["X-CoinAPI-Key"] = server.api_key.reveal()
    if etag is not None:
        headers["If-None-Match"] = etag
    return headers


def _by_lower(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _body(server: RestServer, response: urllib3.BaseHTTPResponse) -> bytes:
    if response.status == OK:
        return _read(server, response, LARGEST_LIST_BYTES)
    with suppress(urllib3.exceptions.HTTPError, OSError, RefusedError):  # the status says enough
        return _read(server, response, LARGEST_REFUSAL_BYTES)
    return b""


def _read(server: RestServer, response: urllib3.BaseHTTPResponse, largest_bytes: int) -> bytes:
    codings = {coding.strip() for coding in response.headers.get("content-encoding", "identity").lower().split(",")}
    if unknown := ", ".join(sorted(codings - DECODABLE_CODINGS)):
        what = f"{server.name} compressed its answer in a way that was not asked for"
        raise RefusedError(f"{what} ({excerpt(unknown, server.redactor.clean)})", "check --rest-url")
    body = bytearray()
    # Of a body in chunks the library takes the compression off only when told to.
    for part in response.stream(READ_AT_ONCE_BYTES, decode_content=True):
        body += part
        if len(body) > largest_bytes:
            raise RefusedError(f"{server.name} gave more than {largest_bytes >> 20} MiB", "check --rest-url")
    return bytes(body)
