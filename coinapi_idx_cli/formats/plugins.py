"""Formats that other packages bring, by entry points in group `idxstream.outputs`.

They are asked only for a name that is not built in: so a built-in format cannot be replaced, and finding them, which
takes as long as everything else at the start, costs nobody who does not use them.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.base import Output

GROUP = "idxstream.outputs"


def found() -> list[str]:
    """The names, sorted. Raises UsageError when an installed package is so broken that nothing can be found."""
    return sorted({point.name for point in _points()})


def load(name: str) -> type[Output]:
    """The plug-in of that name. Raises UsageError when it does not work."""
    points = [point for point in _points() if point.name == name]
    if len(points) > 1:
        packages = " and ".join(sorted(map(_package, points)))
        raise UsageError(f"there is more than one format {name!r}: of {packages}", "uninstall all but one")
    (point,) = points
    try:
        plugin = point.load()
    except (Exception, SystemExit) as error:
        what = f"cannot load format {name!r} of {_package(point)}: {type(error).__name__}: {error}"
        raise UsageError(what, "-vv shows where; update it, or uninstall it") from error
    return _checked(plugin, point)


def _points() -> list[EntryPoint]:
    try:
        return list(entry_points(group=GROUP))
    except Exception as error:
        what = f"cannot look for plug-ins: {type(error).__name__}: {error}"
        raise UsageError(what, "one of the installed packages is damaged; -vv shows where") from error


def _checked(plugin: Any, point: EntryPoint) -> type[Output]:
    who = f"format {point.name!r} of {_package(point)}"
    if not (isinstance(plugin, type) and issubclass(plugin, Output)):
        raise UsageError(f"{who} is not an Output: {point.value} is something else", "update it, or uninstall it")
    if (name := getattr(plugin, "name", None)) != point.name:
        raise UsageError(f"{who} has another name in itself, {name!r}", "update it, or uninstall it")
    if missing := sorted(plugin.__abstractmethods__):
        raise UsageError(f"{who} does not define {', '.join(missing)}", "update it, or uninstall it")
    return plugin


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"
