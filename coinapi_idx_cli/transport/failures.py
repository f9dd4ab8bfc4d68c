"""What a failed attempt to connect means: try again, or end the run, and with which words."""

from __future__ import annotations

from coinapi_idx_cli.errors import IdxstreamError, RefusedError
from coinapi_idx_cli.net.connect_failures import connect_failure
from coinapi_idx_cli.net.http_refusals import HttpAnswer, HttpPurpose, http_refusal
from coinapi_idx_cli.protocol.server_errors import CHECK_KEY
from coinapi_idx_cli.transport.library import websocket
from coinapi_idx_cli.transport.target import Target

UPGRADE = HttpPurpose("the WebSocket", "--url", f"{CHECK_KEY}, and --auth")


def refused_upgrade(target: Target, error: websocket.WebSocketBadStatusException) -> IdxstreamError:
    answer = HttpAnswer(error.status_code, error.status_message or "", error.resp_headers or {}, error.resp_body or b"")
    return http_refusal(target, answer, UPGRADE)


def classified(target: Target, error: Exception, asked: str) -> IdxstreamError:
    """`asked`: who was connected to by TCP, the server itself or a proxy."""
    failure = connect_failure(target, error, asked)
    return failure or RefusedError(f"{target.name} does not speak WebSocket: {error}", "check --url")
