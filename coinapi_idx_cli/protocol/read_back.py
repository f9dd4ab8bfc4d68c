"""The values that lines of our own hold: the exact inverse of writing them.

It passes through the decoders that messages of the feed pass through, so it equals what was received.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import read_number, read_value


def values_of_json(lines: Iterable[bytes]) -> Iterator[IndexValue]:
    """Of those lines that are a JSON object with a value in it."""
    return (value for line in lines if (value := read_value(line)) is not None)


def value_of_cells(index_id: bytes, time_coinapi: bytes, number: bytes) -> IndexValue | None:
    """None where they are not text in UTF-8 and a JSON number."""
    try:
        return IndexValue("index", index_id.decode(), time_coinapi.decode(), read_number(number))
    except ValueError:
        return None
