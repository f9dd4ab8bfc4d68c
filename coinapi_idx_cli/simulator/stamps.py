"""Times as the feed writes them: ISO 8601 UTC with seven fractional digits, steps of 100 ns."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Sequence
from datetime import date
from email.utils import formatdate
from functools import lru_cache
from time import gmtime, strftime, time_ns

_TICKS_PER_SECOND = 10_000_000
_NS_PER_TICK = 100
_DAY_S = 86_400
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(?:Z|([+-]?)\s?(\d\d):?(\d\d))?", re.ASCII
)
_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}" for second in range(60)]


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


def stamps(times: Sequence[int]) -> list[str]:
    """`stamp` of many times; quicker where several are of one second."""
    found: list[str] = []
    begin = end = 0
    whole = ""
    for ticks in times:
        if not begin <= ticks < end:
            begin = ticks // _TICKS_PER_SECOND * _TICKS_PER_SECOND
            end = begin + _TICKS_PER_SECOND
            whole = _whole_second(begin // _TICKS_PER_SECOND)
        found.append(f"{whole}.{ticks - begin:07d}Z")
    return found


def stamp_after(seconds: float) -> str:
    """The time `seconds` from now, as text."""
    return stamp(now_ticks(seconds))


def http_date(ahead_s: float) -> str:
    """What is in `Date` (RFC 9110, 5.6.7), of a clock that is ahead of ours: whole seconds."""
    return formatdate(time_ns() / 1e9 + ahead_s, usegmt=True)


@lru_cache(maxsize=1024)
def _day(days: int) -> str:
    return strftime("%Y-%m-%dT", gmtime(days * _DAY_S))


def coarse_stamp(ticks: int) -> str:
    """`2024-09-01T11:29:04`: REST knows whole seconds only, and what is finer is left out."""
    days, second = divmod(ticks // _TICKS_PER_SECOND, _DAY_S)
    return _day(days) + _MINUTES[second // 60] + _SECONDS[second % 60]


def parse_ticks(text: str) -> int | None:
    """Steps of 100 ns since 1970 of an ISO 8601 time, with a zone or in UTC; None for what is not one.

    A `+` that a URL has made a space is one, too.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        date(year, month, day)
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    seconds = timegm((year, month, day, hour, minute, second))
    if match[9]:
        offset_s = int(match[9]) * 3600 + int(match[10]) * 60
        seconds += offset_s if match[8] == "-" else -offset_s
    return seconds * _TICKS_PER_SECOND + int((match[7] or "0").ljust(7, "0")[:7])
