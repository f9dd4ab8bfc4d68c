"""The way to a server below WebSocket, one step at a time: whom TCP goes to, under which addresses, and how quickly."""

from __future__ import annotations

import socket
import time

from msgspec import Struct

from coinapi_idx_cli.net.addresses import Address, addresses_of
from coinapi_idx_cli.net.proxies import Proxy, proxy_for
from coinapi_idx_cli.net.urls import host_and_port
from coinapi_idx_cli.transport.failures import classified
from coinapi_idx_cli.transport.target import Target


class Route(Struct, frozen=True):
    """Whom TCP goes to: the server itself, or the `proxy` of the environment."""

    host: str
    port: int
    proxy: Proxy | None

    @property
    def name(self) -> str:
        return host_and_port(self.host, self.port)


def route_to(target: Target) -> Route:
    """Raises UsageError when what the environment names as a proxy cannot be used."""
    proxy = proxy_for(target.host, target.port, secure=target.secure)
    return Route(proxy.host, proxy.port, proxy) if proxy else Route(target.host, target.port, None)


def addresses(target: Target, route: Route) -> list[Address]:
    """All, each once, in the order in which they are tried. Blocks as long as the system's resolver does.

    Raises NoConnectionError.
    """
    try:
        return addresses_of(route.host, route.port)
    except OSError as error:
        raise classified(target, error, _asked(route)) from error


def connect(target: Target, route: Route, address: Address) -> float:
    """Make a TCP connection and end it; the seconds to make it. Raises NoConnectionError."""
    started_s = time.monotonic()
    with socket.socket(address.family, socket.SOCK_STREAM) as plain:
        plain.settimeout(target.timeout_s)
        try:
            plain.connect(address.at)
        except OSError as error:
            where = f"{address}:{route.port}"
            raise classified(target, error, f"the proxy {where}" if route.proxy else where) from error
        return time.monotonic() - started_s


def _asked(route: Route) -> str:
    return f"the proxy {route.name}" if route.proxy else route.name
