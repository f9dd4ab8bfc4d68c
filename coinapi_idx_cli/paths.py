"""Paths as people write them, and files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def expanded(path: str | Path) -> Path:
    """With the home for `~`, as no shell writes it into a settings file; of an unknown user `~name` stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises


def home(environment: Mapping[str, str]) -> Path:
    """Of a user without an entry, as in containers, a place where nothing is and nothing can be written."""
    try:
        return Path(environment.get("HOME") or "~").expanduser()
    except RuntimeError:
        return Path(os.devnull)


def xdg_folder(environment: Mapping[str, str], variable: str, default: str) -> Path:
    """The folder that the variable names, else `default` in the home; the standard has a relative one ignored."""
    named = Path(environment.get(variable, ""))
    return named if named.is_absolute() else home(environment) / default


def replace_whole(path: Path, data: bytes) -> None:
    """Nobody ever sees a part of it, and only the owner can read it: a name of its own until all is written.

    Raises OSError.
    """
    import tempfile  # seldom needed

    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
