"""Times as nanoseconds since 1970, UTC, and as moments.

The feed's have seven fractional digits, and datetime holds six. Nothing promises that there will always be seven, so
times are compared as moments, never as text. A leap second, 23:59:60, is a moment of its own; counted since 1970, it is
the same second as the one behind it, as POSIX has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

NS = 1_000_000_000

# What the feed sends. Any other form of ISO 8601 with hours is read the slower way, by an expression that is compiled
# when it is used first: most runs never need it.
_USUAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z", re.ASCII)
_OTHER = (
    r"(?P<day>\d[\dW-]*)[Tt ](?P<time>\d\d(?::?\d\d(?P<seconds>:?\d\d)?)?)(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?"
)
_LEAP = "T23:59:60"
_NO_MOMENT = "?"  # behind all digits


def utc_text(time_ns: int) -> str:
    """As `2026-11-21T19:13:02.123456789Z`."""
    seconds, nanoseconds = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def parse_utc_ns(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 time, further digits cut; UTC where it names no zone. None for the rest."""
    parts = _parts(text)
    seconds = None if parts is None else _seconds(parts[0])
    if parts is None or seconds is None:
        return None
    return seconds * NS + int(parts[1][:9].ljust(9, "0"))


def feed_time(text: str) -> str | None:
    """The same moment as the feed writes it: UTC, `Z`, seven digits or all that came. None for what is not a time."""
    parts = _parts(text)
    return None if parts is None or _seconds(parts[0]) is None else f"{parts[0]}.{parts[1]:0<7}Z"


def moment(text: str) -> str:
    """A key that is the same for each way to write the same moment, however many digits it has.

    Keys are compared with `is_before`. What is not an ISO 8601 time is the same as nothing but the same text, and
    neither before nor after anything.
    """
    parts = _parts(text)
    return f"{parts[0]}.{parts[1].rstrip('0')}" if parts is not None else _NO_MOMENT + text


def is_before(one: str, other: str) -> bool:
    """Whether one of two keys of `moment` is the earlier one."""
    return one < other and not other.startswith(_NO_MOMENT)


def is_until(one: str, other: str) -> bool:
    """Whether one of two keys of `moment` is not later than the other."""
    return one == other or is_before(one, other)


def alternations(one: Iterable[str], other: Iterable[str]) -> int:
    """How often the moments of two, in order, change from one to the other; of equal ones those of `one` come first."""
    sides = [side for _, side in sorted([(key, 0) for key in one] + [(key, 1) for key in other])]
    return sum(before != after for before, after in pairwise(sides))


def ordered(from_ns: int, to_ns: int, elapsed_s: float) -> tuple[int, int]:
    """Both bounds of a stretch that took `elapsed_s`. If the clock was set back in it, its later reading is right."""
    return (from_ns if from_ns <= to_ns else to_ns - round(elapsed_s * NS)), to_ns


def _parts(text: str) -> tuple[str, str] | None:
    """The second as `2026-11-21T19:13:02`, UTC, and the digits behind its point."""
    match = _USUAL.fullmatch(text)
    if match is not None:
        return match[1], match[2] or ""
    return _other_parts(text)


def _other_parts(text: str) -> tuple[str, str] | None:
    match = re.fullmatch(_OTHER, text, re.ASCII)
    if match is None or (match["fraction"] and not match["seconds"]):
        return None
    is_leap = (match["seconds"] or "").endswith("60")
    clock = match["time"][:-2] + "59" if is_leap else match["time"]
    try:
        time = datetime.fromisoformat(f"{match['day']}T{clock}{(match['zone'] or 'Z').upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    second = time.replace(tzinfo=None).isoformat()
    return second[:-2] + "60" if is_leap else second, match["fraction"] or ""


@lru_cache(maxsize=64)  # thousands of values bear the same second
def _seconds(text: str) -> int | None:
    is_leap = text.endswith(_LEAP)
    try:
        second = int(datetime.fromisoformat(f"{text[:-2]}59+00:00" if is_leap else f"{text}+00:00").timestamp())
    except ValueError:
        return None
    return second + is_leap
