"""Whose turn it is to write: when a machine that stands by may try."""

from __future__ import annotations

from collections.abc import Callable

from coinapi_idx_cli.protocol.blocks import StreamBlock

TAKEOVER_S = 3.0
UNMET_FACTOR = 8
AFTER_YIELD_S = 0.1  # at most, by chance, so that two do not come at once
AFTER_REFUSAL_S = 0.2


class Turns:
    """When to try to write, in seconds of the monotonic clock. `still_since_s`: when the stream grew last."""

    def __init__(self, takeover_s: float, chance: Callable[[], float]) -> None:
        self.still_since_s = 0.0
        self.not_before_s = 0.0
        self._takeover_s = takeover_s
        self._chance = chance
        self._jitter = chance()

    def begin(self, now: float) -> None:
        """I stand by."""
        self.still_since_s = now
        self._jitter = self._chance()

    def wait_a_little(self, now: float) -> None:
        """After a refusal."""
        self.not_before_s = now + AFTER_REFUSAL_S * (1 + self._chance())

    def wait_by_chance(self, now: float) -> None:
        """Before what others are about to do, too."""
        self.not_before_s = now + AFTER_REFUSAL_S * self._chance()

    def due_s(self, held_since_s: float, last: StreamBlock | None, me: str, *, is_met: bool) -> float:
        """When to try. `last`: of the stream; `me`: as its writer. A value is held since then."""
        if last is None or (is_met and last.writer == me and not last.is_yield):
            return self.not_before_s  # nobody wrote, or I did and nobody since
        if is_met and last.is_yield:
            return max(self.not_before_s, self.still_since_s + AFTER_YIELD_S * self._jitter)
        if is_met:
            held_s = still_s = self._takeover_s * (1 + self._jitter / 4)
        else:  # whoever is met takes a stream that was left at once
            held_s = self._takeover_s * (UNMET_FACTOR + self._jitter)
            still_s = self._takeover_s if last.is_yield else held_s
        return max(self.not_before_s, held_since_s + held_s, self.still_since_s + still_s)
