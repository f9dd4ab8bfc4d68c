"""Foreign text made safe to show."""

from __future__ import annotations

import re
from collections.abc import Callable

EXCERPT_BYTES = 300  # of foreign text within a line: enough to know it by, and some of them leave a line below PIPE_BUF

# C0, DEL and C1 steer terminals; the others end lines or turn the direction of what follows.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """`text` without control characters, on one line."""
    return _UNSAFE.sub(" ", text).strip()


def excerpt(text: str, clean: Callable[[str], str], limit_bytes: int = EXCERPT_BYTES) -> str:
    """The beginning of `text` from elsewhere, in at most `limit_bytes` bytes of UTF-8, with `…` where it was cut.

    `clean` takes secrets out, and does so first: half of a key would not be recognized.
    """
    cleaned = clean(text)
    data = cleaned[: limit_bytes + 1].encode("utf-8", "backslashreplace")
    if len(data) <= limit_bytes:
        return cleaned
    return data[: limit_bytes - len(_CUT)].decode("utf-8", "ignore") + _CUT.decode()


_CUT = "…".encode()

_INDEX_ID = re.compile(r"[!-~]{1,200}")  # ASCII without blanks, as all ids of the vendor


def is_index_id(text: str) -> bool:
    return _INDEX_ID.fullmatch(text) is not None
