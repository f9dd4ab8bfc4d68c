"""The values that lines of our own hold: the exact inverse of writing them.

A number passes through the decoder that the feed's messages pass through, so that what is read back equals what was
received, to the last digit and in the very type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import decode_value

_FOREIGN = (msgspec.DecodeError, ValueError, RecursionError)
_MESSAGE = b'{"type":"index","index_id":"","time_coinapi":"","value":%b}'


class _Line(Struct):
    """A message, of which --fields may have left out the type. What else it holds is not looked into."""

    index_id: str
    time_coinapi: str
    value: Raw
    type: Literal["index"] = "index"


_decode_line = msgspec.json.Decoder(_Line).decode


def values_of_json(lines: Iterable[bytes]) -> Iterator[IndexValue]:
    """Of those lines that are a JSON object with a value in it."""
    for text in lines:
        try:
            line = _decode_line(text)
            yield IndexValue("index", line.index_id, line.time_coinapi, _number(bytes(line.value)))
        except _FOREIGN:
            continue


def value_of_cells(index_id: bytes, time_coinapi: bytes, number: bytes) -> IndexValue | None:
    """None where they are not text in UTF-8 and a JSON number."""
    try:
        return IndexValue("index", index_id.decode(), time_coinapi.decode(), _number(number))
    except _FOREIGN:
        return None


def _number(text: bytes) -> float | int:
    return decode_value(_MESSAGE % text).value
