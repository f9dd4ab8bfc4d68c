"""What a request that got no whole answer means, and in which words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3.exceptions import DecodeError

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError, RefusedError

NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
TUNNEL = "Tunnel connection failed: "  # http.client tells the proxy's status only within its text


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
        case ssl.SSLCertVerificationError():
            what = f"the certificate of {name} does not verify: {error.verify_message or error.reason}"
            return RefusedError(what, "check the host name and the clock, or name the issuer with --ca-file")
        case ssl.SSLError() if error.reason in NO_TLS:
            return RefusedError(f"{name} does not speak TLS", "check --rest-url: its port, or http:// for https://")
        case socket.gaierror():
            what = f"the name of {asked} does not resolve"
            return NoConnectionError(what, "check --rest-url, https_proxy, the network")
        case TimeoutError():
            return NoConnectionError(f"{asked} did not answer within {server.timeout_s:g} s")
        case IncompleteRead() | RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return ConnectionLostError(f"{name} closed the connection before it had answered")
        case HTTPException():
            return RefusedError(f"{name} does not speak HTTP", "check --rest-url")
        case DecodeError():
            return RefusedError(f"{name} gave an answer that cannot be decoded", "check --rest-url")
        case OSError() if TUNNEL in str(error):
            return _refused_by_proxy(str(error).partition(TUNNEL)[2])
        case OSError():
            return NoConnectionError(f"cannot connect to {asked}: {error.strerror or error}")
    return None


def _refused_by_proxy(status: str) -> IdxstreamError:
    if status.startswith("4") and not status.startswith(("408", "429")):
        return RefusedError(f"the proxy refused the connection (HTTP {status})", "check https_proxy and no_proxy")
    return NoConnectionError(f"the proxy cannot connect (HTTP {status})")
