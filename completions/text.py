"""What the files of all shells share."""

from __future__ import annotations

from pathlib import Path

MADE_BY = "# Made by completions/generate.py from the options of idxstream; a change here is lost at the next run."
ENGINES = Path(__file__).parent / "engines"


def engine(name: str) -> str:
    """The part of a completion that is the same whatever the options are."""
    return (ENGINES / name).read_text(encoding="utf-8")
