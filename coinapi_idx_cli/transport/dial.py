"""From a URL to an upgraded WebSocket: name, TCP, proxy, TLS, HTTP upgrade.

All of it blocks, so it runs in a thread of its own (`connection`). What failed is told apart by whether trying again
can help: `ConnectionLostError` if so, `CredentialsError` and `RefusedError` if not.
"""

from __future__ import annotations

import socket
from urllib.parse import urlencode, urlsplit, urlunsplit

import websocket

from coinapi_idx_cli import __version__
from coinapi_idx_cli.proxies import Proxy, proxy_for
from coinapi_idx_cli.tls import client_context
from coinapi_idx_cli.transport.refusals import classified, refused_upgrade
from coinapi_idx_cli.transport.target import Target

KEEPALIVE = tuple(
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_NODELAY", 1), ("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
)


def dial(target: Target, web_socket: websocket.WebSocket) -> None:
    """Connect and upgrade `web_socket`, whose hello is not sent yet.

    Raises ConnectionLostError when another attempt may do better, RefusedError or CredentialsError when none will.
    """
    proxy = proxy_for(target.host, target.port, secure=target.secure)
    try:
        _dial(target, web_socket, proxy)
    except websocket.WebSocketBadStatusException as error:
        raise refused_upgrade(target, error) from error
    except (websocket.WebSocketException, OSError, ValueError) as error:
        asked = f"the proxy {proxy.address}" if proxy else target.name
        raise classified(target, web_socket, error, asked) from error


def _dial(target: Target, web_socket: websocket.WebSocket, proxy: Proxy | None) -> None:
    options: dict[str, object] = {
        "timeout": target.timeout_s,
        "redirect_limit": 0,  # the library would send the key along
        "suppress_origin": True,  # for browsers only (RFC 6455, 10.2)
        "header": _headers(target),
    }
    if proxy is not None:
        options |= _library_options(proxy, target.timeout_s)
        if target.secure:
            web_socket.sock_opt.sslopt["context"] = client_context(target.ca_file)
    else:
        options["socket"] = _direct_socket(target)
    web_socket.connect(_url_with_key(target), **options)  # type: ignore[no-untyped-call]


def _direct_socket(target: Target) -> socket.socket:
    """Tries every address of the name, which the library gives up after the first that does not answer."""
    plain = socket.create_connection((target.host, target.port), timeout=target.timeout_s)
    try:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in KEEPALIVE:
            plain.setsockopt(*option)
        return (
            client_context(target.ca_file).wrap_socket(plain, server_hostname=target.host) if target.secure else plain
        )
    except BaseException:
        plain.close()
        raise


def _library_options(proxy: Proxy, timeout_s: float) -> dict[str, object]:
    return {
        "http_proxy_host": proxy.host,
        "http_proxy_port": proxy.port,
        "http_proxy_auth": proxy.credentials,
        "http_proxy_timeout": timeout_s,
        "proxy_type": proxy.kind,
    }


def _headers(target: Target) -> list[str]:
    headers = [f"User-Agent: idxstream/{__version__}"]
    if target.api_key is not None and target.auth == "header":
        headers.append(f"X-CoinAPI-Key: {target.api_key.reveal()}")
    return headers


def _url_with_key(target: Target) -> str:
    if target.api_key is None or target.auth != "query":
        return target.url
    parts = urlsplit(target.url)
    key = urlencode({"apikey": target.api_key.reveal()})
    return urlunsplit(parts._replace(query=f"{parts.query}&{key}" if parts.query else key))
