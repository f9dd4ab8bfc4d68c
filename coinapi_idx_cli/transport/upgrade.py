"""The upgrade of a stream to a WebSocket (RFC 6455, 4), and nothing of what servers could make of it: no redirects, no
cookies, no answer without an end.

The library's own reads headers without a bound, takes 103 for the answer, and keeps cookies for all connections of the
process.
"""

from __future__ import annotations

import hashlib
import os
import socket
from base64 import b64encode
from contextlib import suppress
from urllib.parse import urlencode

from msgspec.structs import replace

from coinapi_idx_cli import __version__
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.http_head import SWITCHING_PROTOCOLS, Head, Replayed, read_head, send_request
from coinapi_idx_cli.transport.library import websocket
from coinapi_idx_cli.transport.target import Target

REFUSAL_LIMIT_BYTES = 65_536
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def upgrade(stream: socket.socket, target: Target, deadline: Deadline) -> Head:
    """The server's answer, when it is a yes.

    Raises WebSocketBadStatusException for another status, WebSocketException for an answer that is not valid,
    HeadError, ClosedEarlyError, TimeoutError, and what the socket raises.
    """
    nonce = b64encode(os.urandom(16))
    deadline.limit(stream)
    send_request(stream, _request(target, nonce))
    head = read_head(stream, deadline)
    if head.status != SWITCHING_PROTOCOLS:
        body = _body(stream, head, deadline)
        raise websocket.WebSocketBadStatusException("refused", head.status, head.reason, dict(head.headers), body)
    _check(head, nonce)
    return head


def _request(target: Target, nonce: bytes) -> bytes:
    headers = {
        "Host": target.host_header,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": nonce.decode(),
        "Sec-WebSocket-Version": "13",
        "User-Agent": f"idxstream/{__version__}",
    }
    if target.api_key is not None and target.auth == "header":
        headers["X-CoinAPI-Key"] = target.api_key.reveal()
    lines = [f"GET {_resource(target)} HTTP/1.1", *(f"{name}: {content}" for name, content in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _resource(target: Target) -> str:
    parts = target.parts
    if target.api_key is None or target.auth != "query":
        return parts.target
    key = urlencode({"apikey": target.api_key.reveal()})
    return replace(parts, query=f"{parts.query}&{key}" if parts.query else key).target


def _check(head: Head, nonce: bytes) -> None:
    """RFC 6455, 4.1, what the client has to look at."""
    headers = head.headers
    accepted = b64encode(hashlib.sha1(nonce + GUID, usedforsecurity=False).digest()).decode()
    upgrades = "websocket" in _tokens(head, "upgrade") and "upgrade" in _tokens(head, "connection")
    if not upgrades or headers.get("sec-websocket-accept") != accepted:
        raise websocket.WebSocketException("the headers of its answer are not those of an upgrade")
    if headers.get("sec-websocket-extensions") or headers.get("sec-websocket-protocol"):
        raise websocket.WebSocketException("its answer has an extension or a protocol that was not asked for")


def _tokens(head: Head, name: str) -> list[str]:
    return [token.strip().lower() for token in head.headers.get(name, "").split(",")]


def _body(stream: socket.socket, head: Head, deadline: Deadline) -> bytes:
    """As much of it as comes in time and is worth reading: the status says most."""
    from http.client import HTTPException, HTTPResponse  # seldom needed

    body = b""
    with suppress(HTTPException, OSError, ValueError):
        response = HTTPResponse(Replayed(stream, head))  # type: ignore[arg-type]
        response.begin()
        while len(body) < REFUSAL_LIMIT_BYTES:
            deadline.limit(stream)
            part = response.read1(REFUSAL_LIMIT_BYTES - len(body))
            if not part:
                break
            body += part
    return body
