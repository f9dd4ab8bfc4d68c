"""What an index did in the last minutes, noted every few seconds. Pure."""

from __future__ import annotations

from collections import deque

STEP_S = 5.0
STEPS_A_MINUTE = 12
STEPS_KEPT = 5 * STEPS_A_MINUTE

# A rate over less than this says more of chance than of the index.
_LEAST_S = 1.0


class Trail:
    """One index: its value at each step, None where nobody could know it, and its updates for a minute's rate."""

    __slots__ = ("_counts", "_noted_s", "values")

    def __init__(self) -> None:
        self.values: deque[float | None] = deque(maxlen=STEPS_KEPT)
        self._counts: deque[int] = deque(maxlen=STEPS_A_MINUTE + 1)
        self._noted_s = 0.0

    def note(self, value: float | None, updates: int, now_s: float) -> None:
        """One step is over."""
        self.values.append(value)
        self._counts.append(updates)
        self._noted_s = now_s

    def rate(self, updates: int, first_s: float, now_s: float) -> float | None:
        """Updates a second over the last minute, or since the first one; None while that is too short."""
        since_s, before = first_s, 1
        if len(self._counts) == self._counts.maxlen:
            since_s, before = self._noted_s - STEPS_A_MINUTE * STEP_S, self._counts[0]
        elapsed_s = now_s - since_s
        return (updates - before) / elapsed_s if elapsed_s >= _LEAST_S else None


class Steps:
    """Tells how many steps are over. Those that nobody looked at, while the program was stopped, count too."""

    def __init__(self) -> None:
        self._next_s: float | None = None

    def over(self, now_s: float) -> int:
        """Since the last call, and no more than anybody keeps."""
        if self._next_s is None or now_s < self._next_s:
            self._next_s = self._next_s or now_s + STEP_S
            return 0
        count = int((now_s - self._next_s) // STEP_S) + 1
        self._next_s += count * STEP_S
        return min(count, STEPS_KEPT)


def sparkline(values: list[float | None], width: int, levels: str) -> str:
    """The last `width` values as characters from `levels`, lowest first; a blank where there is none."""
    shown = values[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return " " * width
    low, span = min(known), max(known) - min(known)
    marks = (" " if value is None else _level(value - low, span, levels) for value in shown)
    return "".join(marks).rjust(width)


def _level(height: float, span: float, levels: str) -> str:
    # Between the largest doubles there is no span, and next to zero no share of one.
    share = height / span if 0 < span < float("inf") else 0.5
    return levels[min(len(levels) - 1, int(share * len(levels)))]
