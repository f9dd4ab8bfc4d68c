"""Where the past of each index comes from: the walk, what was handed in, or captured files."""

from __future__ import annotations

import json
import threading
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Protocol

from coinapi_idx_cli.simulator.past_values import PastValues
from coinapi_idx_cli.simulator.stamps import now_ticks, parse_ticks
from coinapi_idx_cli.simulator.strands import StoredStrand, Strand, WalkStrand
from coinapi_idx_cli.simulator.stretch import TICKS_PER_SECOND, Stretch
from coinapi_idx_cli.simulator.walk import Walk

_KEPT_AT_MOST = 200_000
# Before the simulator was started its fastest indexes had a value every two seconds: a year of bars is made soon.
_PAST_VALUES_A_SECOND = 0.5

StoredValues = Mapping[str, tuple["array[int]", "array[float]"]]
"""By index id: times in ticks of 100 ns since 1970, and values."""


class PastSource(Protocol):
    """Gives the past of any index."""

    def of(self, index_id: str) -> PastValues:
        """What there is of an index until now."""


class WalkPast:
    """What the feed published since it began, and what the walk would have given in `past_s` seconds before that.

    `stretches`: of the feed, which adds to them.
    `values_a_second`: over all indexes together, before the beginning. `of` may be called from any thread.
    """

    def __init__(
        self, walk: Walk, stretches: Sequence[Stretch], past_s: float, values_a_second: float | None, ahead_s: float
    ) -> None:
        self._stretches = stretches
        self._walk = walk
        self._handed_in: deque[tuple[str, str]] = deque(maxlen=_KEPT_AT_MOST)
        if past_s <= 0 or not walk.steps_in_a_round:
            self._before: Stretch | None = None
            return
        rate = values_a_second or walk.rate_with_fastest_at(_PAST_VALUES_A_SECOND)
        count = int(past_s * rate)
        begin = now_ticks(ahead_s) - int(count / rate * TICKS_PER_SECOND)
        self._before = Stretch(-count, begin, TICKS_PER_SECOND / rate, count)

    def hand_in(self, index_id: str, text: str) -> None:
        """Keep a message that somebody published; the oldest ones are forgotten when there are very many."""
        self._handed_in.append((index_id, text))

    def of(self, index_id: str) -> PastValues:
        strands: list[Strand] = []
        turns = self._walk.turns(index_id)
        stretches = [*([self._before] if self._before else []), *self._stretches]
        if turns is not None:
            # Copies: the feed lets the last one grow.
            strands += [WalkStrand(replace(each), turns, self._walk.wave(index_id)) for each in stretches if each.count]
        times, values = array("q"), array("d")
        for _, text in (each for each in self._handed_in.copy() if each[0] == index_id):
            found = _time_and_value(text)
            if found is not None:
                times.append(found[0])
                values.append(found[1])
        strands.append(StoredStrand(times, values))
        return PastValues(strands)


class FilesPast:
    """The values of captured files; `read` reads them when the past is asked for the first time, in that thread."""

    def __init__(self, read: Callable[[], StoredValues]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._strands: dict[str, StoredStrand] | None = None

    def of(self, index_id: str) -> PastValues:
        with self._lock:
            if self._strands is None:
                self._strands = {found: StoredStrand(*stored) for found, stored in self._read().items()}
        strand = self._strands.get(index_id)
        return PastValues([] if strand is None else [strand])


def _time_and_value(text: str) -> tuple[int, float] | None:
    """None for what has no time or no number: a test may publish anything."""
    try:
        message = json.loads(text)
        ticks, value = parse_ticks(message["time_coinapi"]), float(message["value"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return None if ticks is None or not isfinite(value) else (ticks, value)
