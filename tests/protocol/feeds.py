"""Feeds in miniature, and what a continuity makes of the connections that carry them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Continuity, Flow, MemoryLimits
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.times import NS, utc_text

START_NS = 1_763_752_382 * NS
STEP_NS = 100_000_000  # of a tick's time


@dataclass(frozen=True)
class Tick:
    index: str
    time: int
    value: float

    @property
    def stamp(self) -> str:
        return utc_text(START_NS + self.time * STEP_NS)

    @property
    def text(self) -> bytes:
        fields = {"type": "index", "index_id": self.index, "time_coinapi": self.stamp, "value": self.value}
        return json.dumps(fields, separators=(",", ":")).encode()


def batch_of(ticks: Sequence[Tick], at_ns: int = START_NS) -> Batch:
    return batch_of_lines(texts(ticks), at_ns)


def batch_of_lines(lines: Sequence[bytes], at_ns: int) -> Batch:
    return decode(list(lines), at_ns).batch


class Run:
    """What was written, and the gaps, of one continuity."""

    def __init__(self, *, by_time: bool = False, limits: MemoryLimits | None = None) -> None:
        self.continuity = Continuity(by_time=by_time, limits=limits)
        self.written: list[bytes] = []
        self.gaps: list[Gap] = []
        self.differing: list[int] = []  # what was told of it, if there was something
        self.now_ns = START_NS

    def current(self, *ticks: Tick) -> None:
        self.current_lines(*texts(ticks))

    def current_lines(self, *lines: bytes) -> None:
        batch = batch_of_lines(lines, self._later())
        self._keep(self.continuity.accept(batch, self.now_s))

    def next(self, *ticks: Tick) -> bool:
        return self.next_lines(*texts(ticks))

    def next_lines(self, *lines: bytes) -> bool:
        """As the session does it: where there is no room, this connection takes over. Whether it did."""
        batch = batch_of_lines(lines, self._later())
        if self.continuity.hold(batch, self.now_s):
            return False
        self.switch(after_s=0.0)
        self._keep(self.continuity.accept(batch, self.now_s))
        return True

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
        if flow.differing:
            self.differing.append(flow.differing)
        if flow.gap is not None:
            self.gaps.append(flow.gap)


def series(*values: float, index: str = "A") -> list[Tick]:
    return [Tick(index, time, value) for time, value in enumerate(values)]


def texts(ticks: Sequence[Tick]) -> list[bytes]:
    return [tick.text for tick in ticks]
