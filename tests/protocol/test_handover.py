"""The four ways to take a notice, and handovers from one connection to the next, by a fake clock."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import NoConnectionError
from coinapi_idx_cli.protocol.actions import Fail, Open, Promote, Retry
from tests.protocol.supervised import LOST, REFUSED, connected, ended, failure, handing_over, supervisor


def test_handover_opens_the_next_one_beside_after_a_jitter_of_a_quarter_of_the_notice() -> None:
    made = connected()
    assert made.noticed(1, 2.0, 2.0) == []
    assert made.next_due_s() == 2.5
    assert made.tick(2.4) == []
    assert made.tick(2.5) == [Open(2)]


def test_the_jitter_is_a_second_at_the_most() -> None:
    made = connected()
    made.noticed(1, 3600.0, 2.0)
    assert made.tick(2.99) == []
    assert made.tick(3.0) == [Open(2)]


@pytest.mark.parametrize("within_s", [0.0, -5.0])
def test_a_notice_without_time_left_opens_the_next_one_at_once(within_s: float) -> None:
    made = connected()
    made.noticed(1, within_s, 2.0)
    assert made.tick(2.0) == [Open(2)]


def test_immediate_ends_the_connection_and_makes_another_at_once() -> None:
    made = connected(Strategy.IMMEDIATE)
    assert ended(made.noticed(1, 10.0, 2.0)) == [1, Retry(0.0)]
    assert made.tick(2.0) == [Open(2)]


def test_wait_reads_on_until_the_server_closes() -> None:
    made = connected(Strategy.WAIT)
    assert made.noticed(1, 1.0, 2.0) == []
    for second in range(3, 30):
        assert made.tick(float(second)) == []
        made.heard(1, float(second), values=True)
    assert made.lost(1, LOST, 30.0) == [Retry(0.0)]


def test_never_ends_the_run_with_the_first_connection() -> None:
    made = connected(Strategy.NEVER)
    assert made.noticed(1, 1.0, 2.0) == []
    assert made.tick(3.0) == []
    error = failure(made.lost(1, LOST, 4.0))
    assert isinstance(error, NoConnectionError)
    assert "connection refused" in error.what


def test_never_ends_the_run_also_when_the_first_attempt_fails() -> None:
    made = supervisor(Strategy.NEVER)
    made.tick(0.0)
    assert isinstance(failure(made.lost(1, LOST, 0.1)), NoConnectionError)


def test_never_reads_a_silent_connection_to_its_end_before_the_run_ends() -> None:
    made = connected(Strategy.NEVER)
    end, fail = made.tick(11.0)
    assert ended([end]) == [1]
    assert isinstance(fail, Fail)


# -- handovers ---------------------------------------------------------------------------------------------------------


def test_the_next_one_takes_over_when_the_first_closes() -> None:
    made = handing_over()
    assert made.lost(1, LOST, 12.0) == [Promote(2, seamless=True)]
    assert made.tick(13.0) == []
    assert made.lost(2, LOST, 13.5) == [Retry(0.0)]


def test_a_repeated_notice_opens_no_third_connection() -> None:
    made = handing_over()
    assert made.noticed(1, 5.0, 4.0) == []
    assert made.noticed(1, 4.0, 5.0) is None
    for tenth in range(40, 100):
        assert made.tick(tenth / 10) == []


def test_the_first_one_is_ended_five_seconds_past_its_time_and_not_before() -> None:
    made = handing_over()
    for number in (1, 2):
        made.heard(number, 12.0, values=True)
    assert made.tick(16.9) == []
    assert made.next_due_s() == 17.0
    assert ended(made.tick(17.0)) == [1, Promote(2, seamless=True)]


def test_the_first_one_may_stay_while_the_next_has_not_spoken() -> None:
    made = handing_over(stale_after_s=60.0)
    assert made.tick(30.0) == []
    made.heard(2, 30.5, values=False)
    assert ended(made.tick(30.5)) == [1, Promote(2, seamless=True)]


def test_a_frozen_first_one_does_not_hold_the_handover_up() -> None:
    made = handing_over()
    made.heard(2, 10.9, values=True)
    assert ended(made.tick(11.0)) == [1, Promote(2, seamless=True)]


def test_a_next_one_that_dies_is_replaced_and_the_first_stays() -> None:
    made = handing_over()
    made.heard(2, 3.6, values=True)
    assert made.lost(2, LOST, 4.0) == []
    assert made.tick(4.4) == []
    assert made.tick(4.5) == [Open(3)]
    assert made.lost(3, LOST, 4.6) == []
    assert made.tick(5.5) == []
    assert made.tick(5.6) == [Open(4)]
    assert made.current is not None
    assert made.current.number == 1


def test_a_next_one_that_falls_silent_is_replaced() -> None:
    made = handing_over()
    made.heard(1, 13.0, values=True)
    assert ended(made.tick(13.5)) == [2, Open(3)]
    assert made.current is not None
    assert made.current.number == 1


def test_a_next_one_that_cannot_be_opened_in_time_means_a_break() -> None:
    made = connected()
    made.noticed(1, 1.0, 2.0)
    assert made.tick(2.25) == [Open(2)]
    assert made.lost(1, LOST, 3.0) == [Promote(2, seamless=False)]
    assert made.lost(2, LOST, 3.5) == [Retry(0.5)]


def test_a_notice_on_the_next_one_is_kept_until_it_is_the_current_one() -> None:
    made = handing_over()
    made.heard(2, 4.0, values=True)
    assert made.noticed(2, 20.0, 5.0) == []
    assert made.tick(8.0) == []
    assert made.lost(1, LOST, 9.0) == [Promote(2, seamless=True)]
    assert made.tick(9.9) == []
    assert made.tick(10.0) == [Open(3)]
    made.opened(3, 10.1)
    assert made.lost(2, LOST, 25.0) == [Promote(3, seamless=True)]


def test_patience_counts_from_the_loss_and_not_from_the_last_frame() -> None:
    made = connected(stale_after_s=60.0, give_up_after_s=30.0)
    assert ended(made.tick(61.0)) == [1, Retry(0.0), Open(2)]
    assert made.tick(70.9) == []
    assert isinstance(failure(made.tick(91.0)), NoConnectionError)


def test_a_storm_of_notices_without_a_value_is_slowed_down() -> None:
    made = connected()
    now, opened = 1.0, 0
    while now < 100.0:
        assert made.current is not None
        made.noticed(made.current.number, 0.0, now)
        made.current.due_s = now + 100.0  # there are heartbeats
        now = max(now, made.next_due_s())
        for action in made.tick(now):
            assert isinstance(action, Open)
            opened += 1
            made.opened(action.number, now)
            made.heard(action.number, now, values=False)
            made.lost(action.number - 1, LOST, now)
    assert opened < 15


def test_a_handover_after_a_fruitless_one_still_comes_in_time() -> None:
    made = connected()
    for number in range(1, 10):
        now = number * 100.0
        made.heard(number, now, values=False)
        made.noticed(number, 10.0, now)
        due_s = made.next_due_s()
        assert due_s <= now + 5.0
        assert made.tick(due_s) == [Open(number + 1)]
        made.opened(number + 1, due_s)
        made.heard(number + 1, now + 9.0, values=False)
        made.heard(number, now + 9.0, values=False)
        assert made.lost(number, LOST, now + 10.0) == [Promote(number + 1, seamless=True)]
        made.current.due_s = now + 200.0  # type: ignore[union-attr]


def test_connections_that_are_not_read_are_excused() -> None:
    made = handing_over()
    for second in range(4, 60):
        made.excuse(1, float(second))
        made.excuse(2, float(second))
        assert made.tick(float(second)) == []
    assert made.current is not None
    assert not made.next_due_s() < 60.0
    made.heard(2, 60.0, values=True)
    made.heard(1, 60.0, values=True)
    assert made.tick(63.9) == []
    assert ended(made.tick(64.0)) == [1, Promote(2, seamless=True)]


def test_a_loss_without_notice_during_nothing_else_is_a_break() -> None:
    made = connected()
    assert made.lost(1, LOST, 2.0) == [Retry(0.0)]


def test_an_error_on_the_first_one_during_a_handover_ends_it_and_not_the_run() -> None:
    made = handing_over()
    assert made.lost(1, REFUSED, 5.0) == [Promote(2, seamless=True)]


@pytest.mark.parametrize("notice_s", [0.5, 1.0, 3.0])
def test_restarts_in_quick_succession_are_followed_in_time(notice_s: float) -> None:
    """As long as they are fewer than the pace allows, each next connection begins in the first half of the notice."""
    made = connected()
    now = 2.0
    for number in range(1, 20):
        assert made.noticed(number, notice_s, now) == []
        due_s = made.next_due_s()
        assert due_s <= now + notice_s / 2
        assert made.tick(due_s) == [Open(number + 1)]
        made.opened(number + 1, due_s)
        made.heard(number + 1, due_s, values=True)
        assert made.lost(number, LOST, now + notice_s) == [Promote(number + 1, seamless=True)]
        now += max(notice_s, 1.1)
