"""Writes the shell completions from the program's own options: `python completions/generate.py [--check]`.

`--check` writes nothing, names what is out of date, and exits 1 if anything is.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # of this tree, also when another one is installed

from coinapi_idx_cli.cli.app import app
from completions import bash, fish, zsh
from completions.files import write_or_check
from completions.model import Command, read_program

HERE = Path(__file__).parent
SHELLS = {"idxstream.bash": bash, "_idxstream": zsh, "idxstream.fish": fish}


def render(program: Command) -> dict[str, str]:
    """File name -> text, of each shell."""
    return {name: shell.render(program) for name, shell in SHELLS.items()}


def main(arguments: list[str], folder: Path = HERE) -> int:
    """Returns the exit code."""
    texts = render(read_program(app))
    return write_or_check(arguments, texts, folder, "completions/generate.py", within="completions/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
