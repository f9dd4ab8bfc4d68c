"""What an index did: least, greatest and last value of each second of the last hour and of each minute of the last day.

Pure. Seconds are kept only of those indexes that somebody looks at, of the others the minutes of the last hour, from
what they were every few seconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from msgspec import Struct

SECONDS_KEPT, MINUTES_KEPT, MINUTES_KEPT_UNSEEN = 3600, 1440, 60
_FIELDS = 4  # of a bucket in its array


class PastBucket(Struct, frozen=True):
    """The values of one second, or of one minute. `begin_s` is counted as the values' times were."""

    begin_s: float
    low: float
    high: float
    last: float


class _Buckets:
    """As many as are kept, the oldest first, in 32 bytes each."""

    def __init__(self, step_s: int, kept: int) -> None:
        self.kept = kept
        self._step_s = step_s
        self._number = -1
        self._low = self._high = self._last = 0.0
        self._done = array("d")

    def add(self, at_s: float, value: float) -> None:
        number = int(at_s // self._step_s)
        if number != self._number:
            self._finish()
            self._number, self._low, self._high = number, value, value
        elif value < self._low:
            self._low = value
        elif value > self._high:
            self._high = value
        self._last = value

    def _finish(self) -> None:
        if self._number < 0:
            return
        self._done.extend((self._number * self._step_s, self._low, self._high, self._last))
        surplus = len(self._done) - _FIELDS * self.kept
        if surplus > _FIELDS * self.kept // 8:  # not one by one: what is left is moved each time
            del self._done[:surplus]

    def since(self, begin_s: float) -> Iterator[PastBucket]:
        """Those that ended after that, with the one before, which says what the value was then."""
        done, first = self._done, 0
        for place in range(len(done) - _FIELDS, -1, -_FIELDS):
            if done[place] + self._step_s <= begin_s:
                first = place
                break
        for place in range(first, len(done), _FIELDS):
            yield PastBucket(*done[place : place + _FIELDS])
        if self._number >= 0:
            yield PastBucket(self._number * self._step_s, self._low, self._high, self._last)


class History:
    """Of one index. Times are seconds of the monotonic clock."""

    __slots__ = ("_minutes", "_seconds")

    def __init__(self) -> None:
        self._minutes = _Buckets(60, MINUTES_KEPT_UNSEEN)
        self._seconds: _Buckets | None = None

    def add(self, at_s: float, value: float) -> None:
        self._minutes.add(at_s, value)
        if self._seconds is not None:
            self._seconds.add(at_s, value)

    def is_seen(self, *, seen: bool) -> None:
        """Whether somebody looks at it: then its seconds are kept from here on."""
        self._minutes.kept = MINUTES_KEPT if seen else MINUTES_KEPT_UNSEEN
        if seen and self._seconds is None:
            self._seconds = _Buckets(1, SECONDS_KEPT)
        elif not seen:
            self._seconds = None

    def since(self, begin_s: float, now_s: float) -> list[PastBucket]:
        """In order; seconds where they are known and the stretch is no longer than an hour, minutes before."""
        minutes = list(self._minutes.since(begin_s))
        seconds = list(self._seconds.since(begin_s)) if self._seconds is not None else []
        if not seconds or now_s - begin_s > SECONDS_KEPT:
            return minutes
        return [*(each for each in minutes if each.begin_s + 60 <= seconds[0].begin_s), *seconds]
