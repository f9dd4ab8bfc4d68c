"""What a request that got no whole answer means, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3.exceptions import DecodeError

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError, RefusedError
from coinapi_idx_cli.net.connect_failures import connect_failure
from coinapi_idx_cli.net.http_head import HeadError


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
        case IncompleteRead() | RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return ConnectionLostError(f"{name} closed the connection before it had answered")
        case HTTPException() | HeadError():
            return RefusedError(f"{name} does not speak HTTP", "check --rest-url")
        case DecodeError():
            return RefusedError(f"{name} sent an answer that cannot be decoded", "check --rest-url")
    return connect_failure(server, error, asked, NoConnectionError)
