"""Files in the repository that are made from the program: written, or compared with what they should say."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def write_or_check(arguments: list[str], texts: dict[str, str], folder: Path, made_by: str, within: str = "") -> int:
    """`texts`: file name -> text; `within`: the folder, as it is shown. `--check` writes nothing and names what is out
    of date. The exit code."""
    parser = argparse.ArgumentParser(prog=made_by, description=f"Write {', '.join(texts)}.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    check = parser.parse_args(arguments).check
    stale = [name for name, text in texts.items() if _text_of(folder / name) != text]
    for name in stale:
        if check:
            sys.stderr.write(f"{within}{name} is out of date; make it: python {made_by}\n")
        else:
            (folder / name).write_text(texts[name], encoding="utf-8")
    return 1 if stale and check else 0


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
