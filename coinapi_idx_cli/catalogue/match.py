"""Which ids a glob means, and which come nearest to one that is not there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from fnmatch import translate

from coinapi_idx_cli.errors import UsageError

NEAREST_SHOWN = 3
_MARKS = re.compile(r"[*?\[\]]")


def is_pattern(word: str) -> bool:
    return bool(set(word) & set("*?["))


def matching(pattern: str, ids: Iterable[str]) -> list[str]:
    """In the order of `ids`; `*`, `?`, `[a-f]` and `[!a-f]` as in a shell. Raises UsageError when there are none."""
    fits = re.compile(translate(pattern)).match
    found = [index_id for index_id in ids if fits(index_id)]
    if not found:
        raise UsageError(f"no index is called {pattern!r}", did_you_mean(pattern, list(ids)))
    return found


def containing(word: str, ids: Iterable[str]) -> list[str]:
    """Those that have the word in them, without regard to case, in the order of `ids`."""
    wanted = word.upper()
    return [index_id for index_id in ids if wanted in index_id.upper()]


def did_you_mean(word: str, ids: Sequence[str]) -> str:
    """The question, with the nearest ids."""
    *first, last = nearest(word, ids)
    return f"did you mean {', '.join(first)} or {last}?" if first else f"did you mean {last}?"


def nearest(word: str, ids: Iterable[str], count: int = NEAREST_SHOWN) -> list[str]:
    """The ids most like `word`, whatever its case, best first.

    As `difflib.get_close_matches`, but of thousands of ids that are alike it compares only those in full whose letters
    alone are enough for one of the first places, which takes a seventh of the time.
    """
    wanted = _MARKS.sub("", word).upper()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)

    def likeness(index_id: str, *, letters_only: bool) -> float:
        matcher.set_seq1(index_id.upper())
        return matcher.quick_ratio() if letters_only else matcher.ratio()

    best: list[tuple[float, int, str]] = []
    at_most = [(likeness(index_id, letters_only=True), index_id) for index_id in ids]
    for bound, index_id in sorted(at_most, key=lambda pair: (-pair[0], pair[1])):
        if len(best) == count and bound < -best[-1][0]:
            break
        begins_alike = _begins_alike(wanted, index_id.upper())
        best = sorted([*best, (-likeness(index_id, letters_only=False), -begins_alike, index_id)])[:count]
    return [index_id for _, _, index_id in best]


def _begins_alike(one: str, other: str) -> int:
    """The number of characters."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((position for position, (a, b) in pairs if a != b), min(len(one), len(other)))
