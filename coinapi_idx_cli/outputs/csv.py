"""CSV after RFC 4180, with `\\n` as line end."""

from __future__ import annotations

import re
from typing import Any

import orjson

from coinapi_idx_cli.outputs.base import Output, OutputContext
from coinapi_idx_cli.outputs.fields import FieldPicker
from coinapi_idx_cli.protocol.batch import Batch

DEFAULT_FIELDS = ("time_coinapi", "index_id", "value")
_NEEDS_QUOTES = re.compile(r'[",\r\n]')


class Csv(Output):
    name = "csv"
    summary = f"{','.join(DEFAULT_FIELDS)}, or the columns of --fields"

    def __init__(self, context: OutputContext) -> None:
        super().__init__(context)
        self._picker = FieldPicker(context.fields or DEFAULT_FIELDS)

    def open(self) -> None:
        if self.context.header:
            self.context.sink.write(_line(self._picker.names))

    def write(self, batch: Batch) -> None:
        if batch.values:
            self.context.sink.write(b"".join([_line([cell(v) for v in row]) for row in self._picker.rows(batch)]))


def cell(content: Any) -> str:
    """Text as it is, a missing field as nothing, else JSON: of doubles the shortest text that reads back equal."""
    if content is None:
        return ""
    return content if isinstance(content, str) else orjson.dumps(content).decode()


def _line(cells: list[str] | tuple[str, ...]) -> bytes:
    return (",".join(map(_quoted, cells)) + "\n").encode()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
