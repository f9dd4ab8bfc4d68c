"""Foreign text made safe to show."""

from __future__ import annotations

import re

# C0, DEL and C1 steer terminals; the others end lines or turn the direction of what follows.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """`text` without control characters, on one line."""
    return _UNSAFE.sub(" ", text).strip()


_INDEX_ID = re.compile(r"[!-~]{1,200}")  # ASCII without blanks, as all ids of the vendor


def is_index_id(text: str) -> bool:
    return _INDEX_ID.fullmatch(text) is not None
