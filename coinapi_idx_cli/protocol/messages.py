"""Feed text <-> typed messages: the only knower of the wire format.

The messages and their fields are those of the vendor's page "WebSocket Index API / Messages". Its examples carry a
comma before the closing brace, which no JSON parser takes: they decode here all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note

NUMBERS = (float, int)  # by type(), so that `true`, a bool, does not pass for a number


@dataclass(frozen=True, slots=True)
class ReconnectNotice:
    """This server goes away `within_s` seconds from now; count them by the monotonic clock."""

    within_s: float
    before_time: str  # the same moment by the server's clock, for the record only


@dataclass(frozen=True, slots=True)
class ServerError:
    message: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that is not one: `text` as it came."""

    why: str
    text: str


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    type: str


Event = ReconnectNotice | ServerError | Malformed | UnknownMessage


@dataclass(slots=True)
class Decoded:
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
        values = list(map(orjson.loads, frames))
        plain = _all_index(values) and _all_compact(frames)
    except (ValueError, KeyError, TypeError):
        plain = False
    if plain:
        return Decoded(Batch(time_received_ns, values, frames))
    return _decode_each(frames, time_received_ns)


def malformed(why: str, text: bytes) -> Malformed:
    return Malformed(why, text.decode("utf-8", "backslashreplace"))


def _all_index(values: list[IndexValue]) -> bool:
    """Raises KeyError or TypeError where one lacks a field. One loop: a call a value would cost half more."""
    for value in values:
        if (
            value["type"] != "index"
            or type(value["value"]) not in NUMBERS
            or type(value["index_id"]) is not str
            or type(value["time_coinapi"]) is not str
        ):
            return False
    return True


def _all_compact(frames: list[bytes]) -> bool:
    """Whether no message has white space anywhere; a space within a string only costs the slower way."""
    blob = b"\n".join(frames)
    return blob.count(b"\n") == len(frames) - 1 and b" " not in blob and b"\t" not in blob and b"\r" not in blob


def _decode_each(frames: list[bytes], time_received_ns: int) -> Decoded:
    decoded = Decoded(Batch(time_received_ns))
    for frame in frames:
        try:
            value, text = _load(frame)
            _sort(value, text, decoded)
        except ValueError as error:
            decoded.events.append(malformed(str(error), frame))
    return decoded


def _load(frame: bytes) -> tuple[IndexValue, bytes]:
    """The message, and its text without white space. Raises ValueError where it is no JSON object."""
    text = compact(frame)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value, text


def _sort(value: IndexValue, text: bytes, decoded: Decoded) -> None:
    """Put one message where it belongs. Raises ValueError where a field is missing or of the wrong type."""
    batch = decoded.batch
    kind = _text_field(value, "type")
    if kind == "index":
        _text_field(value, "index_id")
        _text_field(value, "time_coinapi")
        _number_field(value, "value")
        batch.values.append(value)
        batch.texts.append(text)
    elif kind == "heartbeat":
        decoded.heartbeats += 1
        batch.notes.append(Note(len(batch.values), kind, text))
    elif kind == "reconnect":
        within_s = _number_field(value, "within_seconds")
        decoded.events.append(ReconnectNotice(within_s, str(value.get("before_time", ""))))
        batch.notes.append(Note(len(batch.values), kind, text))
    elif kind == "error":
        message = value.get("message")
        decoded.events.append(ServerError(message if isinstance(message, str) else text.decode()))
    else:
        decoded.events.append(UnknownMessage(kind))


def _text_field(value: IndexValue, name: str) -> str:
    content = value.get(name)
    if not isinstance(content, str):
        raise ValueError(_complaint(value, name, "text"))
    return content


def _number_field(value: IndexValue, name: str) -> float:
    content = value.get(name)
    if type(content) not in NUMBERS:
        raise ValueError(_complaint(value, name, "a number"))
    return float(content)  # type: ignore[arg-type]


def _complaint(value: IndexValue, name: str, wanted: str) -> str:
    return f"field {name!r} is not {wanted}" if name in value else f"field {name!r} is missing"


# Strings are matched to be kept, an unclosed one to the very end, so that no position is looked at twice.
_STRING_SPACE_OR_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|[ \t\r\n]+|,(?=[ \t\r\n]*+[}\]])', re.DOTALL)


def compact(text: bytes) -> bytes:
    """JSON text without white space and without trailing commas; strings and numbers stay the very text they were."""
    return _STRING_SPACE_OR_COMMA.sub(lambda match: match[1] or b"", text)
