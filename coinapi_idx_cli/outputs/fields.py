"""The names that --fields takes. Imported for the help too, so it loads nothing."""

from __future__ import annotations

import difflib
import re

from coinapi_idx_cli.errors import UsageError

FEED_FIELDS = ("type", "index_id", "time_coinapi", "value")
ADDED_FIELDS = ("time_received", "latency_ms")
KNOWN_FIELDS = FEED_FIELDS + ADDED_FIELDS
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_fields(text: str) -> tuple[str, ...]:
    """`A,B` as names. Raises UsageError for an empty or repeated one, and for a slip of the pen in a known one."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        near = difflib.get_close_matches(name, KNOWN_FIELDS, n=1, cutoff=0.75)
        if not _NAME.fullmatch(name) or (near and name not in KNOWN_FIELDS):
            hint = (
                f"did you mean {near[0]}?" if near else f"there are {', '.join(KNOWN_FIELDS)}, and what the feed adds"
            )
            raise UsageError(f"unknown field {name!r} in --fields", hint)
    if len(set(names)) < len(names):
        raise UsageError(f"--fields {text} names a field twice", "name each once")
    return names
