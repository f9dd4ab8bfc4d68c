"""Cuts of either of two connections, again and again, by a clock of the test's own: minutes in seconds."""

from __future__ import annotations

import random
from collections import deque

import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_is_written_in_its_order(seed: int) -> None:
    chance = random.Random(seed)
    series, merge = Series(chance), FeedMerge()
    carriers: dict[int, Carrier] = {}
    written: list[bytes] = []
    opens_s, cut_s, cuts, made = [0.0, 0.0], -1.0, 0, 0
    for step in range(round(SECONDS / STEP_S)):
        now = step * STEP_S
        if step % PORTION == 0:
            times_ns = (STARTED_NS + round(now * 1e9) + 100 * number for number in range(round(VALUES_PER_S * 0.02)))
            texts = [series.next(time_ns)[1].encode() for time_ns in times_ns]
            for carrier in carriers.values():
                carrier.publish(texts, now)
        while opens_s and opens_s[0] <= now:
            opens_s.pop(0)
            made += 1
            merge.opened(made, now)
            carriers[made] = Carrier()
        flows = []
        for number, carrier in carriers.items():
            while carrier.waiting and carrier.waiting[0][0] <= now:
                texts = carrier.waiting.popleft()[1]
                flows.append(merge.accept(number, decode(texts, STARTED_NS + step).batch, now))
        if now >= merge.next_due_s():
            flows.append(merge.tick(now))
        if cut_s < 0 and len(carriers) == 2 and all(merge.is_joined(number, 0.0) for number in carriers):
            cut_s = now + chance.expovariate(1.0)
            chance.choice(list(carriers.values())).delay_s = chance.choice((0.0, 0.05, 0.3))
        elif 0 <= cut_s <= now:
            number = chance.choice(list(carriers))
            del carriers[number]
            flows.append(merge.closed(number, now))
            opens_s.append(now + chance.choice((0.005, 0.05, 0.3)))
            cut_s, cuts = -1.0, cuts + 1
        for flow in flows:
            assert flow.gap is None
            assert flow.differing == 0
            written += [text for batch in flow.batches for text in batch.texts]
    published = [text.encode() for text in series.texts]
    begin = published.index(written[0])
    assert written == published[begin : begin + len(written)]
    assert len(written) > len(published) - VALUES_PER_S
    assert cuts > SECONDS / 3
