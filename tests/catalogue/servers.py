"""REST servers that answer by a script, and keep what they were asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from coinapi_idx_cli.catalogue.answers import Fetched, fetched
from coinapi_idx_cli.catalogue.rest import ask
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import IdxstreamError
from tests.transport.servers import read_request, serving

IDS = ("IDX_A", "IDX_B")
KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"


def http(status: int, body: str | bytes = "", headers: Mapping[str, str] | None = None, reason: str = "") -> bytes:
    """A whole answer."""
    payload = body.encode() if isinstance(body, str) else body
    fields = {"Content-Length": str(len(payload)), "Connection": "close", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + payload


def the_list(*ids: str, **headers: str) -> bytes:
    return http(200, json.dumps([{"id": index_id} for index_id in ids or IDS]), headers)


class Scripted:
    """`requests`: so far, one a connection."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.port = port
        self.requests = requests
        self.url = f"http://127.0.0.1:{port}"

    def server(self, key: str | None = KEY, timeout_s: float = 10.0, path: str = "") -> RestServer:
        return RestServer(self.url + path, ApiKey(key) if key else None, None, timeout_s)


@contextmanager
def scripted(*answers: bytes) -> Iterator[Scripted]:
    """One answer a connection; the last one is for all that follow."""
    requests: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        connection.sendall(answers[min(len(requests), len(answers)) - 1])

    with serving(handle) as port:
        yield Scripted(port, requests)


def get(server: RestServer, etag: str | None = None) -> Fetched | None:
    return fetched(server, ask(server, etag), etag)


def failure(server: RestServer) -> IdxstreamError:
    with pytest.raises(IdxstreamError) as caught:
        get(server)
    assert KEY not in str(caught.value)
    return caught.value
