"""Times as the feed writes them: ISO 8601 UTC with seven fractional digits, steps of 100 ns."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from time import gmtime, strftime, time_ns

_TICKS_PER_SECOND = 10_000_000
_NS_PER_TICK = 100


@lru_cache(maxsize=4)
def _whole_second(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))


def now_ticks(ahead_s: float = 0.0) -> int:
    """A clock that is ahead of the wall clock, in steps of 100 ns since 1970."""
    return time_ns() // _NS_PER_TICK + round(ahead_s * _TICKS_PER_SECOND)


def stamp(ticks: int) -> str:
    """`ticks` of 100 ns since 1970 as text: `2017-03-18T22:42:21.0000000Z`."""
    seconds, fraction = divmod(ticks, _TICKS_PER_SECOND)
    return f"{_whole_second(seconds)}.{fraction:07d}Z"


def stamp_after(seconds: float) -> str:
    """The time `seconds` from now, as text."""
    return stamp(now_ticks(seconds))


def http_date(ahead_s: float) -> str:
    """What is in `Date` (RFC 9110, 5.6.7), of a clock that is ahead of ours: whole seconds."""
    return formatdate(time_ns() / 1e9 + ahead_s, usegmt=True)
