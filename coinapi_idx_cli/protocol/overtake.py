"""Two connections at once, of which only the second brings values: when it takes over. Pure."""

from __future__ import annotations

NEVER_S = float("inf")
OVERTAKES_AFTER_S = 5.0  # without a value of the first one
GOES_ON_AFTER_S = 1.0  # a later value of the second one does not belong to what it showed first of all


class Overtake:
    """Tells when the second of two connections takes over from a first one that brings nothing.

    A single value does not count: a server may begin with the last value of an index that is quiet.

    And what the second one brings of a slow index, the first one may bring some seconds later, as its server lags.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The first one brought a value, or it is another one now, or it was not read."""
        self._first_s = self._later_s = NEVER_S

    def second_brought(self, now: float) -> None:
        if self._first_s == NEVER_S:
            self._first_s = now
        elif self._later_s == NEVER_S and now >= self._first_s + GOES_ON_AFTER_S:
            self._later_s = now

    def due_s(self) -> float:
        return max(self._first_s, self._later_s - GOES_ON_AFTER_S) + OVERTAKES_AFTER_S
