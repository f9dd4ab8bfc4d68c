"""Which formats there are. A format is imported when it is used."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.extensions import Registry

if TYPE_CHECKING:
    from coinapi_idx_cli.formats.base import Format

FORMATS = Registry(
    kind="format",
    folder="coinapi_idx_cli.formats.builtin",
    attribute="FORMAT",
    group="idxstream.formats.v1",
    base="coinapi_idx_cli.formats.base:Format",
)
AUTO, TABLE = "auto", "table"  # -f takes these, too, though they are not formats


def check_format(name: str) -> str:
    """`name`, if -f takes it. Raises UsageError with the nearest one there is."""
    if name not in (AUTO, TABLE) and not FORMATS.has(name):
        names = list(dict.fromkeys((AUTO, TABLE, *FORMATS.built_in(), *FORMATS.plugins())))
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise UsageError(f"unknown format {name!r} in --format", hint)
    return name


def format_class(name: str) -> type[Format]:
    """The class of a format that `check_format` accepts. Raises UsageError when it is a plug-in that does not work."""
    found: type[Format] = FORMATS.load(name)
    return found


def format_of_suffix(suffix: str) -> str | None:
    """The format that a file with this suffix has, without its dot; None if none is called so."""
    built_in = FORMATS.built_in()
    if suffix in built_in:
        return suffix
    for name in built_in:
        if suffix in format_class(name).suffixes:
            return name
    return suffix if suffix in FORMATS.plugins() else None
