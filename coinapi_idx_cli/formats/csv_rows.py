"""Rows of our own CSV, found among lines of anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.read_back import value_of_cells

# RFC 4180, 2.5 to 2.7. What is repeated cannot backtrack, for Python before 3.11.5: see `protocol.json_text`.
_PLAIN, _QUOTED = rb'[^",\r\n]*+', rb'"[^"]*+(?:""[^"]*+)*+"'
_CELL = b"(?:" + _QUOTED + b"|" + _PLAIN + b")"
_NUMBER = rb"-?+[0-9][-+.0-9Ee]*+"  # what it is in full the decoder says
_NEEDED = {"index_id": _CELL, "time_coinapi": _CELL, "value": _NUMBER}


class RowReader:
    """Finds the rows of our own CSV among lines of anybody.

    `names` are the columns, and those of a value among them.

    A cell may hold line ends, so a row may span several lines; and a line of somebody else may open a quote that nobody
    closes. So a row is looked for where a line begins, and is one if all of it has the form in which we write it. If it
    does not, one line is passed over.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        cells = (b"(?P<%b>%b)" % (name.encode(), _NEEDED[name]) if name in _NEEDED else _CELL for name in names)
        self._row_at = re.compile(b",".join(cells) + rb"\n").match

    def values(self, text: bytes) -> Iterator[IndexValue]:
        """Of whole lines, each with its end."""
        begin = 0
        while begin < len(text):
            row = self._row_at(text, begin)
            value = (
                None if row is None else value_of_cells(*map(_unquoted, row.group("index_id", "time_coinapi", "value")))
            )
            if row is not None and value is not None:
                yield value
                begin = row.end()
            else:
                begin = text.find(b"\n", begin) + 1 or len(text)


def _unquoted(cell: bytes) -> bytes:
    return cell[1:-1].replace(b'""', b'"') if cell.startswith(b'"') else cell
