"""All indexes of a simulator on this machine, whose list is complete.

It is asked for before a run that names ids, so without the HTTP client: to import that takes longer than all the rest.
"""

from __future__ import annotations

import socket

import msgspec

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.catalogue.sift import sift
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.http_head import read_head
from coinapi_idx_cli.net.streams import open_stream

SIMULATOR = "idxstream-simulate/"  # how its header `Server` begins
OK = 200
READ_AT_ONCE_BYTES = 65_536
LARGEST_LIST_BYTES = 1 << 20


class _Entry(msgspec.Struct):
    id: str


def all_indexes(server: RestServer) -> tuple[str, ...] | None:
    """None when somebody else answers there, or nobody does within the server's time-out."""
    deadline = Deadline(server.timeout_s)
    try:
        with open_stream(server, None, deadline) as stream:
            stream.sendall(_request(server))
            head = read_head(stream, deadline)
            if head.status != OK or not head.headers.get("server", "").startswith(SIMULATOR):
                return None
            body = _to_the_end(stream, deadline)
        ids, _ = sift(entry.id for entry in msgspec.json.decode(body, type=list[_Entry]))
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError, IdxstreamError):
        return None
    return ids or None


def _request(server: RestServer) -> bytes:
    lines = [f"GET {server.list_url.target} HTTP/1.1", f"Host: {server.host_header}", "Connection: close"]
    if server.api_key is not None:
        lines.append(f"X-CoinAPI-Key: {server.api_key.reveal()}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _to_the_end(stream: socket.socket, deadline: Deadline) -> bytes:
    body = bytearray()
    while len(body) <= LARGEST_LIST_BYTES:
        deadline.limit(stream)
        part = stream.recv(READ_AT_ONCE_BYTES)
        if not part:
            return bytes(body)
        body += part
    raise ValueError("a simulator's list is never that large")
