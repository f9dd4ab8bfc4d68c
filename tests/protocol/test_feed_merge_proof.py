"""Connections that begin, lag, are ahead and end in any way: as long as one that has met the others lives, the series
comes out exactly."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from coinapi_idx_cli.protocol.continuity import Flow
from coinapi_idx_cli.protocol.feed_merge import FeedMerge
from coinapi_idx_cli.protocol.recent import REMEMBERED_S
from tests.protocol.feeds import START_NS, Tick, batch_of, texts

MOST_SKEW_S = 4.0  # by which a connection may lag behind another
NOT_QUIET = 0.0  # a moment at which no connection has been silent for long enough to count as one that has joined


class Merged:
    """What is written of several connections that carry the same feed."""

    def __init__(self, feed: Sequence[Tick]) -> None:
        self.merged = FeedMerge()
        self.feed = feed
        self.published_s: list[float] = []  # of each value so far
        self.position: dict[int, int] = {}  # of each connection that lives, what it brings next
        self.written: list[bytes] = []
        self.gaps: list[object] = []
        self.differing = 0
        self.now = 0.0
        self.made = 0

    @property
    def published(self) -> int:
        return len(self.published_s)

    def publish(self, count: int) -> None:
        self.published_s += [self.now] * min(count, len(self.feed) - self.published)

    def begin(self, behind: int) -> int:
        """Where a connection begins whose server lags by so many values, and not by more than is remembered."""
        recent = sum(self.now - at_s < REMEMBERED_S for at_s in self.published_s[-behind:]) if behind else 0
        return self.published - recent

    def open(self, behind: int = 0) -> int:
        self.made += 1
        self.position[self.made] = self.begin(behind)
        self.merged.opened(self.made, self.now)
        return self.made

    def bring(self, number: int, count: int) -> None:
        begin = self.position[number]
        ticks = self.feed[begin : min(begin + count, self.published)]
        self.position[number] += len(ticks)
        self._take(self.merged.accept(number, batch_of(ticks, START_NS + round(self.now * 1e9)), self.now))

    def cut(self, number: int) -> None:
        del self.position[number]
        self._take(self.merged.closed(number, self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        due = sum(at_s <= self.now - MOST_SKEW_S for at_s in self.published_s)
        for number, position in list(self.position.items()):
            if position < due:
                self.bring(number, due - position)
        if self.now >= self.merged.next_due_s():
            self._take(self.merged.tick(self.now))
        assert self.merged.next_due_s() > self.now

    def end(self) -> None:
        self._take(self.merged.end(self.now))

    def joined(self) -> list[int]:
        return [number for number in self.position if self.merged.is_joined(number, NOT_QUIET)]

    def _take(self, flow: Flow) -> None:
        self.written += [text for batch in flow.batches for text in batch.texts]
        self.differing += flow.differing
        if flow.gap is not None:
            self.gaps.append(flow.gap)


def may_begin(feed: Sequence[Tick], at: int) -> bool:
    """Else nobody can know which of two equal values a connection begins with."""
    return not {*feed[:at]} & {*feed[at:]}


def run_of(feed: Sequence[Tick], chance: Random) -> Merged:
    """Everything at random; a connection ends only where another one has joined."""
    run = Merged(feed)
    run.open()
    while run.published < len(feed):
        number = chance.choice(sorted(run.position))
        what = chance.choices(("publish", "bring", "wait", "open", "cut"), (4, 8, 3, 1, 1))[0]
        if what == "publish":
            run.publish(chance.randint(1, 6))
        elif what == "bring":
            run.bring(number, chance.choice((1, 2, 5, 20)))
        elif what == "wait":
            run.wait(chance.choice((0.01, 0.1, 0.5, 1.0)))
        elif what == "open" and len(run.position) < 4:
            behind = chance.randint(0, 8)
            if may_begin(feed, run.begin(behind)):
                run.open(behind)
        elif what == "cut" and set(run.joined()) - {number}:
            run.cut(number)
    for number in run.joined():
        run.bring(number, len(feed))
    return run


def feed_of(chance: Random, length: int) -> list[Tick]:
    """Equal repeats, and times that go back."""
    ticks = [
        Tick(chance.choice("ABC"), number // 3 + chance.randint(-2, 2), chance.choice((1.0, 2.0)))
        for number in range(length)
    ]
    return [tick for tick in ticks for _ in range(chance.choice((1, 1, 1, 2)))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_connections_and_distinct_values(seed: int) -> None:
    for chance in map(Random, range(seed, 400, 4)):
        feed = [Tick(tick.index, number, tick.value) for number, tick in enumerate(feed_of(chance, 150))]
        run = run_of(feed, chance)
        assert run.written == texts(feed)
        assert (run.gaps, run.differing) == ([], 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_connections_with_equal_repeats_and_times_that_go_back(seed: int) -> None:
    for chance in map(Random, range(seed, 400, 4)):
        feed = feed_of(chance, 150)
        run = run_of(feed, chance)
        assert run.written == texts(feed)
        assert (run.gaps, run.differing) == ([], 0)
