"""A seeded random walk over the indexes: the same seed gives the same values in the same order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from coinapi_idx_cli.simulator.catalogue import Index

# Without a pull home a walk of days ends at zero or at the moon.
_PULL = 1e-4


class _Walker:
    __slots__ = ("decimals", "id", "reach", "start", "value")

    def __init__(self, index: Index) -> None:
        self.id = index.id
        self.start = self.value = index.start
        # chance is drawn from -0.5 to 0.5
        self.reach = 2 * index.volatility
        self.decimals = index.decimals

    def step(self, chance: float) -> float:
        value = self.value
        self.value = value + (self.start - value) * _PULL + value * self.reach * chance
        return round(self.value, self.decimals)


class Walk:
    """The values to come. How many are taken at a time changes nothing in their sequence."""

    def __init__(self, indexes: Sequence[Index], seed: int | None) -> None:
        self._walkers = [_Walker(index) for index in indexes]
        self._weights = list(accumulate(index.weight for index in indexes))
        # Two sources, as one shared source would make the sequence depend on the size of the portions.
        self._order = random.Random(seed)
        self._steps = random.Random(seed if seed is None else seed + 1)

    def steps(self, count: int) -> list[tuple[str, float]]:
        """The next `count` values, each with the id of its index."""
        chance = self._steps.random
        chosen = self._order.choices(self._walkers, cum_weights=self._weights, k=count)
        return [(walker.id, walker.step(chance() - 0.5)) for walker in chosen]
