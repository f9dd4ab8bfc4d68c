"""Writes the manual page and docs/options.md from the program's own help: `python manual/generate.py [--check]`.

`--check` writes nothing, names what is out of date, and exits 1 if anything is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer.main

sys.path.insert(0, str(Path(__file__).parent.parent))  # of this tree, also when another one is installed

from coinapi_idx_cli.cli.app import app
from completions.files import write_or_check
from manual import page, reference

ROOT = Path(__file__).parent.parent


def main(arguments: list[str], folder: Path = ROOT) -> int:
    """Returns the exit code."""
    program = typer.main.get_command(app)
    texts = {"manual/idxstream.1": page.render(program), "docs/options.md": reference.render(program)}
    return write_or_check(arguments, texts, folder, "manual/generate.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
