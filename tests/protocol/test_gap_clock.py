"""The length of a gap is elapsed time, and its bounds are UTC, whatever is done to the wall clock meanwhile."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.protocol.continuity import Continuity
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.times import NS
from tests.protocol.feeds import START_NS, batch_of, series

HOUR_NS = 3600 * NS
BEFORE, AFTER = series(1.0, 2.0)


def gap_across(step_ns: int, *, outage_s: float = 20.0) -> Gap:
    """A value, an outage in which the wall clock makes a step, a value."""
    continuity = Continuity()
    continuity.accept(batch_of([BEFORE], START_NS), 100.0)
    continuity.lose()
    received_ns = START_NS + int(outage_s * NS) + step_ns
    gap = continuity.accept(batch_of([AFTER], received_ns), 100.0 + outage_s).gap
    assert gap is not None
    return gap


@pytest.mark.parametrize("step_ns", [-100 * 24 * HOUR_NS, -HOUR_NS, -21 * NS, -NS, 0, NS, HOUR_NS])
def test_seconds_are_those_that_passed_and_from_is_before_to(step_ns: int) -> None:
    gap = gap_across(step_ns)
    assert gap.seconds == gap.fields["seconds"] == 20.0
    assert gap.from_ns <= gap.to_ns == START_NS + 20 * NS + step_ns


def test_bounds_are_the_times_of_receipt_where_the_clock_went_on() -> None:
    for step_ns in (0, HOUR_NS):
        assert gap_across(step_ns).from_ns == START_NS


def test_a_clock_that_was_set_back_is_right_from_then_on() -> None:
    gap = gap_across(-HOUR_NS)
    assert gap.to_ns - gap.from_ns == 20 * NS


def test_after_an_overlap_too() -> None:
    continuity = Continuity()
    continuity.accept(batch_of([BEFORE], START_NS), 100.0)
    continuity.begin_overlap(101.0)
    continuity.hold(batch_of([AFTER], START_NS + 3 * NS - HOUR_NS), 103.0)
    flow = continuity.switch(104.0)
    assert flow.gap is not None
    assert flow.gap.seconds == 3.0
    assert flow.gap.from_ns <= flow.gap.to_ns


def test_where_a_connection_lagged_the_times_of_the_feed_tell_the_length_be_they_years_old() -> None:
    continuity = Continuity()
    first, second, third = series(1.0, 2.0, 3.0)  # 100 ms after another
    long_ago_ns = START_NS + 8000 * HOUR_NS
    continuity.accept(batch_of([first], long_ago_ns), 100.0)
    continuity.begin_overlap(101.0)
    continuity.hold(batch_of([third], long_ago_ns + 3 * NS), 103.0)
    continuity.accept(batch_of([second], long_ago_ns + 4 * NS), 104.0)
    gap = continuity.switch(105.0).gap
    assert gap is not None
    assert (gap.seconds, gap.to_ns) == (0.1, long_ago_ns + 3 * NS)


def test_of_what_this_process_did_not_live_through_the_bounds_tell_and_never_less_than_nothing() -> None:
    assert Gap(START_NS, START_NS + NS).seconds == 1.0
    assert Gap(START_NS + NS, START_NS).seconds == 0.0
