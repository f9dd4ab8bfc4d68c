"""A random walk over the indexes that can be asked for any step, also of the past: the same seed gives the same values.

Steps are numbered, and go below zero. Whose turn a step is repeats after a round, in which each index has as many turns
as its weight asks for; so the turns of an index are numbered, too, and step and turn give each other by arithmetic.
The value at a turn is a sum of noise on ten levels, of which each is eight times as slow as the one before: quick to
have for any turn, and never at zero or at the moon, however long it goes on. The feed takes step after step; REST asks
for turns.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from zlib import crc32

from coinapi_idx_cli.simulator.catalogue import Index

_SIZE = 4096  # of the table of noise
_MASK = _SIZE - 1
_SPREAD = 0x9E37  # made odd by each index: neighbours read entries that are far from each other
_SHIFT = 0x85EB  # the table is read from elsewhere each time it was read through
_LEVELS = 10
_BITS = 3  # a level is two to this power times as slow as the one before
_TURNS_IN_A_BLOCK = 1 << _BITS
# How far a level reaches, as a share of the value: as in a random walk, until it has to stay believable.
_GROWTH = 2 ** (_BITS / 2)
_FARTHEST, _FARTHEST_IN_STEPS = 0.03, 250
_LEAST_ROUND = 2000
_NO_CELL = -(1 << 80)
_LOOKED_AT = 600
_ROUNDED_UP_BY = 1e-12
_ROUNDED_UP = 1 + _ROUNDED_UP_BY


class IndexWave:
    """The value of one index at any of its turns. It remembers where it was last, so let each thread make its own."""

    __slots__ = ("_cells", "_key", "_lines", "_noise", "_odd", "_reach", "_start", "decimals")

    def __init__(self, index: Index, noise: Sequence[float]) -> None:
        self.decimals = index.decimals
        self._noise = noise
        self._key = crc32(index.id.encode())
        self._odd = _SPREAD + 2 * (self._key & 0xFFF)
        self._start = index.start
        most = min(_FARTHEST, _FARTHEST_IN_STEPS * index.volatility)
        self._reach = [index.start * min(most, index.volatility * _GROWTH**level) for level in range(_LEVELS)]
        self._cells = [_NO_CELL] * _LEVELS
        self._lines = [(0.0, 0.0)] * _LEVELS

    def block(self, number: int) -> list[float]:
        """Eight values, not rounded, from turn `8 * number` on."""
        base, slope = self._line(1, number)
        first = number << _BITS
        at = first * self._odd + self._key + (first >> 12) * _SHIFT
        noise, odd, reach = self._noise, self._odd, self._reach[0]
        return [base + slope * turn + reach * noise[(at + turn * odd) & _MASK] for turn in range(_TURNS_IN_A_BLOCK)]

    def values(self, first: int, end: int) -> list[float]:
        """Those of the turns from `first` to `end`, which is not included; not rounded."""
        if first >= end:
            return []
        begin, last = first >> _BITS, (end - 1) >> _BITS
        found = self.block(begin)
        for number in range(begin + 1, last + 1):
            found += self.block(number)
        return found[first - (begin << _BITS) : end - (begin << _BITS)]

    def extremes(self, first: int, end: int) -> tuple[float, float]:
        """The least and the greatest of `values(first, end)`, without looking at each of them where there are many."""
        if end - first <= _LOOKED_AT:
            values = self.values(first, end)
            return min(values), max(values)
        return -self._greatest(first, end, -1), self._greatest(first, end, 1)

    def _greatest(self, first: int, end: int, sign: int) -> float:
        """Of `sign` times the values. Cells come by what is the most they can hold; one that beats that is the end."""
        level = min(_LEVELS - 1, max(1, ((end - first).bit_length() - 1) // _BITS))
        size = _BITS * level
        cells = [self._bound(level, cell, first, end, sign) for cell in range(first >> size, ((end - 1) >> size) + 1)]
        heapify(cells)
        while True:
            bound, level, cell = heappop(cells)
            if not level:
                return -bound
            if level == 1:
                begin = cell << _BITS
                part = self.block(cell)[max(first - begin, 0) : end - begin]
                heappush(cells, (-max(sign * value for value in part), 0, cell))
                continue
            size, children = _BITS * (level - 1), cell << _BITS
            for child in range(children, children + _TURNS_IN_A_BLOCK):
                if child << size < end and (child + 1) << size > first:
                    heappush(cells, self._bound(level - 1, child, first, end, sign))

    def _bound(self, level: int, cell: int, first: int, end: int, sign: int) -> tuple[float, int, int]:
        base, slope = self._line(level, cell)
        begin, turns = cell << (_BITS * level), 1 << (_BITS * level)
        left, right = max(first - begin, 0), min(end - begin, turns)
        most = max(sign * (base + slope * left), sign * (base + slope * right))
        # A little more, as sums in another order differ in their last digits.
        return -(most + sum(self._reach[:level]) * _ROUNDED_UP + abs(most) * _ROUNDED_UP_BY), level, cell

    def _line(self, level: int, cell: int) -> tuple[float, float]:
        """What this level and all slower ones give together at the beginning of a cell, and how it rises each turn."""
        if self._cells[level] == cell:
            return self._lines[level]
        turns = 1 << (_BITS * level)
        low = self._noise_at(level, cell)
        slope = (self._noise_at(level, cell + 1) - low) / turns
        if level + 1 < _LEVELS:
            base, rise = self._line(level + 1, cell >> _BITS)
            low += base + rise * ((cell & (_TURNS_IN_A_BLOCK - 1)) * turns)
            slope += rise
        else:
            low += self._start
        self._cells[level] = cell
        self._lines[level] = low, slope
        return low, slope

    def _noise_at(self, level: int, cell: int) -> float:
        at = cell * self._odd + self._key * (level + 1) + (cell >> 12) * _SHIFT
        return self._reach[level] * self._noise[at & _MASK]


class _Walker:
    """Gives the values of one index turn after turn, rounded."""

    __slots__ = ("_ready", "_turn", "_wave", "id")

    def __init__(self, index: Index, noise: Sequence[float]) -> None:
        self.id = index.id
        self._wave = IndexWave(index, noise)
        self._turn = 0
        self._ready: list[float] = []

    def step(self) -> float:
        turn = self._turn & (_TURNS_IN_A_BLOCK - 1)
        if not turn:
            self._ready = self._wave.block(self._turn >> _BITS)
        self._turn += 1
        return round(self._ready[turn], self._wave.decimals)


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
        self._noise = [2 * chance.random() - 1 for _ in range(_SIZE)]
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
        walkers = [_Walker(index, self._noise) for index in indexes]
        self._round = [walkers[number] for _, number in turns]
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
        return [(walker.id, walker.step()) for walker in chosen]

    @property
    def steps_in_a_round(self) -> int:
        """After so many steps it is the turn of the same indexes again."""
        return len(self._round)

    def rate_with_fastest_at(self, values_a_second: float) -> float:
        """Values a second of all indexes, where the fastest of them have so many."""
        most = max((turns for turns in Counter(walker.id for walker in self._round).values()), default=1)
        return values_a_second * len(self._round) / most

    def turns(self, index_id: str) -> IndexTurns | None:
        """Of one index; None for one that is not known."""
        if self._places is None:
            places: dict[str, list[int]] = {}
            for place, walker in enumerate(self._round):
                places.setdefault(walker.id, []).append(place)
            self._places = places
        found = self._places.get(index_id)
        return None if found is None else IndexTurns(found, len(self._round))

    def wave(self, index_id: str) -> IndexWave:
        """A new one, of the values of an index. Raises `KeyError`."""
        return IndexWave(self._indexes[index_id], self._noise)
