"""What a failed attempt to connect means: try again, or end the run, and with which words."""

from __future__ import annotations

import socket
import ssl

import websocket

from coinapi_idx_cli.errors import SET_A_KEY, ConnectionLostError, CredentialsError, IdxstreamError, RefusedError
from coinapi_idx_cli.retry_after import retry_after_s
from coinapi_idx_cli.tls_failures import tls_failure
from coinapi_idx_cli.transport.target import Target

TRY_LATER_STATUSES = {408, 425, 429}
BAD_KEY_STATUSES = {401, 403}
BODY_SHOWN_CHARACTERS = 200


def refused_upgrade(target: Target, error: websocket.WebSocketBadStatusException) -> IdxstreamError:
    status = error.status_code
    said = _what_it_said(target, error)
    if status in BAD_KEY_STATUSES:
        if target.api_key is None:
            return CredentialsError(f"{target.name} wants a key ({said})", SET_A_KEY)
        return CredentialsError(
            f"{target.name} refused the API key ({said})", "check the key, its subscription, and --auth"
        )
    if status in TRY_LATER_STATUSES or status >= 500:
        wait_s = retry_after_s((error.resp_headers or {}).get("retry-after"))
        return ConnectionLostError(f"{target.name} cannot serve now ({said})", retry_after_s=wait_s)
    if 300 <= status < 400:
        return _redirect(target, said)
    return RefusedError(f"{target.name} refused the WebSocket ({said})", "check --url")


def _what_it_said(target: Target, error: websocket.WebSocketBadStatusException) -> str:
    body = target.redactor.clean((error.resp_body or b"").decode("utf-8", "replace"))
    body = body.strip()[:BODY_SHOWN_CHARACTERS]  # cut last, or a part of the key could stand at the end
    status = f"HTTP {error.status_code} {error.status_message or ''}".rstrip()
    return f"{status}: {body}" if body else status


def _redirect(target: Target, said: str) -> RefusedError:
    return RefusedError(
        f"{target.name} redirects elsewhere ({said})",
        "redirects are never followed, as the key would go along; check --url",
    )


def classified(target: Target, error: Exception, asked: str) -> IdxstreamError:
    """`asked`: who was connected to by TCP, the server itself or a proxy."""
    server = target.name
    match error:
        case ssl.SSLError():
            return tls_failure(target, error)
        case socket.gaierror():
            return ConnectionLostError(f"the name of {asked} does not resolve", "check --url, https_proxy, the network")
        case TimeoutError():
            return ConnectionLostError(f"{asked} did not answer within {target.timeout_s:g} s")
        case OSError():
            return ConnectionLostError(f"cannot connect to {asked}: {error.strerror or error}")
        case _:
            return RefusedError(f"{server} does not speak WebSocket: {error}", "check --url")
