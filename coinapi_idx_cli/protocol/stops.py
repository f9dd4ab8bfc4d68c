"""When the run was asked to stop: after so many values, so long, so many bytes, or so long without a value."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from coinapi_idx_cli.protocol.batch import Batch


class StopRules(Struct, frozen=True):
    """The stops that were asked for; None: that one was not.

    `is_satisfied`: whether everything that was wanted has been written.
    """

    count: int | None = None
    duration_s: float | None = None
    max_bytes: int | None = None
    idle_s: float | None = None
    is_satisfied: Callable[[], bool] | None = None


class StopWatch:
    """Follows one run against its rules. `reason` tells which was met."""

    def __init__(self, rules: StopRules, now: float) -> None:
        self.reason: str | None = None
        self._is_count_reached = False
        self._rules = rules
        self._ends_s = None if rules.duration_s is None else now + rules.duration_s
        self._last_value_s = now

    @property
    def fell_short_of(self) -> int | None:
        """How many values were asked for, where another rule was met before they had come."""
        return None if self.reason is None or self._is_count_reached else self._rules.count

    def saw_values(self, now: float) -> None:
        """Values came, be they written already or not: the feed is not idle."""
        self._last_value_s = now

    def wanted_part(self, batch: Batch, values_before: int) -> Batch:
        """The part of the batch that is still wanted."""
        count = self._rules.count
        if count is not None and values_before + len(batch.values) >= count:
            self.reason, self._is_count_reached = f"--count {count}", True
            return batch.first(count - values_before)
        return batch

    def check(self, bytes_received: int, now: float) -> None:
        rules = self._rules
        if self._is_count_reached:
            return
        if rules.is_satisfied is not None and rules.is_satisfied():
            self.reason = "all that was wanted came"
        elif self._ends_s is not None and now >= self._ends_s:
            self.reason = "--duration"
        elif rules.max_bytes is not None and bytes_received >= rules.max_bytes:
            self.reason = "--max-bytes"
        elif rules.idle_s is not None and now >= self._last_value_s + rules.idle_s:
            self.reason = "--idle-timeout"

    def next_due_s(self) -> float:
        """When `check` has to be called at the latest."""
        idle_ends_s = None if self._rules.idle_s is None else self._last_value_s + self._rules.idle_s
        return min((due for due in (self._ends_s, idle_ends_s) if due is not None), default=float("inf"))
