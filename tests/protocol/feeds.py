"""Feeds in miniature, and what a continuity makes of the connections that carry them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Continuity, Flow, Gap
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.times import NS

START_NS = 1_763_752_382 * NS


@dataclass(frozen=True)
class Tick:
    index: str
    time: int
    value: float

    @property
    def text(self) -> bytes:
        fields = {"type": "index", "index_id": self.index, "time_coinapi": f"t{self.time:09d}", "value": self.value}
        return json.dumps(fields, separators=(",", ":")).encode()


def batch_of(ticks: Sequence[Tick], at_ns: int = START_NS) -> Batch:
    return decode([tick.text for tick in ticks], at_ns).batch


class Run:
    """What was written, and the gaps, of one continuity."""

    def __init__(self, *, by_time: bool = False) -> None:
        self.continuity = Continuity(by_time=by_time)
        self.written: list[bytes] = []
        self.gaps: list[Gap] = []
        self.now_ns = START_NS

    def current(self, *ticks: Tick) -> None:
        self._keep(self.continuity.take(batch_of(ticks, self._later()), self.now_s))

    def next(self, *ticks: Tick) -> None:
        self.continuity.hold(batch_of(ticks, self._later()))

    def overlap(self) -> None:
        self._later()
        self.continuity.begin_overlap(self.now_s)

    def switch(self, after_s: float = 2.0) -> None:
        self.now_ns += int(after_s * NS)
        self._keep(self.continuity.switch(self.now_s))

    def lose(self) -> None:
        self.continuity.lose()

    @property
    def now_s(self) -> float:
        return (self.now_ns - START_NS) / NS

    def _later(self) -> int:
        self.now_ns += 1000
        return self.now_ns

    def _keep(self, flow: Flow) -> None:
        for batch in flow.batches:
            assert len(batch.values) == len(batch.texts)
            self.written += batch.texts
        if flow.gap is not None:
            self.gaps.append(flow.gap)


def series(*values: float, index: str = "A") -> list[Tick]:
    return [Tick(index, time, value) for time, value in enumerate(values)]


def texts(ticks: Sequence[Tick]) -> list[bytes]:
    return [tick.text for tick in ticks]
