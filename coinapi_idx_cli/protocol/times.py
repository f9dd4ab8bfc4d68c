"""Times as nanoseconds since 1970, UTC: the feed's have seven fractional digits, and datetime holds only six."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

NS = 1_000_000_000
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


def utc_text(time_ns: int) -> str:
    """As `2026-11-21T19:13:02.123456789Z`."""
    seconds, nanoseconds = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def parse_utc_ns(text: str) -> int | None:
    """Of an ISO 8601 time in UTC with up to nine fractional digits; None for anything else."""
    match = _TIME.fullmatch(text)
    seconds = None if match is None else _seconds(match[1])
    if match is None or seconds is None:
        return None
    return seconds * NS + int((match[2] or "").ljust(9, "0"))


@lru_cache(maxsize=64)  # thousands of values bear the same second
def _seconds(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(f"{text}+00:00").timestamp())
    except ValueError:
        return None
