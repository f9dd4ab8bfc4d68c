"""What a failed attempt to connect means: try again, or end the run, and with which words."""

from __future__ import annotations

import socket
import ssl

import websocket

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, RefusedError
from coinapi_idx_cli.net.http_refusals import HttpAnswer, HttpPurpose, http_refusal
from coinapi_idx_cli.net.tls_failures import tls_failure
from coinapi_idx_cli.protocol.server_errors import CHECK_KEY
from coinapi_idx_cli.transport.target import Target

UPGRADE = HttpPurpose("the WebSocket", "--url", f"{CHECK_KEY}, and --auth")


def refused_upgrade(target: Target, error: websocket.WebSocketBadStatusException) -> IdxstreamError:
    answer = HttpAnswer(error.status_code, error.status_message or "", error.resp_headers or {}, error.resp_body or b"")
    return http_refusal(target, answer, UPGRADE)


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
