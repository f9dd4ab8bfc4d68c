"""The four ways to take a notice, and handovers from one connection to the next, by a fake clock."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import NoConnectionError
from coinapi_idx_cli.protocol.actions import Fail, Open, Promote, Retry
from tests.protocol.supervised import LOST, REFUSED, connected, ended, failure, handing_over, new_supervisor


def test_handover_opens_the_next_one_beside_after_a_jitter_of_a_quarter_of_the_notice() -> None:
    supervisor = connected()
    assert supervisor.noticed(1, within_s=2.0, now=2.0) == []
    assert supervisor.next_due_s() == 2.5
    assert supervisor.tick(2.4) == []
    assert supervisor.tick(2.5) == [Open(2, is_second=True)]


def test_the_jitter_is_a_second_at_the_most() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=3600.0, now=2.0)
    assert supervisor.tick(2.99) == []
    assert supervisor.tick(3.0) == [Open(2, is_second=True)]


@pytest.mark.parametrize("within_s", [0.0, -5.0])
def test_a_notice_without_time_left_opens_the_next_one_at_once(within_s: float) -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=within_s, now=2.0)
    assert supervisor.tick(2.0) == [Open(2, is_second=True)]


def test_immediate_ends_the_connection_and_makes_another_at_once() -> None:
    supervisor = connected(Strategy.IMMEDIATE)
    assert ended(supervisor.noticed(1, within_s=10.0, now=2.0)) == [1, Retry(0.0)]
    assert supervisor.tick(2.0) == [Open(2)]


def test_wait_reads_on_until_the_server_closes() -> None:
    supervisor = connected(Strategy.WAIT)
    assert supervisor.noticed(1, within_s=1.0, now=2.0) == []
    for second in range(3, 30):
        assert supervisor.tick(float(second)) == []
        supervisor.heard(1, float(second), values=True)
    assert supervisor.lost(1, LOST, now=30.0) == [Retry(0.0)]


def test_never_ends_the_run_with_the_first_connection() -> None:
    supervisor = connected(Strategy.NEVER)
    assert supervisor.noticed(1, within_s=1.0, now=2.0) == []
    assert supervisor.tick(3.0) == []
    error = failure(supervisor.lost(1, LOST, now=4.0))
    assert isinstance(error, NoConnectionError)
    assert "connection refused" in error.what


def test_never_ends_the_run_also_when_the_first_attempt_fails() -> None:
    supervisor = new_supervisor(Strategy.NEVER)
    supervisor.tick(0.0)
    assert isinstance(failure(supervisor.lost(1, LOST, now=0.1)), NoConnectionError)


def test_never_reads_a_silent_connection_to_its_end_before_the_run_ends() -> None:
    supervisor = connected(Strategy.NEVER)
    end, fail = supervisor.tick(11.0)
    assert ended([end]) == [1]
    assert isinstance(fail, Fail)


# -- handovers ---------------------------------------------------------------------------------------------------------


def test_the_next_one_takes_over_when_the_first_closes() -> None:
    supervisor = handing_over()
    assert supervisor.lost(1, LOST, now=12.0) == [Promote(2, seamless=True)]
    assert supervisor.tick(13.0) == []
    assert supervisor.lost(2, LOST, now=13.5) == [Retry(0.0)]


def test_a_repeated_notice_opens_no_third_connection() -> None:
    supervisor = handing_over()
    assert supervisor.noticed(1, within_s=5.0, now=4.0) == []
    assert supervisor.noticed(1, within_s=4.0, now=5.0) is None
    for tenth in range(40, 100):
        assert supervisor.tick(tenth / 10) == []


def test_the_first_one_is_ended_five_seconds_past_its_time_and_not_before() -> None:
    supervisor = handing_over()
    for number in (1, 2):
        supervisor.heard(number, now=12.0, values=True)
    assert supervisor.tick(16.9) == []
    assert supervisor.next_due_s() == 17.0
    assert ended(supervisor.tick(17.0)) == [1, Promote(2, seamless=True)]


def test_the_first_one_may_stay_while_the_next_has_not_spoken() -> None:
    supervisor = handing_over(stale_after_s=60.0)
    assert supervisor.tick(30.0) == []
    supervisor.heard(2, now=30.5, values=False)
    assert ended(supervisor.tick(30.5)) == [1, Promote(2, seamless=True)]


def test_a_frozen_first_one_does_not_hold_the_handover_up() -> None:
    supervisor = handing_over()
    supervisor.heard(2, now=10.9, values=True)
    assert ended(supervisor.tick(11.0)) == [1, Promote(2, seamless=True)]


def test_a_next_one_that_dies_is_replaced_and_the_first_stays() -> None:
    supervisor = handing_over()
    supervisor.heard(2, now=3.6, values=True)
    assert supervisor.lost(2, LOST, now=4.0) == []
    assert supervisor.tick(4.4) == []
    assert supervisor.tick(4.5) == [Open(3, is_second=True)]
    assert supervisor.lost(3, LOST, now=4.6) == []
    assert supervisor.tick(5.5) == []
    assert supervisor.tick(5.6) == [Open(4, is_second=True)]
    assert supervisor.current is not None
    assert supervisor.current.number == 1


def test_a_next_one_that_falls_silent_is_replaced() -> None:
    supervisor = handing_over()
    supervisor.heard(1, now=13.0, values=True)
    assert ended(supervisor.tick(13.5)) == [2, Open(3, is_second=True)]
    assert supervisor.current is not None
    assert supervisor.current.number == 1


def test_a_next_one_that_cannot_be_opened_in_time_means_a_break() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=1.0, now=2.0)
    assert supervisor.tick(2.25) == [Open(2, is_second=True)]
    assert supervisor.lost(1, LOST, now=3.0) == [Promote(2, seamless=False)]
    assert supervisor.lost(2, LOST, now=3.5) == [Retry(0.5)]


def test_a_notice_on_the_next_one_is_kept_until_it_is_the_current_one() -> None:
    supervisor = handing_over()
    supervisor.heard(2, now=4.0, values=True)
    assert supervisor.noticed(2, within_s=20.0, now=5.0) == []
    assert supervisor.tick(8.0) == []
    assert supervisor.lost(1, LOST, now=9.0) == [Promote(2, seamless=True)]
    assert supervisor.tick(9.9) == []
    assert supervisor.tick(10.0) == [Open(3, is_second=True)]
    supervisor.opened(3, now=10.1)
    assert supervisor.lost(2, LOST, now=25.0) == [Promote(3, seamless=True)]


def test_patience_counts_from_the_loss_and_not_from_the_last_frame() -> None:
    supervisor = connected(stale_after_s=60.0, give_up_after_s=30.0)
    assert ended(supervisor.tick(61.0)) == [1, Retry(0.0), Open(2)]
    assert supervisor.tick(70.9) == []
    assert isinstance(failure(supervisor.tick(91.0)), NoConnectionError)


def test_a_storm_of_notices_without_a_value_is_slowed_down() -> None:
    supervisor = connected()
    now, opened = 1.0, 0
    while now < 100.0:
        assert supervisor.current is not None
        supervisor.noticed(supervisor.current.number, 0.0, now)
        supervisor.current.due_s = now + 100.0  # there are heartbeats
        now = max(now, supervisor.next_due_s())
        for action in supervisor.tick(now):
            assert isinstance(action, Open)
            opened += 1
            supervisor.opened(action.number, now)
            supervisor.heard(action.number, now, values=False)
            supervisor.lost(action.number - 1, LOST, now)
    assert opened < 15


def test_a_handover_after_a_fruitless_one_still_comes_in_time() -> None:
    supervisor = connected()
    for number in range(1, 10):
        now = number * 100.0
        supervisor.heard(number, now=now, values=False)
        supervisor.noticed(number, within_s=10.0, now=now)
        due_s = supervisor.next_due_s()
        assert due_s <= now + 5.0
        assert supervisor.tick(due_s) == [Open(number + 1, is_second=True)]
        supervisor.opened(number + 1, due_s)
        supervisor.heard(number + 1, now + 9.0, values=False)
        supervisor.heard(number, now=now + 9.0, values=False)
        assert supervisor.lost(number, LOST, now=now + 10.0) == [Promote(number + 1, seamless=True)]
        supervisor.current.due_s = now + 200.0  # type: ignore[union-attr]


def test_connections_that_are_not_read_are_excused() -> None:
    supervisor = handing_over()
    for second in range(4, 60):
        supervisor.excuse(1, float(second))
        supervisor.excuse(2, float(second))
        assert supervisor.tick(float(second)) == []
    assert supervisor.current is not None
    assert not supervisor.next_due_s() < 60.0
    supervisor.heard(2, now=60.0, values=True)
    supervisor.heard(1, now=60.0, values=True)
    assert supervisor.tick(63.9) == []
    assert ended(supervisor.tick(64.0)) == [1, Promote(2, seamless=True)]


def test_a_loss_without_notice_during_nothing_else_is_a_break() -> None:
    supervisor = connected()
    assert supervisor.lost(1, LOST, now=2.0) == [Retry(0.0)]


def test_an_error_on_the_first_one_during_a_handover_ends_it_and_not_the_run() -> None:
    supervisor = handing_over()
    assert supervisor.lost(1, REFUSED, now=5.0) == [Promote(2, seamless=True)]


@pytest.mark.parametrize("notice_s", [0.5, 1.0, 3.0])
def test_restarts_in_quick_succession_are_followed_in_time(notice_s: float) -> None:
    """As long as they are fewer than the pace allows, each next connection begins in the first half of the notice."""
    supervisor = connected()
    now = 2.0
    for number in range(1, 20):
        assert supervisor.noticed(number, within_s=notice_s, now=now) == []
        due_s = supervisor.next_due_s()
        assert due_s <= now + notice_s / 2
        assert supervisor.tick(due_s) == [Open(number + 1, is_second=True)]
        supervisor.opened(number + 1, due_s)
        supervisor.heard(number + 1, due_s, values=True)
        assert supervisor.lost(number, LOST, now=now + notice_s) == [Promote(number + 1, seamless=True)]
        now += max(notice_s, 1.1)
