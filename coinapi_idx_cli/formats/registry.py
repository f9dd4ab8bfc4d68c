"""The list of output formats. A format is imported when it is used: the table alone costs 80 ms."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING

from coinapi_idx_cli.errors import UsageError

if TYPE_CHECKING:
    from coinapi_idx_cli.formats.base import Output

FORMATS = {
    "table": "coinapi_idx_cli.table.output:Table",
    "ndjson": "coinapi_idx_cli.formats.ndjson:Ndjson",
    "csv": "coinapi_idx_cli.formats.csv:Csv",
}


def check_format(name: str) -> str:
    """`name`, or UsageError with the nearest one there is."""
    if name in FORMATS:
        return name
    from coinapi_idx_cli.formats.plugins import found  # looks through all installed packages

    plugins = found()
    if name not in plugins:
        names = dict.fromkeys(("auto", *FORMATS, *plugins))
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise UsageError(f"unknown format {name!r} in --format", hint)
    return name


def output_class(name: str) -> type[Output]:
    """The class of a format that `check_format` accepts. Raises UsageError when it is a plug-in that does not work."""
    if name not in FORMATS:
        from coinapi_idx_cli.formats.plugins import load

        return load(name)
    module, _, attribute = FORMATS[name].partition(":")
    built_in: type[Output] = getattr(import_module(module), attribute)
    return built_in
