"""Writes the shell completions from the program's own options: `python completions/generate.py [--check]`.

`--check` writes nothing, names what is out of date, and exits 1 if anything is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # of this tree, also when another one is installed

from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.cli.watch import INCLUDABLE
from coinapi_idx_cli.outputs.fields import KNOWN_FIELDS
from coinapi_idx_cli.outputs.registry import FORMATS
from completions import bash, fish, zsh
from completions.model import Command, Kind, Suggested, read_program

HERE = Path(__file__).parent
SUGGESTED: Suggested = {
    "--format": (Kind.CHOICE, ("auto", *FORMATS)),
    "--fields": (Kind.COMMA_LIST, KNOWN_FIELDS),
    "--include": (Kind.COMMA_LIST, INCLUDABLE),
}
SHELLS = {"idxstream.bash": bash, "_idxstream": zsh, "idxstream.fish": fish}


def render(program: Command) -> dict[str, str]:
    """File name -> text, of each shell."""
    return {name: shell.render(program) for name, shell in SHELLS.items()}


def out_of_date(texts: dict[str, str], folder: Path) -> list[str]:
    """The names in `texts` whose file in `folder` is missing or says something else."""
    return [name for name, text in texts.items() if _text_of(folder / name) != text]


def main(arguments: list[str], folder: Path = HERE) -> int:
    """Write, or with `--check` compare; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the shell completions.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    texts = render(read_program(app, SUGGESTED))
    stale = out_of_date(texts, folder)
    if parser.parse_args(arguments).check:
        for name in stale:
            sys.stderr.write(f"completions/{name} is out of date; make it: python completions/generate.py\n")
        return 1 if stale else 0
    for name in stale:
        (folder / name).write_text(texts[name], encoding="utf-8")
    return 0


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
