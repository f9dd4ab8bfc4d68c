"""The columns of --fields: taken from the message, or worked out from the time of receipt."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from msgspec import Raw

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.fields import ADDED_FIELDS, KNOWN_FIELDS, unknown_fields
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.messages import json_fields, read_text
from coinapi_idx_cli.protocol.times import parse_utc_ns, utc_text
from coinapi_idx_cli.protocol.value_texts import value_texts

RECEIPT_FIELDS = frozenset(("time_received", "latency_ms"))
_NULL = Raw(b"null")


class FieldPicker:
    """Batch -> the fields of `names`, in that order, numbers in the very text that came."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._is_checked = not set(names) - set(KNOWN_FIELDS)
        self._needs_all_fields = not self._is_checked
        self._object = b"{" + b",".join(b'"%b":%%b' % name.encode() for name in names) + b"}"

    @property
    def shows_receipt(self) -> bool:
        """Whether one of the fields depends on when a value was received."""
        return not RECEIPT_FIELDS.isdisjoint(self.names)

    def check(self, batch: Batch) -> None:
        """Raises UsageError when these are the first values, and all lack a field."""
        if not self._is_checked:
            self._fields(batch)

    def cells(self, batch: Batch) -> list[list[str]]:
        """One list a name: text, of what is not text its JSON, nothing for a field that is missing or null.

        Raises what `check` raises.
        """
        fields = self._fields(batch) if self._needs_all_fields else []
        return [self._cells(name, batch, fields) for name in self.names]

    def objects(self, batch: Batch) -> list[bytes]:
        """One JSON object a value; a missing field is null. Raises what `check` raises."""
        fields = self._fields(batch)
        columns = [self._json_texts(name, batch, fields) for name in self.names]
        return [self._object % row for row in zip(*columns, strict=True)]

    def _fields(self, batch: Batch) -> list[dict[str, Raw]]:
        fields = list(map(json_fields, batch.texts))
        if fields and not self._is_checked:
            self._check({name for message in fields for name in message})
        return fields

    def _check(self, sent: set[str]) -> None:
        missing = [name for name in self.names if name not in sent and name not in ADDED_FIELDS]
        if missing:
            raise unknown_fields(missing, [*sorted(sent), *ADDED_FIELDS])
        self._is_checked = True

    @staticmethod
    def _cells(name: str, batch: Batch, fields: list[dict[str, Raw]]) -> list[str]:
        match name:
            case "value" if not fields:
                return value_texts(batch.texts)
            case "type" | "index_id" | "time_coinapi":
                return list(map(attrgetter(name), batch.values))
            case "time_received":
                return [utc_text(batch.time_received_ns)] * len(batch.values)
            case "latency_ms":
                return [_latency_ms(value, batch.time_received_ns) or "" for value in batch.values]
            case "stream_sequence" | "stream_line":
                return ["" if number is None else str(number) for number in _places(name, batch)]
        return [_cell(message.get(name)) for message in fields]

    @staticmethod
    def _json_texts(name: str, batch: Batch, fields: list[dict[str, Raw]]) -> list[bytes | Raw]:
        match name:
            case "time_received":
                return [b'"%b"' % utc_text(batch.time_received_ns).encode()] * len(batch.values)
            case "latency_ms":
                return [(_latency_ms(value, batch.time_received_ns) or "null").encode() for value in batch.values]
            case "stream_sequence" | "stream_line":
                return [b"null" if number is None else b"%d" % number for number in _places(name, batch)]
        return [message.get(name, _NULL) for message in fields]


def _cell(content: Raw | None) -> str:
    text = b"null" if content is None else bytes(content)
    if text.startswith(b'"'):
        return read_text(text)
    return "" if text == b"null" else text.decode()


def check_identity(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names`, if they tell which value a line is. Raises UsageError."""
    missing = {"index_id", "time_coinapi", "value"} - set(names)
    if missing:
        raise UsageError(
            f"--wait-lock needs {' and '.join(sorted(missing))} in each line",
            "name them in --fields",
        )
    return names


def _places(name: str, batch: Batch) -> Sequence[int | None]:
    """In the stream of an engine: the message, or the line of it, counted from 1. None where it is from the feed."""
    if name == "stream_sequence":
        return [batch.sequence] * len(batch.values)
    return batch.lines_there if batch.lines_there is not None else [None] * len(batch.values)


def _latency_ms(value: IndexValue, time_received_ns: int) -> str | None:
    """Receipt minus `time_coinapi`; milliseconds, to the 100 ns that the feed's times have."""
    sent_ns = parse_utc_ns(value.time_coinapi)
    return None if sent_ns is None else repr((time_received_ns - sent_ns) // 100 / 10_000)
