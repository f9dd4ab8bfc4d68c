"""How long to wait before the next attempt: exponential, with full jitter."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 0.5
CAP_S = 30.0


class Backoff:
    """At once after the first failure, then a random part of 0.5 s, 1 s, 2 s … 30 s, until `reset`.

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
        wait_s = self.wait_s()
        self._failures += 1
        return wait_s

    def wait_s(self) -> float:
        """The seconds to wait after so many failures."""
        if self._failures == 0:
            return 0.0
        return self._random() * min(CAP_S, FIRST_S * 2.0 ** min(self._failures - 1, 16))
