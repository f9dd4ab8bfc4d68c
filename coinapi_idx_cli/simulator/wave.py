"""The value of one index at any of its turns: a line that moves slowly, and quick noise on it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count, pairwise
from zlib import crc32

from coinapi_idx_cli.simulator.catalogue import Index

_SIZE = 4096  # of the table of noise
_MASK = _SIZE - 1
_PATTERNS = 64
_SPREAD = 0x9E37  # made odd by each index: neighbours read entries that are far from each other
_SHIFT = 0x85EB  # the table is read from elsewhere each time it was read through
_BITS = 3  # a level is two to this power times as slow as the one before
_CHILDREN = 1 << _BITS
_BLOCK_BITS = 2 * _BITS
_TURNS_IN_A_BLOCK = 1 << _BLOCK_BITS
_LEVELS = 9
# How far a level reaches, as a share of the value: as in a random walk, until it has to stay believable.
_GROWTH = 2 ** (_BITS / 2)
_FARTHEST, _FARTHEST_IN_STEPS = 0.03, 250
_FARTHEST_IN_A_BLOCK = 1 + _GROWTH
_NO_CELL = -(1 << 80)
_LOOKED_AT = 600
# Sums in another order differ in their last digits.
_ROUNDED_UP_BY = 1e-12


class Noise:
    """Numbers by chance, from -1 to 1, that all indexes share: `table`, and `patterns` of what happens in a block."""

    def __init__(self, chance: random.Random) -> None:
        self.table = [2 * chance.random() - 1 for _ in range(_SIZE)]
        self.patterns = [_pattern(chance) for _ in range(_PATTERNS)]


class IndexWave:
    """The value of one index at any of its turns. It remembers where it was last, so let each thread make its own.

    Turns are taken in blocks of 64, on level 0. On level 1 and above are cells of a block, of eight, of sixty-four, and
    so on; in each of them a level adds a straight line, from one number by chance to the next.
    """

    __slots__ = ("_cells", "_kept", "_key", "_lines", "_noise", "_odd", "_reach", "_start", "decimals")

    def __init__(self, index: Index, noise: Noise) -> None:
        self.decimals = index.decimals
        self._noise = noise
        self._key = crc32(index.id.encode())
        self._odd = _SPREAD + 2 * (self._key & 0xFFF)
        self._start = index.start
        most = min(_FARTHEST, _FARTHEST_IN_STEPS * index.volatility)
        slower = (min(most, index.volatility * _GROWTH ** (level + 1)) for level in range(1, _LEVELS))
        self._reach = [index.start * share for share in (index.volatility, *slower)]
        self._cells = [_NO_CELL] * _LEVELS
        self._lines = [(0.0, 0.0)] * _LEVELS
        self._kept: tuple[int, list[float]] = (_NO_CELL, [])

    def block(self, number: int) -> list[float]:
        """64 values, not rounded, from turn `64 * number` on."""
        base, slope = self._line(1, number)
        reach = self._reach[0]
        pattern = self._noise.patterns[self._place(0, number) % _PATTERNS]
        return [base + slope * turn + reach * noise for turn, noise in enumerate(pattern)]

    def rounded(self) -> Iterator[float]:
        """Values from turn 0 on, as the feed gives them."""
        decimals = self.decimals
        for number in count():
            for value in self.block(number):
                yield round(value, decimals)

    def values(self, first: int, end: int) -> list[float]:
        """Those of the turns from `first` to `end`, which is not included; not rounded."""
        if first >= end:
            return []
        begin, last = first >> _BLOCK_BITS, (end - 1) >> _BLOCK_BITS
        # Bars come one after the other: the block where one ends is that where the next one begins.
        kept = self._kept if self._kept[0] == begin else (begin, self.block(begin))
        found = kept[1] if begin == last else kept[1].copy()
        for number in range(begin + 1, last + 1):
            kept = number, self.block(number)
            found += kept[1]
        self._kept = kept
        return found[first - (begin << _BLOCK_BITS) : end - (begin << _BLOCK_BITS)]

    def summary(self, first: int, end: int) -> tuple[float, float, float, float]:
        """First, greatest, least and last of `values(first, end)`, of which there must be one.

        Where there are many, not each of them is looked at.
        """
        if end - first <= _LOOKED_AT:
            values = self.values(first, end)
            return values[0], max(values), min(values), values[-1]
        greatest, least = self._greatest(first, end, 1), -self._greatest(first, end, -1)
        return self.values(first, first + 1)[0], greatest, least, self.values(end - 1, end)[0]

    def _greatest(self, first: int, end: int, sign: int) -> float:
        """Of `sign` times the values. Cells come by what is the most they can hold; one that beats that is the end."""
        level = min(_LEVELS - 1, max(1, ((end - first).bit_length() - 1) // _BITS - 1))
        bits = _bits(level)
        cells = [self._bound(level, cell, first, end, sign) for cell in range(first >> bits, ((end - 1) >> bits) + 1)]
        heapify(cells)
        while True:
            bound, level, cell = heappop(cells)
            if not level:
                return -bound
            if level == 1:
                begin = cell << _BLOCK_BITS
                part = self.block(cell)[max(first - begin, 0) : end - begin]
                heappush(cells, (-max(sign * value for value in part), 0, cell))
                continue
            bits, children = _bits(level - 1), cell << _BITS
            for child in range(children, children + _CHILDREN):
                if child << bits < end and (child + 1) << bits > first:
                    heappush(cells, self._bound(level - 1, child, first, end, sign))

    def _bound(self, level: int, cell: int, first: int, end: int, sign: int) -> tuple[float, int, int]:
        base, slope = self._line(level, cell)
        begin, turns = cell << _bits(level), 1 << _bits(level)
        left, right = max(first - begin, 0), min(end - begin, turns)
        most = max(sign * (base + slope * left), sign * (base + slope * right))
        below = self._reach[0] * _FARTHEST_IN_A_BLOCK + sum(self._reach[1:level])
        return -(most + below + (abs(most) + below) * _ROUNDED_UP_BY), level, cell

    def _line(self, level: int, cell: int) -> tuple[float, float]:
        """What this level and all slower ones give together at the beginning of a cell, and how it rises each turn."""
        if self._cells[level] == cell:
            return self._lines[level]
        turns = 1 << _bits(level)
        low = self._reach[level] * self._noise.table[self._place(level, cell) & _MASK]
        high = self._reach[level] * self._noise.table[self._place(level, cell + 1) & _MASK]
        slope = (high - low) / turns
        if level + 1 < _LEVELS:
            base, rise = self._line(level + 1, cell >> _BITS)
            low += base + rise * ((cell & (_CHILDREN - 1)) * turns)
            slope += rise
        else:
            low += self._start
        self._cells[level] = cell
        self._lines[level] = low, slope
        return low, slope

    def _place(self, level: int, cell: int) -> int:
        return cell * self._odd + self._key * (level + 1) + (cell >> 12) * _SHIFT


def _bits(level: int) -> int:
    """How many turns a cell has, as a power of two."""
    return _BLOCK_BITS + _BITS * (level - 1)


def _pattern(chance: random.Random) -> list[float]:
    """Noise for a block: a bridge from nothing to nothing, and each turn somewhere beside it."""
    piers = [0.0, *(_GROWTH * (2 * chance.random() - 1) for _ in range(_CHILDREN - 1)), 0.0]
    return [
        left + (right - left) * turn / _CHILDREN + 2 * chance.random() - 1
        for left, right in pairwise(piers)
        for turn in range(_CHILDREN)
    ]
