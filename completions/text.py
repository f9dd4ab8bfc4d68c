"""What the files of all shells share."""

from __future__ import annotations

from pathlib import Path

MADE_BY = "# Made by completions/generate.py from the options of idxstream; a change here is lost at the next run."
# Measured with 7,700 ids: as many candidates cost zsh 150 ms and fish 60, and a loop over them costs bash 110.
INDEX_IDS_SAYS = "Of up to 500 ids all; of more only how they go on: what they have in common, and one letter."
ENGINES = Path(__file__).parent / "engines"


def engine(name: str) -> str:
    """The part of a completion that is the same whatever the options are."""
    text = _read(name).replace("INDEX_IDS_SAYS", INDEX_IDS_SAYS)
    return text.replace("INDEX_IDS_AWK", f"\n{_read('index_ids.awk')}")


def _read(name: str) -> str:
    return (ENGINES / name).read_text(encoding="utf-8")
