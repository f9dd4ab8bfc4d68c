"""Imports point down, and the pure rooms stay pure."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "coinapi_idx_cli"
ROOT = PACKAGE.name

# room -> rooms of the package that it may import
ALLOWED = {
    "errors": set[str](),
    "text": set[str](),
    "urls": {"errors"},
    "deadline": set[str](),
    "addresses": {"deadline"},
    "http_head": {"deadline"},
    "tunnels": {"errors", "addresses", "deadline", "http_head", "proxies", "urls"},
    "streams": {"addresses", "deadline", "proxies", "server", "tls", "tunnels", "urls"},
    "tls_failures": {"errors", "server"},
    "paths": set[str](),
    "nonblocking": set[str](),
    "stderr": {"nonblocking", "text"},
    "redactor": set[str](),
    "credentials": {"errors", "paths", "redactor"},
    "key_store": {"errors", "credentials"},
    "config": {
        "errors",
        "credentials",
        "paths",
        "catalogue",
        "config",
    },  # of the catalogue what is nearest to a slip of the pen
    "proxies": {"errors", "urls"},
    "tls": set[str](),
    "retry_after": set[str](),
    "bounded": set[str](),
    "server": {"credentials", "redactor", "tls", "urls"},
    "http_refusals": {"errors", "text", "retry_after", "server", "protocol"},
    "protocol": {"errors", "protocol"},
    "outputs": {"errors", "nonblocking", "stderr", "protocol", "outputs", "text"},
    "journal": set[str](),
    "plugin": {"errors", "protocol", "outputs"},
    "capture": {"errors", "protocol", "outputs", "capture"},
    "transport": {
        "",
        "errors",
        "urls",
        "addresses",
        "deadline",
        "http_head",
        "streams",
        "tls_failures",
        "tunnels",
        "proxies",
        "http_refusals",
        "server",
        "text",
        "protocol",
        "outputs",
        "journal",
        "transport",
    },
    "simulator": {"", "errors", "simulator"},
    "settings": {"errors", "credentials", "paths", "text", "tls", "urls", "protocol", "capture"},
    "catalogue": {
        "",
        "errors",
        "credentials",
        "text",
        "urls",
        "deadline",
        "http_head",
        "streams",
        "tls_failures",
        "tunnels",
        "proxies",
        "http_refusals",
        "bounded",
        "paths",
        "server",
        "protocol",
        "catalogue",
    },
    "doctor": {
        "",
        "http_refusals",
        "bounded",
        "errors",
        "text",
        "urls",
        "credentials",
        "addresses",
        "tls",
        "tunnels",
        "protocol",
        "transport",
        "catalogue",
        "doctor",
    },
    "cli": {
        "",
        "errors",
        "nonblocking",
        "text",
        "paths",
        "urls",
        "credentials",
        "redactor",
        "key_store",
        "config",
        "settings",
        "protocol",
        "outputs",
        "capture",
        "journal",
        "stderr",
        "transport",
        "catalogue",
        "simulator",
        "doctor",
        "proxies",
        "server",
        "tls",
        "cli",
    },
    "": {"cli", "stderr"},
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


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            names.add(node.module)
    return names


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def room_of(path: Path) -> str:
    return room(".".join([ROOT, *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = room_of(path) if path.stem != "__main__" else ""
    inside = {room(name) for name in imported(path) if name.split(".")[0] == ROOT}
    assert inside <= ALLOWED[here]


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").rglob("*.py")), ids=lambda path: path.name)
def test_protocol_imports_nothing_that_waits_or_varies(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & IMPURE


@pytest.mark.parametrize(
    ("library", "room"),
    [("websocket", "transport"), ("urllib3", "catalogue"), ("keyring", "key_store"), ("tomllib", "config")],
)
def test_only_one_room_knows_the_library(library: str, room: str) -> None:
    users = {room_of(path) for path in MODULES if library in {name.split(".")[0] for name in imported(path)}}
    assert users == {room}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 320


def test_help_and_version_load_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, coinapi_idx_cli.cli as c\n"
        "assert c.run(['--version']) == 0\n"
        "assert all(c.run([name, '--help']) == 0 for name in ('watch', 'indexes', 'doctor'))\n"
        f"sys.exit(' '.join({HEAVY} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
