"""What clients say: hello, subscribe, unsubscribe, checked field by field."""

from __future__ import annotations

import json
from dataclasses import dataclass

SCOPE_TYPES = frozenset({"hello", "subscribe"})
_TYPES = SCOPE_TYPES | {"unsubscribe"}


class BadRequestError(Exception):
    """The message that the client gets in its `error`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message of a client; `None` stands for a field that was left out."""

    type: str
    ids: frozenset[str] | None
    update_limit_s: float | None
    heartbeat: bool | None
    api_key: str | None


def parse_request(message: str | bytes) -> Request:
    """Read a client's message. Unknown fields are ignored. Raises `BadRequestError`."""
    fields = _json_object(message)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise BadRequestError(f"Unknown message type: {json.dumps(kind)}")
    return Request(
        type=kind,
        ids=_ids(fields.get("subscribe_filter_index_id")),
        update_limit_s=_update_limit_s(fields.get("subscribe_update_limit_ms_index")),
        heartbeat=_heartbeat(fields.get("heartbeat")),
        api_key=_api_key(fields.get("apikey")),
    )


def _json_object(message: str | bytes) -> dict[str, object]:
    if isinstance(message, bytes):
        raise BadRequestError("Binary messages are not supported")
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The message is not valid JSON") from error
    if not isinstance(fields, dict):
        raise BadRequestError("The message is not a JSON object")
    return fields


def _ids(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequestError("subscribe_filter_index_id must be a list of strings")
    return frozenset(value)


def _update_limit_s(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadRequestError("subscribe_update_limit_ms_index must be a whole number of milliseconds")
    return value / 1000


def _heartbeat(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise BadRequestError("heartbeat must be true or false")
    return value


def _api_key(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadRequestError("apikey must be a string")
    return value
