"""Whatever is ahead, whenever the first connection ends, the series comes out exactly."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.protocol.feeds import START_NS, Run, Tick, texts

feeds = st.lists(
    st.builds(Tick, st.sampled_from("ABC"), st.integers(0, 6), st.sampled_from([1.0, 2.0])), min_size=1, max_size=40
)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_exact_equality_for_any_feed_any_delays_any_cut_points(data: st.DataObject) -> None:
    """Distinct identities, a chain of connections that overlap, each event order that keeps each connection's order."""
    feed = [Tick(tick.index, number, tick.value) for number, tick in enumerate(data.draw(feeds))]
    run = Run()
    position = 0  # what the current connection has brought of the feed
    reach = 0  # what was written of it
    for _ in range(data.draw(st.integers(1, 4))):
        position, reach = one_handover(data, run, feed, position, reach)
    run.current(*feed[position:])
    assert run.written == texts(feed)
    assert run.gaps == []


def one_handover(data: st.DataObject, run: Run, feed: list[Tick], position: int, reach: int) -> tuple[int, int]:
    """Returns where the next connection stands, and what is written now."""
    end = data.draw(st.integers(position, len(feed)), "end of the current")
    lead = data.draw(st.integers(position, end), "brought before the overlap")
    run.current(*feed[position:lead])
    position, reach = lead, max(reach, lead)
    end = max(end, reach)  # a current that lags lives until it has caught up
    begin = data.draw(st.integers(max(0, reach - 10), max(0, end - 1)), "begin of the next")
    shown = begin
    run.overlap()
    while position < end or data.draw(st.booleans(), "more of the next"):
        if data.draw(st.booleans(), "who"):
            step = data.draw(st.integers(0, min(5, len(feed) - shown)), "next brings")
            run.next(*feed[shown : shown + step])
            shown += step
        else:
            step = data.draw(st.integers(0, min(5, end - position)), "current brings")
            run.current(*feed[position : position + step])
            position += step
    reach = max(reach, position)
    assume(reach > 0)
    run.switch(after_s=1.0)  # four of them stay within what is remembered
    return shown, max(reach, shown)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(feed=feeds, data=st.data())
def test_exact_equality_also_where_identities_repeat(feed: list[Tick], data: st.DataObject) -> None:
    begins = data.draw(st.integers(0, len(feed) - 1))
    ends = data.draw(st.integers(begins + 1, len(feed)))
    repeated_before = set(feed[:begins]) & set(feed[begins:])
    assume(not repeated_before)  # a value equal to one of the last seconds, sent again across the seam, is a double
    run = Run()
    run.current(*feed[:begins])
    run.overlap()
    run.next(*feed[begins:])
    run.current(*feed[begins:ends])
    run.switch()
    assert run.written == texts(feed)
    assert run.gaps == []


@settings(max_examples=500, deadline=None)
@given(feed=feeds, data=st.data())
def test_after_a_loss_nothing_doubles_and_every_missing_value_lies_in_the_gap(
    feed: list[Tick], data: st.DataObject
) -> None:
    feed = [Tick(tick.index, number, tick.value) for number, tick in enumerate(feed)]
    ends = data.draw(st.integers(1, len(feed)))
    begins = data.draw(st.integers(0, len(feed)))
    run = Run()
    run.current(*feed[:ends])
    last_ns = run.now_ns
    run.lose()
    for tick in feed[begins:]:
        run.current(tick)
    assert run.written == texts([*feed[:ends], *feed[max(begins, ends) :]])
    if max(begins, ends) < len(feed):
        (gap,) = run.gaps
        assert gap.from_ns == last_ns
        assert gap.to_ns == START_NS + 1000 * (1 + max(begins, ends) - begins + 1)
