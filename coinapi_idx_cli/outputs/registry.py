"""The list of output formats. A format is imported when it is used: the table alone costs 80 ms."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING

from coinapi_idx_cli.errors import UsageError

if TYPE_CHECKING:
    from coinapi_idx_cli.outputs.base import Output

FORMATS = {
    "table": "coinapi_idx_cli.outputs.table:Table",
    "ndjson": "coinapi_idx_cli.outputs.ndjson:Ndjson",
    "csv": "coinapi_idx_cli.outputs.csv:Csv",
}


def check_format(name: str) -> str:
    """`name`, or UsageError with the nearest one there is."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are auto, {', '.join(FORMATS)}"
        raise UsageError(f"unknown format {name!r}", hint)
    return name


def output_class(name: str) -> type[Output]:
    """The class of a format that `check_format` accepts."""
    module, _, attribute = FORMATS[name].partition(":")
    found: type[Output] = getattr(import_module(module), attribute)
    return found
