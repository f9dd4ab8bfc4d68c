"""What an index did in the last minutes, by the time at which its values came, whether anybody looked or not. Pure."""

from __future__ import annotations

from collections import deque

STEP_S = 5.0
STEPS_A_MINUTE = 12
STEPS_KEPT = 5 * STEPS_A_MINUTE
GAPS_KEPT = 100

# A rate over less than this says more of chance than of the index.
_LEAST_S = 1.0


class Steps:
    """The steps since the first moment that was seen, and in which of them something was lost."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._gaps: deque[tuple[float, float]] = deque(maxlen=GAPS_KEPT)

    def at(self, now_s: float) -> int:
        """How many are over."""
        if self._began_s is None:
            self._began_s = now_s
        return max(0, int((now_s - self._began_s) // STEP_S))

    def began_s(self, step: int) -> float:
        """When that step began."""
        return (self._began_s or 0.0) + step * STEP_S

    def note_gap(self, from_s: float, to_s: float) -> None:
        """Nothing was received between."""
        self._gaps.append((from_s, to_s))

    def gaps(self) -> list[tuple[float, float]]:
        """The last ones."""
        return list(self._gaps)

    def with_holes(self, values: list[float | None], step: int) -> list[float | None]:
        """The values at the ends of the steps before `step`, without those of the steps that ended within a gap, or in
        which there was a short one."""
        first = step - len(values)
        for begin, end in ((self.at(from_s), self.at(to_s)) for from_s, to_s in self._gaps):
            for hole in range(max(begin, first), max(begin + 1, end)):
                if hole < step:
                    values[hole - first] = None
        return values


class Trail:
    """One index: its value at the end of each step, and its updates until then."""

    __slots__ = ("_counts", "step", "values")

    def __init__(self, step: int = 0) -> None:
        self.step = step  # all before that one are noted
        self.values: deque[float | None] = deque(maxlen=STEPS_KEPT)
        self._counts: deque[int] = deque(maxlen=STEPS_A_MINUTE + 1)

    def note(self, step: int, value: float | None, updates: int) -> None:
        """In all steps until that one, the value was the same."""
        count = max(0, min(step - self.step, STEPS_KEPT))
        self.step = max(self.step, step)
        self.values.extend([value] * count)
        self._counts.extend([updates] * min(count, STEPS_A_MINUTE + 1))

    def rate(self, updates: int, first_s: float, now_s: float, minute_ago_s: float, step: int) -> float | None:
        """Updates a second over the last minute, or since the first one; None while that is too short.

        `minute_ago_s`: when the step a minute before `step` began."""
        since_s, before = first_s, 1
        place = len(self._counts) - 1 - STEPS_A_MINUTE + (step - self.step)
        if step - self.step > STEPS_A_MINUTE:
            since_s, before = minute_ago_s, updates
        elif place >= 0:
            since_s, before = minute_ago_s, self._counts[min(place, len(self._counts) - 1)]
        elapsed_s = now_s - since_s
        return (updates - before) / elapsed_s if elapsed_s >= _LEAST_S else None


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
