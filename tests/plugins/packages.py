"""Packages with plug-ins: built and installed as anybody would, or put where an installer would leave them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.harness import GENEROUS_S, environment

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-cache-dir", "--quiet")
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation")


def beside(folder: Path) -> dict[str, str]:
    """An environment in which what is installed in `folder` is found."""
    return {"PYTHONPATH": os.pathsep.join((environment()["PYTHONPATH"], str(folder)))}


def install(source: Path, target: Path) -> None:
    """Build the package in the folder `source`, and install it into the folder `target`."""
    command = [*PIP, "install", *OFFLINE, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert done.returncode == 0, done.stderr


def put(
    folder: Path,
    code: str,
    *,
    name: str = "dots",
    value: str = "dots:Dots",
    package: str = "idxstream-dots",
    group: str = "idxstream.formats.v1",
) -> None:
    """What an installer would leave of a package with one plug-in."""
    (folder / f"{value.partition(':')[0]}.py").write_text(code)
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
