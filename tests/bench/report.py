"""The table, as Markdown that is also readable in a terminal, with the day and the machine it comes from."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import astuple
from importlib import metadata
from pathlib import Path

from tests.bench.comparisons import Row
from tests.bench.peers import executable

HEAD = Row("figure", "idxstream", "peer", "ratio", "target", "goal", "reached")
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
PACKAGES = ("idxstream", "orjson", "msgspec", "websocket-client", "picows")
PROGRAMS = ("websocat", "jq")


def table(rows: Sequence[Row]) -> str:
    cells = [[cell.replace("|", "\\|") for cell in astuple(row)] for row in (HEAD, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    padded.insert(1, ["-" * width for width in widths])
    return "".join(f"| {' | '.join(row)} |\n" for row in padded)


def circumstances() -> str:
    """Date, machine and versions, one line."""
    day = datetime.datetime.now(datetime.UTC).date()
    machine = f"{os.cpu_count()} cores, {_cpu_model()}, {platform.system()}, Python {platform.python_version()}"
    versions = {name: _package_version(name) for name in PACKAGES} | {name: _program_version(name) for name in PROGRAMS}
    there = [f"{name} {version}" for name, version in versions.items() if version is not None]
    return f"{day}; {machine}; {', '.join(there)}"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _package_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _program_version(name: str) -> str | None:
    path = executable(name)
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix(name).strip(" -")


def with_section(page: str, section: str) -> str:
    """The page with anything in between the two marks replaced. Raises ValueError when it lacks them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{section.strip()}\n\n{END}{after}"
