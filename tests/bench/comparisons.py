"""Rounds of measurements, ours and a peer's side by side or ours at several sizes, and the rows that come of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.bench.runs import RunFailedError

NONE = "-"  # in a cell that does not apply
Tell = Callable[[str], None]
Measure = Callable[[], tuple[float, ...]]  # the values of all figures that one run gives


@dataclass(frozen=True, slots=True)
class Row:
    """Of the table, as text."""

    figure: str
    idxstream: str
    peer: str = NONE
    ratio: str = NONE
    target: str = NONE
    goal: str = NONE
    reached: str = NONE


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure is to reach: at most, or at least."""

    target: float
    goal: float | None = None
    unit: str = "x"
    at_least: bool = False

    def text(self, limit: float | None) -> str:
        return NONE if limit is None else f"{'≥' if self.at_least else '≤'} {limit:g}{self.unit}"

    def reached(self, value: float) -> str:
        if self.goal is not None and self._holds(value, self.goal):
            return "goal"
        return "target" if self._holds(value, self.target) else "**missed**"

    def _holds(self, value: float, limit: float) -> bool:
        return value >= limit if self.at_least else value <= limit


@dataclass(frozen=True, slots=True)
class Figure:
    """Its bound is one of the ratio, where it has a ratio."""

    name: str
    unit: str
    bound: Bound | None = None
    decimals: int = 0

    def row(self, idxstream: str, *, peer: str = NONE, ratio: str = NONE, bounded: float | None = None) -> Row:
        """`bounded` is the value that the bound is about; without it there is no verdict."""
        limits = [NONE] * 3
        if self.bound is not None:
            verdict = NONE if bounded is None else self.bound.reached(bounded)
            limits = [self.bound.text(self.bound.target), self.bound.text(self.bound.goal), verdict]
        return Row(f"{self.name}, {self.unit}", idxstream, peer, ratio, *limits)


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    measure: Measure
    lacks: str | None = None  # what it needs and is not installed


class Side:
    """What the runs of one program gave, or why they give nothing: then it is not asked again."""

    def __init__(self, measure: Measure, trouble: str | None = None) -> None:
        self.values: list[tuple[float, ...]] = []
        self.trouble = trouble
        self._measure = measure

    def measure(self) -> None:
        if self.trouble is None:
            try:
                self.values.append(self._measure())
            except RunFailedError as error:
                self.trouble = f"failed: {error}"

    def of(self, figure: int) -> list[float]:
        return [values[figure] for values in self.values]

    def cell(self, figure: int, decimals: int) -> str:
        return self.trouble or spread(self.of(figure), decimals)


class Experiment(Protocol):
    def rows(self, rounds: int, tell: Tell) -> list[Row]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """In each round ours and the peer's run, in turns who is first: the machine's moods hit both alike."""

    figures: Sequence[Figure]
    ours: Measure
    peer: Peer | None = None
    rounds_factor: float = 1.0

    def rows(self, rounds: int, tell: Tell) -> list[Row]:
        sides = [Side(self.ours)]
        if self.peer is not None:
            sides.append(Side(self.peer.measure, self.peer.lacks and f"{self.peer.lacks} is not installed"))
        for number in told_rounds(self.figures[0].name, rounds * self.rounds_factor, tell):
            for side in sides if number % 2 else reversed(sides):
                side.measure()
        return [self._row(number, sides) for number in range(len(self.figures))]

    def _row(self, number: int, sides: Sequence[Side]) -> Row:
        figure = self.figures[number]
        ours = sides[0].cell(number, figure.decimals)
        failed = any(side.trouble for side in sides)
        if self.peer is None:
            return figure.row(ours, bounded=None if failed else statistics.median(sides[0].of(number)))
        peer = f"{self.peer.name}: {sides[1].cell(number, figure.decimals)}"
        if failed:
            return figure.row(ours, peer=peer)
        ratios = [mine / its for mine, its in zip(sides[0].of(number), sides[1].of(number), strict=True)]
        return figure.row(ours, peer=peer, ratio=spread(ratios, 2), bounded=statistics.median(ratios))


@dataclass(frozen=True, slots=True)
class Flatness:
    """The same figure at several sizes; its ratio is that of the greatest median to the least."""

    figure: Figure
    sizes: Sequence[Measure]
    rounds_factor: float = 1.0

    def rows(self, rounds: int, tell: Tell) -> list[Row]:
        sides = [Side(size) for size in self.sizes]
        for _ in told_rounds(self.figure.name, rounds * self.rounds_factor, tell):
            for side in sides:
                side.measure()
        cells = "; ".join(side.cell(0, self.figure.decimals) for side in sides)
        if any(side.trouble for side in sides):
            return [self.figure.row(cells)]
        medians = [statistics.median(side.of(0)) for side in sides]
        ratio = max(medians) / min(medians)
        return [self.figure.row(cells, ratio=f"{ratio:.2f}", bounded=ratio)]


def told_rounds(name: str, count: float, tell: Tell) -> Iterator[int]:
    """At least one; each is told of before it begins."""
    whole = max(1, math.ceil(count))
    for number in range(1, whole + 1):
        tell(f"{name}: {number} of {whole}")
        yield number


def spread(values: Sequence[float], decimals: int) -> str:
    """Median (least to most)."""
    if len(values) == 1:
        return f"{values[0]:,.{decimals}f}"
    median, least, most = (f"{value:,.{decimals}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{median} ({least} to {most})"
