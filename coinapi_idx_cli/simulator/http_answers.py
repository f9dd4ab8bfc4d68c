"""What the simulator answers to an HTTP request: the upgrade, a refusal, or the list of indexes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from coinapi_idx_cli.simulator.options import Options


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer for all, instead of the right one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


def wants_upgrade(request: Request) -> bool:
    """Whether the client asks for a WebSocket (RFC 6455, 4.1)."""
    return any("websocket" in value.lower() for value in request.headers.get_all("Upgrade"))


def keys_in(request: Request, accept_auth: frozenset[str]) -> list[str]:
    """The keys that the request carries in the accepted places. A JWT (`Bearer`) is not a key."""
    keys: list[str] = []
    if "header" in accept_auth:
        keys += request.headers.get_all("X-CoinAPI-Key")
        keys += (value for value in request.headers.get_all("Authorization") if not value.startswith("Bearer "))
    if "query" in accept_auth:
        keys += parse_qs(urlsplit(request.path).query).get("apikey", [])
    return keys


def is_authorized(request: Request, options: Options) -> bool:
    """Whether the request needs no key beside those that it carries."""
    return options.api_key is None or set(keys_in(request, options.accept_auth)) == {options.api_key}


def refusal(request: Request, options: Options) -> Response | None:
    """401 for an upgrade with a wrong key, or with none where the hello cannot bring it."""
    may_come_later = "hello" in options.accept_auth and not keys_in(request, options.accept_auth)
    if is_authorized(request, options) or may_come_later:
        return None
    return answer(HTTPStatus.UNAUTHORIZED, "Invalid API key")


def list_answer(request: Request, options: Options, ids: Iterable[str]) -> Response | None:
    """`GET /v1/indexes`, as CoinAPI's REST API has it, or 401 without the key; None for what is not the list."""
    if options.api_key is not None and keys_in(request, frozenset({"header"})) != [options.api_key]:
        return answer(HTTPStatus.UNAUTHORIZED, "Invalid API key")
    if urlsplit(request.path).path != "/v1/indexes":
        return None
    return answer(HTTPStatus.OK, json.dumps([{"id": index_id} for index_id in ids]), {"Content-Type": JSON_CONTENT})


JSON_CONTENT = "application/json; charset=utf-8"


def answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> Response:
    """A whole HTTP response that ends the connection."""
    return raw_answer(status, body.encode(), headers or {})


def raw_answer(status: int, payload: bytes, headers: Mapping[str, str]) -> Response:
    """The same with bytes, which may be coded in chunks already."""
    fields = {"Connection": "close", "Content-Type": "text/plain; charset=utf-8"}
    if "Transfer-Encoding" not in headers:
        fields["Content-Length"] = str(len(payload))
    return Response(status, _phrase(status), Headers(fields | dict(headers)), payload)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
