"""A way through a proxy: what it is asked, and what its answer means."""

from __future__ import annotations

import socket
from base64 import b64encode

from msgspec import Struct

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, RefusedError
from coinapi_idx_cli.net.addresses import addresses_of
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.http_head import HeadError, read_head, send_request
from coinapi_idx_cli.net.proxies import SOCKS_KINDS, Proxy
from coinapi_idx_cli.net.urls import host_and_port, is_name

CHECK_PROXY = "check https_proxy and no_proxy"
TRY_LATER_STATUSES = (408, 425, 429)
SOCKS_NOT_ALLOWED = 2  # RFC 1928, 6: "connection not allowed by ruleset"


def tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    """Afterwards `sock`, which is connected to the proxy, leads to the server.

    Raises RefusedError or ConnectionLostError for a proxy that says no, and TimeoutError.
    """
    if proxy.kind in SOCKS_KINDS:
        _through_socks(sock, proxy, host, port, deadline)
    else:
        _through_http(sock, proxy, host_and_port(host, port), deadline)


def basic_authorization(proxy: Proxy) -> dict[str, str]:
    """The header with user and password, if there are any."""
    if proxy.credentials is None:
        return {}
    return {"Proxy-Authorization": f"Basic {b64encode(':'.join(proxy.credentials).encode()).decode()}"}


def _through_http(sock: socket.socket, proxy: Proxy, there: str, deadline: Deadline) -> None:
    """By CONNECT (RFC 9110, 9.3.6)."""
    headers = {"Host": there, **basic_authorization(proxy)}
    lines = [f"CONNECT {there} HTTP/1.1", *(f"{name}: {content}" for name, content in headers.items()), "", ""]
    try:
        deadline.limit(sock)
        send_request(sock, "\r\n".join(lines).encode())
        head = read_head(sock, deadline)
    except TimeoutError:
        raise
    except HeadError as error:
        raise _failed(str(error)) from error
    except OSError as error:
        raise _failed(error.strerror or "it closed the connection") from error
    if not 200 <= head.status < 300:
        raise _refused(head.status)


def _refused(status: int) -> IdxstreamError:
    if 400 <= status < 500 and status not in TRY_LATER_STATUSES:
        return RefusedError(f"the proxy refused the connection (HTTP {status})", CHECK_PROXY)
    return _failed(f"it answered HTTP {status}")


def _failed(why: str) -> ConnectionLostError:
    return ConnectionLostError(f"cannot connect through the proxy: {why}", CHECK_PROXY)


class _Connected(Struct):
    """For the SOCKS library, in the place of a proxy before the proxy: the way to it is there already."""

    sock: socket.socket

    def connect(self, **_: object) -> socket.socket:
        return self.sock


def _resolved(host: str, port: int) -> str:
    try:
        found = addresses_of(host, port)
    except socket.gaierror as error:
        hint = "use socks5h:// to let the proxy resolve it, or check --url, --rest-url and the network"
        raise ConnectionLostError(f"the name of {host_and_port(host, port)} does not resolve", hint) from error
    return str(next((each for each in found if each.family == socket.AF_INET), found[0]).at[0])  # more proxies reach it


def _through_socks(sock: socket.socket, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    from python_socks import ProxyError, ProxyTimeoutError, ProxyType  # an extra
    from python_socks.sync import Proxy as SocksProxy

    if proxy.kind == "socks5" and is_name(host):
        host = _resolved(host, port)
    user, password = proxy.credentials or (None, None)
    forward: object = _Connected(sock)
    there = SocksProxy(ProxyType.SOCKS5, proxy.host, proxy.port, user, password, True, forward)  # type: ignore[arg-type,unused-ignore]  # noqa: FBT003
    try:
        deadline.limit(sock)
        there.connect(host, port, timeout=deadline.left_s())
    except ProxyTimeoutError as error:
        raise TimeoutError from error
    except ProxyError as error:
        if error.error_code == SOCKS_NOT_ALLOWED or "uthenticat" in str(error):
            raise RefusedError(f"the proxy refused the connection ({error})", CHECK_PROXY) from error
        raise _failed(str(error)) from error
    except TimeoutError:
        raise
    except OSError as error:
        raise _failed(error.strerror or "it closed the connection") from error
