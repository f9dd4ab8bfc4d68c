"""Writes the manual page from the program's own help: `python manual/generate.py [--check]`.

`--check` writes nothing, names what is out of date, and exits 1 if anything is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer.main

sys.path.insert(0, str(Path(__file__).parent.parent))  # of this tree, also when another one is installed

from coinapi_idx_cli.cli.app import app
from completions.files import write_or_check
from manual.page import render

HERE = Path(__file__).parent


def main(arguments: list[str], folder: Path = HERE) -> int:
    """Returns the exit code."""
    texts = {"idxstream.1": render(typer.main.get_command(app))}
    return write_or_check(arguments, texts, folder, "manual/generate.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
