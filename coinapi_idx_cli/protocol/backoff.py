"""How long to wait before the next attempt, and how many connects there may be in all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

FIRST_S = 0.5
CAP_S = 30.0
MOST_CONNECTS = 10
WINDOW_S = 10.0


class Backoff:
    """A random part of 0.5 s, 1 s, 2 s … 30 s, until `reset`.

    `random` gives numbers from 0 to 1. The whole wait is random ("full jitter"), so that clients which a restart threw
    off together do not come back together.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def fail(self) -> float:
        """One more failure; returns the seconds to wait after it."""
        wait_s = self._random() * min(CAP_S, FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return wait_s


class Pace:
    """At most ten connects in any ten seconds, whatever the reason for each of them: connects are metered."""

    def __init__(self) -> None:
        self._connects_s: deque[float] = deque(maxlen=MOST_CONNECTS)

    def count(self, now: float) -> None:
        """A connect begins."""
        self._connects_s.append(now)

    def free_s(self) -> float:
        """From when on another one may begin."""
        is_full = len(self._connects_s) == MOST_CONNECTS
        return self._connects_s[0] + WINDOW_S if is_full else float("-inf")
