"""Feed text <-> typed messages: the only knower of the wire format.

The messages and their fields are those of the vendor's page "WebSocket Index API / Messages". Its examples carry a
comma before the closing brace, which no JSON parser takes: they decode here all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson
from msgspec import Struct, field

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note

NUMBERS = (float, int)  # by type(), so that `true`, a bool, does not pass for a number
WHITE_SPACE = (b" ", b"\t", b"\r", b"\n")  # of JSON (RFC 8259, 2)

_decode_value = msgspec.json.Decoder(IndexValue).decode


class ReconnectNotice(Struct, frozen=True):
    """This server goes away `within_s` seconds from now; count them by the monotonic clock."""

    within_s: float
    before_time: str  # the same moment by the server's clock, for the record only


class ServerError(Struct, frozen=True):
    message: str


class Malformed(Struct, frozen=True):
    """A message that is not one: `text` as it came."""

    why: str
    text: str


class UnknownMessage(Struct, frozen=True):
    type: str


Event = ReconnectNotice | ServerError | Malformed | UnknownMessage


class Decoded(Struct):
    """One read of one connection: its values in order, and what else it said, in order."""

    batch: Batch
    events: list[Event] = field(default_factory=list)
    heartbeats: int = 0


def hello(
    index_ids: Iterable[str] | None, *, heartbeat: bool, update_limit_ms: int | None = None, api_key: str | None = None
) -> bytes:
    """The first message of each connection. `index_ids` None leaves the filter out, and then everything comes."""
    message: dict[str, object] = {"type": "hello", "heartbeat": heartbeat}
    if index_ids is not None:
        message["subscribe_filter_index_id"] = list(index_ids)
    if update_limit_ms is not None:
        message["subscribe_update_limit_ms_index"] = update_limit_ms
    if api_key is not None:
        message["apikey"] = api_key
    return orjson.dumps(message)


def decode(frames: list[bytes], time_received_ns: int) -> Decoded:
    """Check and decode the text messages of one read. Never raises: what is no message becomes a `Malformed`."""
    try:
        if _are_plain(frames):
            return Decoded(Batch(time_received_ns, list(map(_decode_value, frames)), frames))
    except (msgspec.DecodeError, RecursionError):
        pass
    return _decode_each(frames, time_received_ns)


def decode_value(text: bytes) -> IndexValue:
    """The value of one of `Batch.texts`."""
    try:
        return _decode_value(text)
    except (msgspec.DecodeError, RecursionError):
        return _index_value(orjson.loads(text))


def other_fields(text: bytes) -> dict[str, Any]:
    """All fields of a value's text; none where an unknown one holds what no double can."""
    try:
        message: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return message


def malformed(why: str, text: bytes) -> Malformed:
    return Malformed(why, text.decode("utf-8", "backslashreplace"))


def _are_plain(frames: list[bytes]) -> bool:
    """Whether all are valid UTF-8 without white space, so that each can go out as it came.

    A space within a string only costs the slower way. What msgspec does not look into, unknown fields, may be no UTF-8.
    """
    text = b"".join(frames)
    return not any(map(text.__contains__, WHITE_SPACE)) and (text.isascii() or _is_utf8(text))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode_each(frames: list[bytes], time_received_ns: int) -> Decoded:
    decoded = Decoded(Batch(time_received_ns))
    for frame in frames:
        text = compact(frame)
        try:
            _sort(_load(text), text, decoded)
        except ValueError as error:
            _take_value_or_complain(frame, text, str(error), decoded)
    return decoded


def _take_value_or_complain(frame: bytes, text: bytes, why: str, decoded: Decoded) -> None:
    """An unknown field may hold a number that is none to orjson, such as 1e999: the value is one all the same."""
    try:
        value = _decode_value(text) if _is_utf8(text) else None
    except (msgspec.DecodeError, RecursionError):
        value = None
    if value is None:
        decoded.events.append(malformed(why, frame))
    else:
        decoded.batch.values.append(value)
        decoded.batch.texts.append(text)


def _load(text: bytes) -> dict[str, Any]:
    """Raises ValueError where it is no JSON object."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    return message


def _sort(message: dict[str, Any], text: bytes, decoded: Decoded) -> None:
    """Put one message where it belongs. Raises ValueError where a field is missing or of the wrong type."""
    batch = decoded.batch
    kind = _text_field(message, "type")
    if kind == "index":
        batch.values.append(_index_value(message))
        batch.texts.append(text)
    elif kind == "heartbeat":
        decoded.heartbeats += 1
        batch.notes.append(Note(len(batch.values), kind, text))
    elif kind == "reconnect":
        within_s = float(_number_field(message, "within_seconds"))
        decoded.events.append(ReconnectNotice(within_s, str(message.get("before_time", ""))))
        batch.notes.append(Note(len(batch.values), kind, text))
    elif kind == "error":
        what = message.get("message")
        decoded.events.append(ServerError(what if isinstance(what, str) else text.decode()))
    else:
        decoded.events.append(UnknownMessage(kind))


def _index_value(message: dict[str, Any]) -> IndexValue:
    return IndexValue(
        "index",
        _text_field(message, "index_id"),
        _text_field(message, "time_coinapi"),
        _number_field(message, "value"),
    )


def _text_field(message: dict[str, Any], name: str) -> str:
    content = message.get(name)
    if not isinstance(content, str):
        raise ValueError(_complaint(message, name, "text"))
    return content


def _number_field(message: dict[str, Any], name: str) -> float | int:
    content: float | int | None = message.get(name)
    if type(content) not in NUMBERS:
        raise ValueError(_complaint(message, name, "a number"))
    return content  # type: ignore[return-value]


def _complaint(message: dict[str, Any], name: str, wanted: str) -> str:
    return f"field {name!r} is not {wanted}" if name in message else f"field {name!r} is missing"


# Strings are matched to be kept, an unclosed one to the very end, so that no position is looked at twice. Compiled at
# the first use, and kept by `re`: most runs never need it, and it would be a hundredth of their start.
_STRING_SPACE_OR_COMMA = rb'(?s)("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|[ \t\r\n]+|,(?=[ \t\r\n]*+[}\]])'


def compact(text: bytes) -> bytes:
    """JSON text without white space and without trailing commas; strings and numbers stay the very text they were."""
    return re.sub(_STRING_SPACE_OR_COMMA, lambda match: match[1] or b"", text)
