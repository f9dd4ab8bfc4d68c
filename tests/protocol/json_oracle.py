"""A second reader of messages that shares no code with the package: grammar by tokens, fields by `json`."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from coinapi_idx_cli.protocol.messages import (
    Decoded,
    Malformed,
    ReconnectNotice,
    ServerError,
    UnknownMessage,
    decode,
    decode_value,
    read_value,
)

MAX_DEPTH = 256
Outcome = tuple[object, ...]
MALFORMED: Outcome = ("malformed",)

_TOKENS = re.compile(
    r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"'
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
    r"|true|false|null"
    r"|[][}{:,]"
    r"|[ \t\n\r]+"
)
_KINDS = {'"': "S", " ": "", "\t": "", "\n": "", "\r": "", **{mark: mark for mark in "[]{}:,"}}
_INNERMOST = re.compile(r"\{(?:S:[SV](?:,S:[SV])*,?)?\}|\[(?:[SV](?:,[SV])*,?)?\]")
_TRAILING_COMMA = re.compile(r",(?=[]}])")


class _Number(str):
    """The text of one: `json` would make a double of it, or refuse it for its length."""


_fields_of = json.JSONDecoder(parse_int=_Number, parse_float=_Number).decode


def compact_text(raw: bytes) -> str | None:
    """JSON, or JSON with trailing commas, without those and without white space; None for anything else."""
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError:
        return None
    tokens = _TOKENS.findall(text)
    if "".join(tokens) != text:
        return None
    kinds = [_KINDS.get(token[0], "V") for token in tokens]
    shape = "".join(kinds)
    return _without_trailing_commas(tokens, kinds, shape) if _is_value(shape) else None


def _is_value(shape: str) -> bool:
    for _ in range(MAX_DEPTH + 1):
        if shape in ("S", "V"):
            return True
        shape, changes = _INNERMOST.subn("V", shape)
        if not changes:
            return False
    return False


def _without_trailing_commas(tokens: list[str], kinds: list[str], shape: str) -> str:
    kept = [token for token, kind in zip(tokens, kinds, strict=True) if kind]
    for match in reversed(list(_TRAILING_COMMA.finditer(shape))):
        del kept[match.start()]
    return "".join(kept)


def expected(raw: bytes) -> Outcome:
    """What `decode` should make of a message."""
    text = compact_text(raw)
    fields = None if text is None else _fields_of(text)
    if text is None or not isinstance(fields, dict) or not _is_text(kind := fields.get("type")):
        return MALFORMED
    if kind == "index":
        names = fields.get("index_id"), fields.get("time_coinapi")
        value = _double(fields.get("value"))
        is_right = all(map(_is_text, names)) and value is not None
        return ("index", *names, value, text.encode()) if is_right else MALFORMED
    if kind in ("heartbeat", "hearbeat"):
        return "heartbeat", text.encode()
    if kind == "reconnect":
        within_s, before = _double(fields.get("within_seconds")), fields.get("before_time")
        note = before if _is_text(before) else ""
        return MALFORMED if within_s is None else ("reconnect", within_s, note, text.encode())
    if kind == "error":
        return "error", fields["message"] if _is_text(fields.get("message")) else text
    return "unknown", kind


def _is_text(content: Any) -> bool:
    return type(content) is str and not any("\ud800" <= character <= "\udfff" for character in content)


def _double(content: Any) -> float | None:
    return float(content) if isinstance(content, _Number) and math.isfinite(float(content)) else None


def found(raw: bytes, *, beside: tuple[bytes, ...] = ()) -> Outcome:
    """What `decode` makes of it, among others that bring nothing but malformed messages."""
    decoded = decode([raw, *beside], 0)
    events = decoded.events[: len(decoded.events) - len(beside)]
    batch = decoded.batch
    assert len(events) + len(batch.values) + decoded.heartbeats == 1, decoded
    if events:
        return _of_event(decoded)
    if decoded.heartbeats:
        return "heartbeat", batch.notes[0].text
    (value,), (text,) = batch.values, batch.texts
    assert value == decode_value(text) == read_value(text)
    return "index", value.index_id, value.time_coinapi, value.value, text


def _of_event(decoded: Decoded) -> Outcome:
    match decoded.events[0]:
        case ReconnectNotice(within_s, before_time):
            return "reconnect", within_s, before_time, decoded.batch.notes[0].text
        case ServerError(message):
            return "error", message
        case UnknownMessage(kind):
            return "unknown", kind
        case Malformed():
            return MALFORMED
