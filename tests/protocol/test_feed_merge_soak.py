"""Cuts of either of two connections, again and again, by a clock of the test's own: minutes in seconds."""

from __future__ import annotations

import random
from collections import deque

import pytest

from coinapi_idx_cli.protocol.continuity import Flow
from coinapi_idx_cli.protocol.feed_merge import FeedMerge
from coinapi_idx_cli.protocol.messages import decode
from tests.protocol.busy_series import VALUES_PER_S, Series

STARTED_NS = 1_763_752_382 * 10**9
STEP_S = 0.005
PORTION = 4  # steps
SECONDS = 20


class Carrier:
    """A connection: what is published from its beginning on, so much later."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.waiting: deque[tuple[float, list[bytes]]] = deque()

    def publish(self, texts: list[bytes], now: float) -> None:
        earliest_s = self.waiting[-1][0] if self.waiting else 0.0
        self.waiting.append((max(now + self.delay_s, earliest_s), texts))


class Soak:
    """The feed, its connections, and what is written."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.series = Series(self.chance)
        self.merge = FeedMerge()
        self.carriers: dict[int, Carrier] = {}
        self.written: list[bytes] = []
        self.made = self.cuts = 0
        self._opens_s = [0.0, 0.0]
        self._cut_s: float | None = None

    def step(self, number: int) -> None:
        now = number * STEP_S
        if number % PORTION == 0:
            self._publish(now)
        while self._opens_s and self._opens_s[0] <= now:
            self._opens_s.pop(0)
            self.made += 1
            self.merge.opened(self.made, now)
            self.carriers[self.made] = Carrier()
        for carrier_number, carrier in self.carriers.items():
            while carrier.waiting and carrier.waiting[0][0] <= now:
                batch = decode(carrier.waiting.popleft()[1], STARTED_NS + number).batch
                self._take(self.merge.accept(carrier_number, batch, now))
        if now >= self.merge.next_due_s():
            self._take(self.merge.tick(now))
        self._cut(now)

    def _publish(self, now: float) -> None:
        times_ns = (STARTED_NS + round(now * 1e9) + 100 * number for number in range(round(VALUES_PER_S * 0.02)))
        texts = [self.series.next(time_ns)[1].encode() for time_ns in times_ns]
        for carrier in self.carriers.values():
            carrier.publish(texts, now)

    def _cut(self, now: float) -> None:
        """One of two, about once a second, where nothing would be lost by that."""
        if self._cut_s is None:
            if len(self.carriers) == 2 and all(self.merge.is_joined(number, 0.0) for number in self.carriers):
                self._cut_s = now + self.chance.expovariate(1.0)
                self.chance.choice(list(self.carriers.values())).delay_s = self.chance.choice((0.0, 0.05, 0.3))
        elif now >= self._cut_s:
            number = self.chance.choice(list(self.carriers))
            del self.carriers[number]
            self._take(self.merge.closed(number, now))
            self._opens_s.append(now + self.chance.choice((0.005, 0.05, 0.3)))
            self._cut_s, self.cuts = None, self.cuts + 1

    def _take(self, flow: Flow) -> None:
        assert flow.gap is None
        assert flow.differing == 0
        self.written += [text for batch in flow.batches for text in batch.texts]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_is_written_in_its_order(seed: int) -> None:
    soak = Soak(seed)
    for number in range(round(SECONDS / STEP_S)):
        soak.step(number)
    published = [text.encode() for text in soak.series.texts]
    begin = published.index(soak.written[0])
    assert soak.written == published[begin : begin + len(soak.written)]
    assert len(soak.written) > len(published) - VALUES_PER_S
    assert soak.cuts > SECONDS / 3
