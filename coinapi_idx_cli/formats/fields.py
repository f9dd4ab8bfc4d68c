"""The names that --fields takes. Imported for the help too, so it loads nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from coinapi_idx_cli.errors import UsageError

FEED_FIELDS = ("type", "index_id", "time_coinapi", "value")
ADDED_FIELDS = ("time_received", "latency_ms", "stream_sequence", "stream_line")
KNOWN_FIELDS = FEED_FIELDS + ADDED_FIELDS
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_fields(text: str) -> tuple[str, ...]:
    """`A,B` as names. Raises UsageError for an empty or repeated one, and for a slip of the pen in a known one."""
    names = tuple(name.strip() for name in text.split(","))
    wrong = [name for name in names if not _NAME.fullmatch(name) or (name not in KNOWN_FIELDS and _nearest(name))]
    if wrong:
        raise unknown_fields(wrong, KNOWN_FIELDS, "and what the feed adds")
    if len(set(names)) < len(names):
        raise UsageError(f"--fields {text} names a field twice", "name each once")
    return names


def unknown_fields(names: Sequence[str], known: Sequence[str], more: str = "") -> UsageError:
    """The error about `names`: what they could have been, and all that there are."""
    meant = dict.fromkeys(
        near for name in names if (near := _nearest(name.lower(), known, 0.6) or _part_of(name, known))
    )
    hint = f"there are {', '.join([*known, *filter(None, [more])])}"
    if meant:
        hint = f"did you mean {' and '.join(meant)}? {hint}"
    several = "s" if len(names) > 1 else ""
    return UsageError(f"unknown field{several} {' and '.join(map(repr, names))} in --fields", hint)


def _nearest(name: str, known: Sequence[str] = KNOWN_FIELDS, cutoff: float = 0.75) -> str | None:
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), None)


def _part_of(name: str, known: Sequence[str]) -> str | None:
    return next((one for one in known if name and name.lower() in one), None)
