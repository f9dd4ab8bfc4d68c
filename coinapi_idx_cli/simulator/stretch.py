"""When the steps of the walk are: a stretch of time in which they come at one rate."""

from __future__ import annotations

from dataclasses import dataclass

TICKS_PER_SECOND = 10_000_000
# Times are not as even as a rate: each value is earlier by up to this share of a step, and up to so much.
_UNEVEN, _UNEVEN_AT_MOST, _EVEN_BELOW = 0.8, 20_000.0, 20.0
_SCATTER, _SCATTER_MASK = 40_503, 0xFFFF


@dataclass(slots=True)
class Stretch:
    """Steps of the walk at one rate: `count` of them from step `first` on, `ticks_a_step` of 100 ns apart.

    The first one is that long after `begin`, a time in ticks of 100 ns since 1970. No two steps are
    at the same time, as long as a step takes more than one tick.
    """

    first: int
    begin: int
    ticks_a_step: float
    count: int = 0

    @property
    def end(self) -> int:
        """The step after the last one."""
        return self.first + self.count

    def due(self, ticks: int) -> int:
        """How many steps are over at a time."""
        return int((ticks - self.begin) / self.ticks_a_step)

    def times(self, begin: int, end: int) -> list[int]:
        """Of the steps from `begin` to `end`, which is not included, in ticks of 100 ns since 1970."""
        a_step, first, start = self.ticks_a_step, self.first - 1, self.begin
        uneven = min(_UNEVEN * a_step, _UNEVEN_AT_MOST) / _SCATTER_MASK if a_step >= _EVEN_BELOW else 0.0
        return [
            start + int((step - first) * a_step - (step * _SCATTER & _SCATTER_MASK) * uneven)
            for step in range(begin, end)
        ]

    def time(self, step: int) -> int:
        """Of one step."""
        return self.times(step, step + 1)[0]

    def step_at(self, ticks: int) -> int:
        """The first step at a time or after it."""
        step = min(max(self.first + self.due(ticks) - 1, self.first), self.end)
        while step < self.end and self.time(step) < ticks:
            step += 1
        return step
