"""CSV after RFC 4180, with `\\n` as line end."""

from __future__ import annotations

from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.formats.columns import FieldPicker, check_identity
from coinapi_idx_cli.formats.csv_rows import RowReader
from coinapi_idx_cli.protocol.batch import Batch, IndexValue

DEFAULT_FIELDS = ("time_coinapi", "index_id", "value")
_QUOTED_MARKS = ('"', ",", "\r", "\n")  # RFC 4180, 2.6


class Csv(Format):
    """Rows of the columns that were asked for."""

    name = "csv"
    summary = f"{','.join(DEFAULT_FIELDS)}, or the columns of --fields"
    is_text = True

    def __init__(self, context: FormatContext) -> None:
        super().__init__(context)
        self._picker = FieldPicker(context.fields or DEFAULT_FIELDS)
        self.shows_receipt = self._picker.shows_receipt

    def head(self) -> bytes:
        return _lines([[name] for name in self._picker.names]) if self.context.header else b""

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:
        rows = RowReader(check_identity(self._picker.names))
        return list(rows.values(b"\n".join([*lines, b""])))

    def check(self, batch: Batch) -> None:
        self._picker.check(batch)

    def encode(self, batch: Batch) -> bytes:
        return _lines(self._picker.cells(batch)) if batch.values else b""


FORMAT = Csv


def _lines(columns: list[list[str]]) -> bytes:
    cells = list(map(_quoted_where_needed, columns))
    rows = map(",".join, zip(*cells, strict=True)) if len(cells) > 1 else map(_visible, cells[0])
    return ("\n".join([*rows, ""])).encode()


def _visible(cell: str) -> str:
    """Alone in its line: readers skip a blank one."""
    return cell if cell.strip() else f'"{cell}"'


def _quoted_where_needed(column: list[str]) -> list[str]:
    """Of a whole column at once, as that costs a third of one by one."""
    together = "".join(column)
    return list(map(_quoted, column)) if any(mark in together for mark in _QUOTED_MARKS) else column


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in _QUOTED_MARKS) else text
