"""The picture of the rooms: who imports whom, always downwards, and the pure rooms stay pure."""

from __future__ import annotations

import ast
import graphlib
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "coinapi_idx_cli"
ROOT = PACKAGE.name

# room -> rooms of the package that it imports. A room is a folder, or a module that lies at the root or in cli/.
ALLOWED: dict[str, set[str]] = {
    # the bottom: what everything may know
    "version": set(),
    "errors": set(),
    "extensions": {"errors"},
    "choices": set(),
    "journal": set(),
    "paths": set(),
    "wording": set(),
    "protocol": {"choices", "errors"},
    # shared by the feed and REST, by terminals and pipes
    "terminal": set(),
    "credentials": {"errors", "paths"},
    "net": {"credentials", "errors", "protocol", "terminal"},
    "engine": {"credentials", "errors", "net", "paths", "protocol", "terminal"},
    # from values to bytes, and where bytes go
    "formats": {"errors", "extensions", "journal", "protocol"},
    "formats.builtin": {"formats", "protocol"},
    "sinks": {"errors", "journal", "protocol", "terminal", "wording"},
    "sinks.engine": {"engine", "errors", "journal", "net", "protocol", "sinks", "wording"},
    "sinks.builtin": {"sinks.engine"},
    "sinks.files": {"errors", "journal", "paths", "protocol", "sinks"},
    "outputs": {"errors", "extensions", "formats", "journal", "protocol", "sinks", "sinks.files", "wording"},
    "monitoring": {"errors", "outputs", "paths", "protocol", "terminal", "wording"},
    "table": {"choices", "journal", "monitoring", "outputs", "protocol", "sinks", "terminal", "wording"},
    "plugin": {"errors", "formats", "journal", "protocol", "sinks"},
    "audit": {"errors", "protocol", "sinks.files", "wording"},
    # the feed
    "transport": {"errors", "net", "protocol", "version"},
    "session": {
        "engine",
        "errors",
        "journal",
        "net",
        "outputs",
        "protocol",
        "sinks",
        "terminal",
        "transport",
        "wording",
    },
    # beside the feed
    "simulator": {"errors", "version"},
    "catalogue": {"errors", "net", "paths", "protocol", "terminal", "version"},
    "history": {"catalogue", "errors", "net", "protocol", "sinks.files", "terminal"},
    "config": {"catalogue", "credentials", "errors", "paths"},
    "doctor": {
        "catalogue",
        "credentials",
        "engine",
        "errors",
        "net",
        "protocol",
        "terminal",
        "transport",
        "version",
        "wording",
    },
    # the command line
    "cli.signals": set(),
    "cli.flood": {"journal", "wording"},
    "cli.event_log": {"credentials", "errors", "paths", "protocol", "sinks.files", "terminal"},
    "cli.reporter": {
        "cli.event_log",
        "cli.flood",
        "credentials",
        "errors",
        "journal",
        "protocol",
        "terminal",
        "wording",
    },
    "cli.options": {
        "audit",
        "choices",
        "cli.reporter",
        "config",
        "credentials",
        "engine",
        "errors",
        "formats",
        "history",
        "net",
        "paths",
        "version",
    },
    "cli.help": {"cli.options"},
    "cli.indexes": {"catalogue", "cli.options", "cli.reporter", "errors", "simulator", "sinks", "terminal", "wording"},
    "cli.check": {"audit", "cli.options", "cli.reporter", "errors", "paths", "sinks", "terminal", "wording"},
    "cli.merge": {"audit", "cli.options", "cli.reporter", "errors", "protocol", "sinks.files", "wording"},
    "cli.simulate": {
        "audit",
        "cli.options",
        "cli.reporter",
        "cli.signals",
        "errors",
        "net",
        "protocol",
        "simulator",
        "wording",
    },
    "cli.engine": {
        "cli.help",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "engine",
        "errors",
        "wording",
    },
    "cli.config": {
        "cli.help",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "cli.signals",
        "config",
        "credentials",
        "errors",
        "net",
        "terminal",
    },
    "cli.doctor": {
        "catalogue",
        "choices",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "cli.signals",
        "doctor",
        "engine",
        "errors",
        "net",
        "paths",
        "simulator",
        "terminal",
        "wording",
    },
    "cli.watch": {
        "catalogue",
        "choices",
        "cli.event_log",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "cli.signals",
        "credentials",
        "engine",
        "errors",
        "formats",
        "journal",
        "monitoring",
        "net",
        "outputs",
        "paths",
        "protocol",
        "session",
        "simulator",
        "sinks",
        "sinks.engine",
        "sinks.files",
        "table",
        "terminal",
        "transport",
        "version",
        "wording",
    },
    "cli.get": {
        "choices",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "cli.watch",
        "errors",
        "formats",
        "outputs",
        "protocol",
        "sinks",
    },
    "cli.history": {
        "catalogue",
        "cli.indexes",
        "cli.options",
        "cli.reporter",
        "cli.signals",
        "cli.watch",
        "errors",
        "formats",
        "history",
        "outputs",
        "paths",
        "protocol",
        "sinks",
        "sinks.files",
        "wording",
    },
    "cli.app": {
        "cli.check",
        "cli.config",
        "cli.doctor",
        "cli.engine",
        "cli.get",
        "cli.help",
        "cli.history",
        "cli.indexes",
        "cli.merge",
        "cli.options",
        "cli.reporter",
        "cli.simulate",
        "cli.watch",
    },
    "cli": {"cli.app", "cli.reporter", "credentials", "errors", "terminal"},
    "__main__": {"cli", "terminal"},
}
HEAVY = {
    "rich",
    "websocket",
    "websockets",
    "orjson",
    "msgspec",
    "pydantic",
    "importlib.metadata",
    "urllib3",
    "keyring",
    "tomllib",
}
IMPURE = {
    "socket",
    "ssl",
    "threading",
    "select",
    "time",
    "random",
    "os",
    "pathlib",
    "io",
    "sys",
    "subprocess",
    "signal",
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            inside = {name for name in modules if is_module(name)}
            names |= inside or {node.module}
    return names


def room(module: str) -> str:
    """The room of a dotted name: `coinapi_idx_cli.cli.watch.run` is in `cli.watch`."""
    parts = module.split(".")[1:]
    folder = PACKAGE
    for depth, part in enumerate(parts):
        folder /= part
        if not folder.is_dir():
            names = parts[:depth]
            return ".".join(parts[: depth + 1] if names in ([], ["cli"]) else names)
    return ".".join(parts) or "version"


def room_of(path: Path) -> str:
    return room(".".join([ROOT, *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__"))


def arrows() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room_of(path): set() for path in MODULES}
    for path in MODULES:
        inside = {room(name) for name in imported(path) if name.split(".")[0] == ROOT}
        found[room_of(path)] |= inside - {room_of(path)}
    return found


def test_rooms_import_what_the_picture_says() -> None:
    assert arrows() == ALLOWED


def test_imports_point_down() -> None:
    tuple(graphlib.TopologicalSorter(ALLOWED).static_order())  # raises CycleError


def test_the_picture_is_drawn_from_the_bottom_up() -> None:
    order = list(ALLOWED)
    assert [(here, there) for here in order for there in ALLOWED[here] if order.index(there) > order.index(here)] == []


def test_tests_are_in_the_rooms_of_what_they_test() -> None:
    folders = {path.parent.relative_to(PACKAGE) for path in MODULES}
    missing = {str(folder) for folder in folders if not (PACKAGE.parent / "tests" / folder).is_dir()}
    assert missing <= {"cli/doctor", "formats/builtin", "sinks/builtin"}  # tested one folder above


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").rglob("*.py")), ids=lambda path: path.name)
def test_protocol_imports_nothing_that_waits_or_varies(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & IMPURE


@pytest.mark.parametrize(
    ("library", "room"),
    [("websocket", "transport"), ("urllib3", "catalogue"), ("keyring", "credentials"), ("tomllib", "config")],
)
def test_only_one_room_knows_the_library(library: str, room: str) -> None:
    users = {room_of(path) for path in MODULES if library in {name.split(".")[0] for name in imported(path)}}
    assert users == {room}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 320


@pytest.mark.unmeasured
def test_help_and_version_load_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, coinapi_idx_cli.cli as c\n"
        "assert c.run(['--version']) == 0\n"
        "assert all(c.run([name, '--help']) == 0 for name in ('watch', 'indexes', 'doctor', 'history'))\n"
        f"sys.exit(' '.join({HEAVY} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
