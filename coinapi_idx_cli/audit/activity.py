"""How many values of each index there are a minute, or in longer steps where a record is long: for a plot. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

MOST_INDEXES = 200
MOST_STEPS = 960  # of an index; then two become one
_MINUTE = len("2026-11-21T19:13")


class Activity:
    """Counts the values of each index by the minute.

    Of the first `MOST_INDEXES` indexes: memory does not grow with the record.
    """

    def __init__(self) -> None:
        self.minutes_a_step = 1
        self._steps: dict[str, dict[int, int]] = {}
        self._minutes: dict[str, int] = {}

    def add(self, index_ids: Sequence[str], times: Sequence[str]) -> None:
        """`times` are ISO 8601, UTC."""
        for (index_id, minute), count in Counter(
            zip(index_ids, (time[:_MINUTE] for time in times), strict=True)
        ).items():
            steps = self._steps.get(index_id)
            if steps is None:
                if len(self._steps) >= MOST_INDEXES:
                    continue
                steps = self._steps[index_id] = {}
            step = self._minute(minute) // self.minutes_a_step
            steps[step] = steps.get(step, 0) + count
            if len(steps) > MOST_STEPS:
                self._double()

    def of(self, index_id: str, width: int) -> list[int]:
        """`width` counts at most, from the first step of all indexes to the last one."""
        begin = min(min(steps) for steps in self._steps.values())
        span = max(max(steps) for steps in self._steps.values()) - begin + 1
        counts = [0] * min(width, span)
        for step, count in self._steps.get(index_id, {}).items():
            counts[(step - begin) * len(counts) // span] += count
        return counts

    def _double(self) -> None:
        self.minutes_a_step *= 2
        for index_id, steps in self._steps.items():
            merged: dict[int, int] = {}
            for step, count in steps.items():
                merged[step // 2] = merged.get(step // 2, 0) + count
            self._steps[index_id] = merged

    def _minute(self, text: str) -> int:
        number = self._minutes.get(text)
        if number is None:
            from datetime import datetime

            if len(self._minutes) > MOST_STEPS:
                self._minutes.clear()
            number = self._minutes[text] = int(datetime.fromisoformat(f"{text}+00:00").timestamp()) // 60
        return number
