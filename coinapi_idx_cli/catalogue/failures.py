"""What a request that got no whole answer means, and in which words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3.exceptions import DecodeError

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError, RefusedError
from coinapi_idx_cli.net.http_head import HeadError
from coinapi_idx_cli.net.tls_failures import tls_failure


def classified(server: RestServer, error: BaseException, asked: str) -> IdxstreamError:
    """`asked`: who was connected to by TCP, the server itself or a proxy."""
    for cause in _causes(error):
        if (known := _known(server, cause, asked)) is not None:
            return known
    return RefusedError(f"cannot ask {server.name}: {error}", "check --rest-url")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _known(server: RestServer, error: BaseException, asked: str) -> IdxstreamError | None:
    name = server.name
    match error:
        case ssl.SSLError():
            return tls_failure(server, error)
        case socket.gaierror():
            what = f"the name of {asked} does not resolve"
            return NoConnectionError(what, "check --rest-url, https_proxy, the network")
        case TimeoutError():
            return NoConnectionError(f"{asked} did not answer within {server.timeout_s:g} s")
        case IncompleteRead() | RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return ConnectionLostError(f"{name} closed the connection before it had answered")
        case HTTPException() | HeadError():
            return RefusedError(f"{name} does not speak HTTP", "check --rest-url")
        case DecodeError():
            return RefusedError(f"{name} gave an answer that cannot be decoded", "check --rest-url")
        case OSError():
            return NoConnectionError(f"cannot connect to {asked}: {error.strerror or error}")
    return None
