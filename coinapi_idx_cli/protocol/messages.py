"""Feed text <-> typed messages: the only knower of the wire format.

The messages and their fields are those of the vendor's page "WebSocket Index API / Messages". What passes for JSON is
said in `json_text`. Of JSON, a message needs its `type` and the fields that are known here for that type: those are
checked, texts to be text and numbers to be finite doubles. Nothing in any other field costs a message. Of a
name that comes twice in a message the last one counts, as for all who read JSON.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import orjson
from msgspec import Raw, Struct, field

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.json_text import are_plain, compact, with_stand_ins

HEARTBEATS = ("heartbeat", "hearbeat")  # the second is the spelling of one of the vendor's pages
_NOT_UTF8 = b"\xff"  # for half a surrogate pair: where text is wanted it is none, and elsewhere nobody looks
_REPLACEMENT = rb"\ufffd"


class _KnownFields(Struct):
    """The JSON texts of the fields that are known here; empty where there is none."""

    type: Raw = Raw()
    index_id: Raw = Raw()
    time_coinapi: Raw = Raw()
    value: Raw = Raw()
    within_seconds: Raw = Raw()
    before_time: Raw = Raw()
    message: Raw = Raw()


_decode_value = msgspec.json.Decoder(IndexValue).decode
_known_fields = msgspec.json.Decoder(_KnownFields).decode
_json_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_text = msgspec.json.Decoder(str).decode
_number = msgspec.json.Decoder(float).decode


class ReconnectNotice(Struct, frozen=True):
    """This server goes away `within_s` seconds from now; count them by the monotonic clock."""

    within_s: float
    before_time: str  # the same moment by the server's clock, for the record only


class ServerError(Struct, frozen=True):
    """An `error` message: the server refuses the hello, or ends the connection."""

    message: str


class Malformed(Struct, frozen=True):
    """A message that is not one: `text` as it came."""

    why: str
    text: str


class UnknownMessage(Struct, frozen=True):
    """A message of a type that is not known here."""

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


def plain_values(frames: list[bytes]) -> list[IndexValue] | None:
    """The values of one read in which each message is one, in compact text. None where one is anything else."""
    if are_plain(frames):
        try:
            return list(map(_decode_value, frames))
        except msgspec.DecodeError:
            pass
    return None


def decode(frames: list[bytes], time_received_ns: int) -> Decoded:
    """Check and decode the text messages of one read. Never raises: what is not a message becomes a `Malformed`."""
    if (values := plain_values(frames)) is not None:
        return Decoded(Batch(time_received_ns, values, frames))
    return decode_one_by_one(frames, time_received_ns)


def decode_one_by_one(frames: list[bytes], time_received_ns: int) -> Decoded:
    """What `decode` does with messages that are not all plain values, and more slowly with those that are."""
    decoded = Decoded(Batch(time_received_ns))
    for frame in frames:
        try:
            _sort(compact(frame), decoded)
        except ValueError as error:
            decoded.events.append(malformed(str(error), frame))
    return decoded


def decode_value(text: bytes) -> IndexValue:
    """The value of one of `Batch.texts`."""
    try:
        return _decode_value(text)
    except msgspec.DecodeError:
        return _index_value(_fields_known(text))


def read_value(line: bytes) -> IndexValue | None:
    """The value in a line of NDJSON of our own, from which --fields may have left out the type; None in any other."""
    try:
        fields = _fields_known(compact(line))
        is_one = not bytes(fields.type) or _text_or_none(fields.type) == "index"
        return _index_value(fields) if is_one else None
    except ValueError:
        return None


def read_text(text: bytes | Raw) -> str:
    """Of a string as it is in a message. Raises ValueError where it is not one."""
    try:
        return _text(text)
    except msgspec.DecodeError as error:  # a ValueError only in newer versions
        raise ValueError(str(error)) from error


def read_number(text: bytes | Raw) -> float:
    """Of a number as it is in a message. Raises ValueError where it is not one, or beyond any double."""
    try:
        return _number(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def json_fields(text: bytes) -> dict[str, Raw]:
    """The fields of one of `Batch.texts`, each in its JSON text; U+FFFD stands for half a surrogate pair."""
    try:
        return _json_fields(text)
    except msgspec.DecodeError:
        return _json_fields(with_stand_ins(text, _REPLACEMENT))


def malformed(why: str, text: bytes) -> Malformed:
    return Malformed(why, text.decode("utf-8", "backslashreplace"))


def _sort(text: bytes, decoded: Decoded) -> None:
    """Put one message where it belongs. Raises ValueError where it is not one."""
    batch = decoded.batch
    try:
        value = _decode_value(text)
    except msgspec.DecodeError:
        fields = _fields_known(text)
        if (kind := _text_field(fields, "type")) != "index":
            _sort_other(kind, fields, text, decoded)
            return
        value = _index_value(fields)
    batch.values.append(value)
    batch.texts.append(text)


def _sort_other(kind: str, fields: _KnownFields, text: bytes, decoded: Decoded) -> None:
    batch = decoded.batch
    if kind in HEARTBEATS:
        decoded.heartbeats += 1
        batch.notes.append(Note(len(batch.values), "heartbeat", text))
    elif kind == "reconnect":
        within_s = _number_field(fields, "within_seconds")
        decoded.events.append(ReconnectNotice(within_s, _text_or_none(fields.before_time) or ""))
        batch.notes.append(Note(len(batch.values), kind, text))
    elif kind == "error":
        what = _text_or_none(fields.message)
        decoded.events.append(ServerError(text.decode() if what is None else what))
    else:
        decoded.events.append(UnknownMessage(kind))


def _fields_known(text: bytes) -> _KnownFields:
    """Of compact text. Raises ValueError where it is not a JSON object."""
    try:
        return _known_fields(text)
    except msgspec.ValidationError as error:
        raise ValueError("not a JSON object") from error
    except msgspec.DecodeError as error:
        with_all = with_stand_ins(text, _NOT_UTF8)
        if with_all == text:
            raise ValueError(f"not JSON: {_reason(error)}") from error
        return _fields_known(with_all)


def _reason(error: msgspec.DecodeError) -> str:
    """Without a place, which would be one in the compact text that nobody sees."""
    reason = str(error).removeprefix("JSON is malformed: ").partition(" (byte")[0]
    return reason[:1].lower() + reason[1:]


def _index_value(fields: _KnownFields) -> IndexValue:
    """Raises ValueError where a field is missing or of the wrong type."""
    return IndexValue(
        "index",
        _text_field(fields, "index_id"),
        _text_field(fields, "time_coinapi"),
        _number_field(fields, "value"),
    )


def _text_field(fields: _KnownFields, name: str) -> str:
    content = _text_or_none(getattr(fields, name))
    if content is None:
        raise ValueError(_complaint(fields, name, "text"))
    return content


def _number_field(fields: _KnownFields, name: str) -> float:
    try:
        return read_number(getattr(fields, name))
    except ValueError:
        raise ValueError(_complaint(fields, name, "a number")) from None


def _text_or_none(raw: Raw) -> str | None:
    try:
        return read_text(raw)
    except ValueError:
        return None


def _complaint(fields: _KnownFields, name: str, wanted: str) -> str:
    is_there = bytes(getattr(fields, name)) != b""
    return f"field {name!r} is not {wanted}" if is_there else f"field {name!r} is missing"
