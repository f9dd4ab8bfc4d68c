"""Formats and sinks found by name: the modules of one folder here, and the plug-ins of other packages.

A plug-in is an entry point (packaging.python.org, "Entry points specification"). The installed packages are asked only
for a name that is not built in: so a plug-in cannot replace what is built in, and looking for plug-ins, which takes as
long as everything else at the start, costs nobody who does not use them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from coinapi_idx_cli.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Registry(NamedTuple):
    """One kind of extension.

    `folder` is a package with one module for each that is built in, which is called as its module, with + for _, and is
    the `attribute` of it. `group` is the entry points' group, `base` ("module:class") what each must be a subclass of.
    """

    kind: str
    folder: str
    attribute: str
    group: str
    base: str

    def built_in(self) -> list[str]:
        """The names of what is built in, sorted. Loads none of it."""
        modules = pkgutil.iter_modules(import_module(self.folder).__path__)
        return sorted(module.name.replace("_", "+") for module in modules)

    def plugins(self) -> list[str]:
        """The names of plug-ins, sorted. Raises UsageError if an installed package is too broken to look for any."""
        return sorted({point.name for point in self._points()})

    def has(self, name: str) -> bool:
        """Whether there is one of that name. Raises UsageError as `plugins` does."""
        return name in self.built_in() or name in self.plugins()

    def load(self, name: str) -> Any:
        """The class of that name. Raises UsageError for a plug-in that does not work, KeyError if there is none."""
        if name in self.built_in():
            return getattr(import_module(f"{self.folder}.{name.replace('+', '_')}"), self.attribute)
        points = [point for point in self._points() if point.name == name]
        if not points:
            raise KeyError(name)
        if len(points) > 1:
            packages = " and ".join(sorted(map(_package, points)))
            raise UsageError(f"several packages have a {self.kind} {name!r}: {packages}", "uninstall all but one")
        (point,) = points
        try:
            plugin = point.load()
        except (Exception, SystemExit) as error:
            what = f"cannot load the {self.kind} {name!r} of {_package(point)}: {type(error).__name__}: {error}"
            raise UsageError(what, "update or uninstall it; -vv shows where it failed") from error
        self._check(plugin, point)
        return plugin

    def _points(self) -> Iterable[EntryPoint]:
        from importlib.metadata import entry_points  # slow

        try:
            return list(entry_points(group=self.group))
        except Exception as error:
            what = f"cannot look for plug-ins: {type(error).__name__}: {error}"
            raise UsageError(what, "one of the installed packages is damaged; -vv shows where") from error

    def _check(self, plugin: Any, point: EntryPoint) -> None:
        module, _, class_name = self.base.partition(":")
        base = getattr(import_module(module), class_name)
        who = f"the {self.kind} {point.name!r} of {_package(point)}"
        if not (isinstance(plugin, type) and issubclass(plugin, base)):
            raise UsageError(f"{who} is not a {class_name}: {point.value}", "update or uninstall it")
        if missing := sorted(getattr(plugin, "__abstractmethods__", ())):
            raise UsageError(f"{who} does not define {', '.join(missing)}", "update or uninstall it")


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"
