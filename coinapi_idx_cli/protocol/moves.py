"""The least and the greatest value of the last while, in memory that does not grow with their number."""

from __future__ import annotations

from collections import deque
from math import inf

PARTS = 240  # of the window; one goes at a time


class Window:
    """The extremes of the last `seconds`, to a 240th of them. `now` never goes back."""

    def __init__(self, seconds: float) -> None:
        self._part_s = seconds / PARTS
        self._parts: deque[tuple[float, float, float]] = deque()  # its begin, its least and its greatest
        self._low, self._high = inf, -inf

    def add(self, value: float, now: float) -> None:
        self._forget(now)
        if self._parts and now - self._parts[-1][0] < self._part_s:
            begin, low, high = self._parts[-1]
            self._parts[-1] = begin, min(low, value), max(high, value)
        else:
            self._parts.append((now, value, value))
        self._low, self._high = min(self._low, value), max(self._high, value)

    def move(self, value: float) -> float:
        """How far `value`, the last one, is from what is furthest from it in the window, in percent of that."""
        others = [other for other in (self._low, self._high) if other]
        return max((abs(value - other) / abs(other) * 100 for other in others), default=0.0)

    def _forget(self, now: float) -> None:
        oldest_s, is_less = now - self._part_s * PARTS, False
        while self._parts and self._parts[0][0] < oldest_s:
            self._parts.popleft()
            is_less = True
        if is_less:
            self._low = min((low for _, low, _ in self._parts), default=inf)
            self._high = max((high for _, _, high in self._parts), default=-inf)
