"""What a notice can say, and when the second connection takes over though the first one lives."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.protocol.actions import Open, Promote
from tests.protocol.supervised import connected, ended, handing_over


@pytest.mark.parametrize("within_s", [601.0, 10_000.0, 1e9, 1e300, float("inf")])
def test_a_notice_of_more_than_ten_minutes_counts_as_ten(within_s: float) -> None:
    supervisor = connected(stale_after_s=1e6)
    assert supervisor.noticed(1, within_s=within_s, now=2.0) == []
    assert supervisor.tick(3.0) == [Open(2, is_second=True)]
    supervisor.opened(2, now=3.0)
    supervisor.heard(2, now=3.0, values=False, heartbeats=True)
    assert supervisor.tick(606.9) == []
    assert ended(supervisor.tick(607.0)) == [1, Promote(2, seamless=True)]


@pytest.mark.parametrize("within_s", [-1.0, -1e300, float("-inf"), float("nan")])
def test_a_notice_that_makes_no_sense_means_now(within_s: float) -> None:
    supervisor = connected(stale_after_s=1e6)
    assert supervisor.noticed(1, within_s=within_s, now=2.0) == []
    assert supervisor.tick(2.0) == [Open(2, is_second=True)]
    supervisor.opened(2, now=2.0)
    supervisor.heard(2, now=2.0, values=False, heartbeats=True)
    assert supervisor.tick(6.9) == []
    assert ended(supervisor.tick(7.0)) == [1, Promote(2, seamless=True)]


def test_a_notice_that_changes_nothing_is_no_news() -> None:
    supervisor = connected()
    assert supervisor.noticed(1, within_s=10.0, now=2.0) == []
    for second in range(3, 12):
        assert supervisor.noticed(1, 12.0 - second, float(second)) is None, "it counts down"
    assert supervisor.noticed(1, within_s=10.0, now=2.5) is None
    assert supervisor.noticed(1, within_s=4.0, now=3.0) == []
    assert supervisor.noticed(1, within_s=1e9, now=4.0) == []
    assert supervisor.noticed(1, within_s=1e12, now=4.5) is None


def test_the_second_takes_over_after_five_seconds_in_which_only_it_brings_values() -> None:
    supervisor = handing_over(stale_after_s=60.0)
    for tenth in range(40, 90):
        supervisor.heard(2, now=tenth / 10, values=True)
        supervisor.heard(1, now=tenth / 10, values=False, heartbeats=True)
        assert supervisor.tick(tenth / 10) == []
    assert supervisor.next_due_s() == 9.0
    assert ended(supervisor.tick(9.0)) == [1, Promote(2, seamless=True)]


def test_a_value_of_the_first_one_begins_the_five_seconds_again() -> None:
    supervisor = handing_over(stale_after_s=60.0)
    for second in range(4, 16):
        supervisor.heard(2, float(second), values=True)
        if second == 8:
            supervisor.heard(1, now=8.5, values=True)
        assert second >= 14 or supervisor.tick(second + 0.9) == []
    assert ended(supervisor.tick(14.0)) == [1, Promote(2, seamless=True)]


def test_one_value_that_the_second_one_begins_with_is_no_reason_to_take_over() -> None:
    """A quiet index, of which a server tells the last value to whoever connects."""
    supervisor = connected(stale_after_s=60.0)
    supervisor.noticed(1, within_s=600.0, now=2.0)
    assert supervisor.tick(3.0) == [Open(2, is_second=True)]
    supervisor.opened(2, now=3.5)
    supervisor.heard(2, now=4.0, values=True)
    assert supervisor.tick(15.0) == []
    supervisor.heard(2, now=15.5, values=True)
    assert supervisor.tick(19.0) == [], "the first one may lag, and bring the same a little later"
    supervisor.heard(1, now=19.0, values=True)
    assert supervisor.tick(20.0) == []


def test_a_first_one_that_is_not_read_is_not_taken_over() -> None:
    supervisor = handing_over(stale_after_s=60.0)
    for second in range(4, 9):
        supervisor.heard(2, float(second), values=True)
    supervisor.excuse(1, 8.0)
    supervisor.excuse(2, 8.0)
    assert supervisor.tick(9.5) == []
