"""What an index did: least, greatest and last value of the seconds of the last hour, and of longer stretches before.

Pure. Seconds of the last hour and minutes of the last day are kept only of those indexes that somebody looks at; of the
others the minutes of more than the last hour, and the half hours of the last day.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from msgspec import Struct

SECOND_S, MINUTE_S, HALF_HOUR_S = 1, 60, 1800
SECONDS_KEPT, MINUTES_KEPT, MINUTES_KEPT_UNSEEN, HALF_HOURS_KEPT = 3600, 1440, 90, 48
_FIELDS = 4  # of a bucket in its array


class PastBucket(Struct, frozen=True):
    """The values of one second, minute or half hour. `begin_s` is counted as the values' times were."""

    begin_s: float
    low: float
    high: float
    last: float


class _Buckets:
    """As many as are kept, the oldest first, in 32 bytes each."""

    __slots__ = ("_done", "_high", "_is_cut", "_last", "_low", "_number", "_step_s", "kept")

    def __init__(self, step_s: int, kept: int) -> None:
        self.kept = kept
        self._step_s = step_s
        self._number = -1
        self._low = self._high = self._last = 0.0
        self._done = array("d")
        self._is_cut = False

    def add(self, at_s: float, low: float, high: float, last: float) -> None:
        """What is said to be older than the newest bucket belongs to that one: they stay in order."""
        number = int(at_s // self._step_s)
        if number > self._number:
            self._finish()
            self._number, self._low, self._high = number, low, high
        self._low, self._high, self._last = min(self._low, low), max(self._high, high), last

    def _finish(self) -> None:
        if self._number < 0:
            return
        self._done.extend((self._number * self._step_s, self._low, self._high, self._last))
        surplus = len(self._done) - _FIELDS * self.kept
        if surplus > _FIELDS * self.kept // 8:  # not one by one: what is left is moved each time
            del self._done[:surplus]
            self._is_cut = True

    def whole_since_s(self, length_s: int) -> float:
        """From when on every stretch of that length is whole; minus infinity while all that ever was is here."""
        return -(-self._done[0] // length_s) * length_s if self._is_cut else float("-inf")

    def since(self, begin_s: float, end_s: float) -> Iterator[PastBucket]:
        """Those that ended after `begin_s`, with the one before, which says what the value was then; until `end_s`."""
        done, first = self._done, 0
        for place in range(len(done) - _FIELDS, -1, -_FIELDS):
            if done[place] + self._step_s <= begin_s:
                first = place
                break
        for place in range(first, len(done), _FIELDS):
            if done[place] + self._step_s <= end_s:
                yield PastBucket(*done[place : place + _FIELDS])
        if self._number >= 0 and (self._number + 1) * self._step_s <= end_s:
            yield PastBucket(self._number * self._step_s, self._low, self._high, self._last)


class History:
    """Of one index. Times are seconds of the monotonic clock."""

    __slots__ = ("_half_hours", "_minutes", "_seconds")

    def __init__(self) -> None:
        self._half_hours = _Buckets(HALF_HOUR_S, HALF_HOURS_KEPT)
        self._minutes = _Buckets(MINUTE_S, MINUTES_KEPT_UNSEEN)
        self._seconds: _Buckets | None = None

    def add(self, at_s: float, low: float, high: float, last: float) -> None:
        """Values of a stretch that began at `at_s` and ended within that minute, or second. Again with more, too."""
        self._half_hours.add(at_s, low, high, last)
        self._minutes.add(at_s, low, high, last)
        if self._seconds is not None:
            self._seconds.add(at_s, low, high, last)

    def see(self, known: list[tuple[float, float]]) -> None:
        """Somebody looks at it: its seconds are kept from here on. `known`: times and values of the last minutes."""
        self._minutes.kept = MINUTES_KEPT
        if self._seconds is None:
            self._seconds = _Buckets(SECOND_S, SECONDS_KEPT)
            for at_s, value in known:
                self._seconds.add(at_s, value, value, value)

    def forget(self) -> None:
        """Nobody looks at it any more."""
        self._minutes.kept, self._seconds = MINUTES_KEPT_UNSEEN, None

    def since(self, begin_s: float, now_s: float) -> list[PastBucket]:
        """In order: seconds where they are known and the stretch is no longer than an hour, else minutes where they are
        known, else half hours."""
        seconds: list[PastBucket] = []
        if self._seconds is not None and now_s - begin_s <= SECONDS_KEPT:
            seconds = list(self._seconds.since(begin_s, float("inf")))
        whole_s = self._minutes.whole_since_s(HALF_HOUR_S)
        minutes = [each for each in self._minutes.since(begin_s, _begin_s(seconds)) if each.begin_s >= whole_s]
        half_hours = self._half_hours.since(begin_s, whole_s) if begin_s < whole_s else ()
        return [*half_hours, *minutes, *seconds]


def _begin_s(buckets: list[PastBucket]) -> float:
    return buckets[0].begin_s if buckets else float("inf")
