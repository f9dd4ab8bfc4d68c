"""What an attempt to reach a server that failed below HTTP means, for the feed and for REST alike."""

from __future__ import annotations

import socket
import ssl

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.net.tls_failures import tls_failure


def connect_failure(
    server: Server, error: BaseException, asked: str, kind: type[NoConnectionError] = ConnectionLostError
) -> IdxstreamError | None:
    """None for an error of another kind.

    `asked`: who was connected to by TCP, the server itself or a proxy. `kind`: what an accident of the network is to
    the caller.
    """
    match error:
        case ssl.SSLError():
            return tls_failure(server, error)
        case socket.gaierror():
            return kind(f"the name of {asked} does not resolve", f"check {server.option}, https_proxy, the network")
        case TimeoutError():
            return kind(f"{asked} did not answer within {server.timeout_s:g} s")
        case OSError():
            return kind(f"cannot connect to {asked}: {error.strerror or error}")
    return None
