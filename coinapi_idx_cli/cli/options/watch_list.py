"""The watch list: `ids` in the settings, which is what is asked for when the command line names nothing."""

from __future__ import annotations

from typing import NamedTuple

import typer

from coinapi_idx_cli.cli.options.defaults_from_file import in_force
from coinapi_idx_cli.cli.options.records import WATCH_LIST


class WatchList(NamedTuple):
    """The words of a watch list.

    `origin`: the file, or the profile in the file, in words; empty where there is no list.
    """

    words: tuple[str, ...] = ()
    origin: str = ""


def watch_list(context: typer.Context) -> WatchList:
    """The one in force, whatever the command line says."""
    setting = in_force(context).settings.get(WATCH_LIST)
    if setting is None:
        return WatchList()
    words = setting.value if isinstance(setting.value, list) else [str(setting.value)]
    return WatchList(tuple(words), setting.origin)
