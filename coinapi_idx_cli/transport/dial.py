"""From a URL to an upgraded WebSocket: name, TCP, proxy, TLS, HTTP upgrade.

All of it blocks, so it runs in a thread of its own (`connection`). What failed is told apart by whether trying again
can help: `ConnectionLostError` if so, `CredentialsError` and `RefusedError` if not.
"""

from __future__ import annotations

import os
import socket
import ssl
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

import websocket

from coinapi_idx_cli import __version__
from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.transport.refusals import classified, refused_upgrade
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.urls import is_loopback

KEEPALIVE = tuple(
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_NODELAY", 1), ("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
)


def dial(target: Target, web_socket: websocket.WebSocket) -> None:
    """Connect and upgrade `web_socket`, whose hello is not sent yet.

    Raises ConnectionLostError when another attempt may do better, RefusedError or CredentialsError when none will.
    """
    proxy = _proxy_options(target)
    try:
        _dial(target, web_socket, proxy)
    except websocket.WebSocketBadStatusException as error:
        raise refused_upgrade(target, error) from error
    except (websocket.WebSocketException, OSError, ValueError) as error:
        asked = f"the proxy {proxy['http_proxy_host']}:{proxy['http_proxy_port']}" if proxy else target.server
        raise classified(target, web_socket, error, asked) from error


def _dial(target: Target, web_socket: websocket.WebSocket, proxy: dict[str, object]) -> None:
    options: dict[str, object] = {
        "timeout": target.connect_timeout_s,
        "redirect_limit": 0,  # the library would send the key along
        "suppress_origin": True,  # for browsers only (RFC 6455, 10.2)
        "header": _headers(target),
    }
    if proxy:
        options |= proxy
        if target.secure:
            web_socket.sock_opt.sslopt["context"] = _tls_context(target)
    else:
        options["socket"] = _direct_socket(target)
    web_socket.connect(_url_with_key(target), **options)  # type: ignore[no-untyped-call]


def _direct_socket(target: Target) -> socket.socket:
    """Tries every address of the name, which the library gives up after the first that does not answer."""
    plain = socket.create_connection((target.host, target.port), timeout=target.connect_timeout_s)
    try:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in KEEPALIVE:
            plain.setsockopt(*option)
        return _tls_context(target).wrap_socket(plain, server_hostname=target.host) if target.secure else plain
    except BaseException:
        plain.close()
        raise


def _tls_context(target: Target) -> ssl.SSLContext:
    """The platform's trust, and the extra anchor of --ca-file."""
    context = ssl.create_default_context()
    if target.ca_file is not None:
        context.load_verify_locations(cafile=target.ca_file)
    return context


def _proxy_options(target: Target) -> dict[str, object]:
    """The library's options for the proxy that the environment names for this host; empty without one."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    url = proxies.get("https" if target.secure else "http") or proxies.get("all")
    if not url or is_loopback(target.host) or proxy_bypass_environment(f"{target.host}:{target.port}", proxies):
        return {}
    try:
        return _library_options(urlsplit(url if "://" in url else f"http://{url}"), target.connect_timeout_s)
    except ValueError:  # its text holds a part of the URL, where a password may stand
        what = f"the {'https' if target.secure else 'http'}_proxy of the environment is no URL"
        raise RefusedError(what, "write http://[USER:PASSWORD@]HOST:PORT, percent-encoded") from None


def _library_options(proxy: SplitResult, timeout_s: float) -> dict[str, object]:
    kind = "http" if proxy.scheme in ("http", "https") else proxy.scheme
    credentials = (unquote(proxy.username), unquote(proxy.password or "")) if proxy.username else None
    return {
        "http_proxy_host": proxy.hostname,
        "http_proxy_port": proxy.port or (80 if kind == "http" else 1080),
        "http_proxy_auth": credentials,
        "http_proxy_timeout": timeout_s,
        "proxy_type": kind,
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
