"""A random walk over the indexes that can be asked for any step, also of the past: the same seed gives the same values.

Steps are numbered, and go below zero. Whose turn a step is repeats after a round, in which each index has as many turns
as its weight asks for; so the turns of an index are numbered, too, and step and turn give each other by arithmetic.
The value at a turn is a sum of noise on levels, of which each is eight times as slow as the one before: quick to have
for any turn, and never at zero or at the moon, however long it goes on. The feed takes step after step; REST asks for
turns.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from coinapi_idx_cli.simulator.catalogue import Index
from coinapi_idx_cli.simulator.wave import IndexWave, Noise

_LEAST_ROUND = 2000


class IndexTurns:
    """The turns of one index: steps `places` of each round of `length` steps."""

    def __init__(self, places: Sequence[int], length: int) -> None:
        self._places = places
        self._length = length

    def before(self, step: int) -> int:
        """The number of the first turn at a step or after it."""
        rounds, place = divmod(step, self._length)
        return rounds * len(self._places) + bisect_left(self._places, place)

    def step(self, turn: int) -> int:
        """The step of a turn."""
        rounds, number = divmod(turn, len(self._places))
        return rounds * self._length + self._places[number]


class Walk:
    """All values, those to come one after the other. How many are taken at a time changes nothing in their sequence."""

    def __init__(self, indexes: Sequence[Index], seed: int | None) -> None:
        chance = random.Random(seed)
        self._noise = Noise(chance)
        self._indexes = {index.id: index for index in indexes}
        least = min((index.weight for index in indexes), default=1.0)
        shares = [round(index.weight / least) for index in indexes]
        repeats = -(-_LEAST_ROUND // max(1, sum(shares)))
        # One turn in each part of the round, and there anywhere: neither even nor with long silences.
        turns = sorted(
            ((turn + chance.random()) / (share * repeats), number)
            for number, share in enumerate(shares)
            for turn in range(share * repeats)
        )
        takers = [(index.id, _values(index, self._noise).__next__) for index in indexes]
        self._round = [takers[number] for _, number in turns]
        self._places: dict[str, list[int]] | None = None
        self.at = 0
        """The step that comes next."""

    def steps(self, count: int) -> list[tuple[str, float]]:
        """The next `count` values, each with the id of its index."""
        begin = self.at % len(self._round)
        self.at += count
        chosen = self._round[begin : begin + count]
        while len(chosen) < count:
            chosen += self._round[: count - len(chosen)]
        return [(index_id, value_of_next_turn()) for index_id, value_of_next_turn in chosen]

    @property
    def steps_in_a_round(self) -> int:
        """After so many steps it is the turn of the same indexes again."""
        return len(self._round)

    def rate_with_fastest_at(self, values_a_second: float) -> float:
        """Values a second of all indexes, where the fastest of them have so many."""
        most = max((turns for turns in Counter(index_id for index_id, _ in self._round).values()), default=1)
        return values_a_second * len(self._round) / most

    def turns(self, index_id: str) -> IndexTurns | None:
        """Of one index; None for one that is not known."""
        if self._places is None:
            places: dict[str, list[int]] = {}
            for place, (index_id_there, _) in enumerate(self._round):
                places.setdefault(index_id_there, []).append(place)
            self._places = places
        found = self._places.get(index_id)
        return None if found is None else IndexTurns(found, len(self._round))

    def wave(self, index_id: str) -> IndexWave:
        """A new one, of the values of an index. Raises `KeyError`."""
        return IndexWave(self._indexes[index_id], self._noise)


def _values(index: Index, noise: Noise) -> Iterator[float]:
    """From turn 0 on. The wave is made when the first one is taken: of thousands of indexes that takes a while."""
    yield from IndexWave(index, noise).rounded()
