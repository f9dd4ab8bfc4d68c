"""What a failed attempt to connect means: try again, or end the run, and with which words."""

from __future__ import annotations

import socket
import ssl

import websocket

from coinapi_idx_cli.errors import SET_A_KEY, ConnectionLostError, CredentialsError, IdxstreamError, RefusedError
from coinapi_idx_cli.retry_after import retry_after_s
from coinapi_idx_cli.transport.target import Target

TRY_LATER_STATUSES = {408, 425, 429}
BAD_KEY_STATUSES = {401, 403}
BODY_SHOWN_CHARACTERS = 200
CHECK_PROXY = "check https_proxy and no_proxy"


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


def classified(target: Target, web_socket: websocket.WebSocket | None, error: Exception, asked: str) -> IdxstreamError:
    """`asked`: who was connected to by TCP, the server itself or a proxy; `web_socket` if it came that far."""
    server = target.name
    match error:
        case ssl.SSLCertVerificationError():
            what = f"the certificate of {server} does not verify: {error.verify_message or error.reason}"
            return RefusedError(what, "check the host name and the clock, or name the issuer with --ca-file")
        case ssl.SSLError() if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
            return RefusedError(f"{server} does not speak TLS", "check --url: its port, or ws:// instead of wss://")
        case socket.gaierror() | websocket.WebSocketAddressException():
            return ConnectionLostError(f"the name of {asked} does not resolve", "check --url, https_proxy, the network")
        case TimeoutError() | websocket.WebSocketTimeoutException():
            return ConnectionLostError(f"{asked} did not answer within {target.timeout_s:g} s")
        case websocket.WebSocketConnectionClosedException():
            return ConnectionLostError(f"{server} closed the connection before the upgrade")
        case websocket.WebSocketProxyException():
            return _refused_by_proxy(error)
        case websocket.WebSocketException() if _was_redirected(web_socket):
            return _redirect(target, f"HTTP {_status(web_socket)}")
        case OSError():
            return ConnectionLostError(f"cannot connect to {asked}: {error.strerror or error}")
        case _:
            return RefusedError(f"{server} does not speak WebSocket: {error}", "check --url")


def _refused_by_proxy(error: websocket.WebSocketProxyException) -> IdxstreamError:
    """The library tells the proxy's status only within its text."""
    status = str(error).rpartition(" ")[2]
    if status.isdecimal() and 400 <= int(status) < 500 and int(status) not in TRY_LATER_STATUSES:
        return RefusedError(f"the proxy refused the connection (HTTP {status})", CHECK_PROXY)
    return ConnectionLostError(f"cannot connect through the proxy: {error}", CHECK_PROXY)


def _status(web_socket: websocket.WebSocket | None) -> int:
    return web_socket.handshake_response.status if web_socket and web_socket.handshake_response else 0


def _was_redirected(web_socket: websocket.WebSocket | None) -> bool:
    return 300 <= _status(web_socket) < 400
