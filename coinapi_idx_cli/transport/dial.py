"""From a URL to an upgraded WebSocket: name, TCP, proxy, TLS, HTTP upgrade, within one deadline.

All of it blocks, so it runs in a thread of its own (`connection`). What failed is distinguished by whether trying again
can help: `ConnectionLostError` if so, `CredentialsError` and `RefusedError` if not.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from typing import Protocol

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.http_head import ClosedEarlyError, Head
from coinapi_idx_cli.net.proxies import proxy_for
from coinapi_idx_cli.net.streams import open_stream
from coinapi_idx_cli.transport.failures import classified, refused_upgrade
from coinapi_idx_cli.transport.library import websocket
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.upgrade import upgrade


class Dialed(Protocol):
    """What is connected: it hears of each step."""

    def hold(self, sock: socket.socket) -> None:
        """There is a socket, or TLS over it begins: by it the attempt can be ended."""

    def asks(self) -> None:
        """The stream is open, TLS has come about, the upgrade is asked for."""

    def upgraded(self, head: Head) -> None:
        """It is a WebSocket now."""


def dial(target: Target, web_socket: Dialed, avoids: Collection[str] = ()) -> None:
    """Connect and upgrade `web_socket`, whose hello is not sent yet; the addresses that it `avoids` are tried last.

    Raises ConnectionLostError when another attempt may do better; RefusedError, CredentialsError or UsageError when
    none will.
    """
    proxy = proxy_for(target.host, target.port, secure=target.secure)
    deadline = Deadline(target.timeout_s)
    asked = f"the proxy {proxy.address}" if proxy else target.name
    try:
        stream = open_stream(target, proxy, deadline, web_socket.hold, avoids=avoids)
        asked = target.name
        try:
            web_socket.asks()
            web_socket.upgraded(upgrade(stream, target, deadline))
        except BaseException:
            stream.close()
            raise
    except websocket.WebSocketBadStatusException as error:
        raise refused_upgrade(target, error) from error
    except ClosedEarlyError as error:
        raise ConnectionLostError(f"{target.name} closed the connection before the upgrade") from error
    except (websocket.WebSocketException, OSError, ValueError) as error:
        raise classified(target, error, asked) from error
