"""What is kept to compare two connections is bounded in bytes, and the series stays exact or it is told."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.continuity import MemoryLimits
from tests.protocol.feeds import Run, Tick, series, texts

# Room for some five values, where the feeds have up to sixty.
SMALL = MemoryLimits(recent=4_000, written=5_000, held=8_000)
ALL_BYTES = SMALL.recent + 2 * SMALL.written + SMALL.held

feeds = st.lists(st.sampled_from("ABC"), min_size=1, max_size=60).map(
    lambda indexes: [Tick(index, number, float(number)) for number, index in enumerate(indexes)]
)


class Watched(Run):
    """Looks after each step."""

    def __init__(self, limits: MemoryLimits) -> None:
        super().__init__(limits=limits)
        self.was_told = False
        self.takeovers = 0

    def current(self, *ticks: Tick) -> None:
        super().current(*ticks)
        self._look()

    def next(self, *ticks: Tick) -> bool:
        took_over = super().next(*ticks)
        self.takeovers += took_over
        self._look()
        return took_over

    def overlap(self) -> None:
        super().overlap()
        self._look()

    def _look(self) -> None:
        self.was_told = self.was_told or self.continuity.is_cut
        assert self.continuity.size_bytes <= ALL_BYTES


@settings(max_examples=300, deadline=None)
@given(feed=feeds, data=st.data())
def test_never_more_than_the_bound_and_nothing_lost_and_nothing_doubled_in_silence(
    feed: list[Tick], data: st.DataObject
) -> None:
    """A chain of connections that overlap, each with any lead or lag over the one before."""
    run = Watched(SMALL)
    position = reach = 0
    for _ in range(data.draw(st.integers(1, 3))):
        position, reach = one_handover(data, run, feed, position, reach)
    run.current(*feed[position:])
    if run.was_told:
        assert [text for text in texts(feed) if text not in run.written] == []
    else:
        assert run.written == texts(feed)
        assert run.gaps == []


def one_handover(data: st.DataObject, run: Watched, feed: list[Tick], position: int, reach: int) -> tuple[int, int]:
    """Returns where the next connection stands, and what is written now."""
    lead = data.draw(st.integers(position, len(feed)), "brought before the overlap")
    for tick in feed[position:lead]:
        run.current(tick)
    position, reach = lead, max(reach, lead)
    shown = data.draw(st.integers(0, max(0, reach - 1)), "begin of the next")
    run.overlap()
    while position < reach or data.draw(st.booleans(), "more"):
        if data.draw(st.booleans(), "who"):
            step = data.draw(st.integers(0, min(3, len(feed) - shown)), "next brings")
            took_over = run.next(*feed[shown : shown + step])
            shown += step
            if took_over:
                return shown, max(reach, position, shown)
        else:
            step = data.draw(st.integers(0, min(3, len(feed) - position)), "current brings")
            run.current(*feed[position : position + step])
            position += step
    reach = max(reach, position)
    assume(reach > 0)
    run.switch(after_s=1.0)
    return shown, max(reach, shown)


def test_a_next_connection_that_is_far_ahead_takes_over_and_the_series_is_exact() -> None:
    feed = series(*map(float, range(200)))
    run = Watched(SMALL)
    run.current(*feed[:3])
    run.overlap()
    shown = 2
    while not run.next(feed[shown]):
        shown += 1
    assert 5 < shown < 50
    run.current(*feed[shown + 1 :])
    assert run.written == texts(feed)
    assert run.gaps == []
    assert not run.was_told


def test_a_next_connection_that_shows_nothing_is_compared_with_the_last_values_only() -> None:
    feed = series(*map(float, range(500)))
    run = Watched(SMALL)
    run.overlap()
    for tick in feed:
        run.current(tick)
    assert run.was_told
    run.switch()
    run.current(*feed[300:], Tick("A", 500, 7.0))
    assert run.written == texts([*feed, Tick("A", 500, 7.0)])


def test_made_up_indexes_fill_no_memory_either() -> None:
    run = Watched(SMALL)
    run.overlap()
    for number in range(300):
        tick = Tick(f"{'X' * 1000}{number}", number, 1.0)
        run.current(tick)
        run.next(tick)
    assert len(run.continuity._recent) < 300
