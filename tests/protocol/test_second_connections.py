"""A key that is good for one connection at a time: a refused second one delays nothing, and is not asked for long."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import ConnectionLostError, CredentialsError, CreditsUsedUpError, IdxstreamError
from coinapi_idx_cli.protocol.actions import Open, Promote, Retry
from coinapi_idx_cli.protocol.reconnect import Supervisor
from coinapi_idx_cli.protocol.second_connections import COUNTED_S, MOST_REFUSALS
from coinapi_idx_cli.protocol.server_errors import meaning_of_close
from tests.protocol.supervised import LOST, REFUSED, connected, failure

TOO_MANY = ConnectionLostError("HTTP 429", retry_after_s=30.0, is_refusal=True)
NOT_GRANTED = [TOO_MANY, REFUSED, CredentialsError("HTTP 403"), CreditsUsedUpError("no credits", is_refusal=True)]


@pytest.mark.parametrize("error", NOT_GRANTED)
def test_a_refused_second_connection_does_not_delay_the_one_after_the_first(error: IdxstreamError) -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=10.0, now=2.0)
    assert supervisor.tick(3.0) == [Open(2, is_second=True)]
    assert supervisor.lost(2, error, now=3.1) == []
    assert supervisor.lost(1, LOST, now=3.2) == [Retry(0.0)]
    assert supervisor.tick(3.2) == [Open(3)]


@pytest.mark.parametrize(("code", "tries"), [(1008, MOST_REFUSALS), (1013, MOST_REFUSALS), (1001, 4), (1012, 4)])
def test_a_close_instead_of_an_answer_is_a_refusal_unless_the_server_goes_away_itself(code: int, tries: int) -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=600.0, now=2.0)
    closed = meaning_of_close(ConnectionLostError("closed", close_code=code), 100)
    assert min(refusals_in(supervisor, 2.0, 60.0, closed), 4) == tries


def test_nor_one_whose_refusal_comes_when_the_first_has_just_ended() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=1.0, now=2.0)
    supervisor.tick(2.25)
    assert supervisor.lost(1, LOST, now=3.0) == [Promote(2, seamless=False)]
    later = 3.1 + COUNTED_S
    assert supervisor.lost(2, TOO_MANY, now=later) == [Retry(0.0)]
    assert supervisor.tick(later) == [Open(3)]
    assert supervisor.lost(3, TOO_MANY, now=later + 1.0) == [Retry(30.0)]


def refused_until_obeyed(supervisor: Supervisor, now: float) -> list[float]:
    """When the connections after the one that ended at `now` begin, until what the server asks for is obeyed."""
    begun: list[float] = []
    while (due_s := supervisor.next_due_s()) < now + 20.0:
        (opened,) = supervisor.tick(due_s)
        assert isinstance(opened, Open)
        begun.append(due_s - now)
        supervisor.lost(opened.number, TOO_MANY, due_s)
    return begun


def test_a_server_that_counts_the_first_for_a_moment_more_delays_nothing_either() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=10.0, now=2.0)
    supervisor.tick(3.0)
    supervisor.lost(2, TOO_MANY, now=3.1)
    assert supervisor.lost(1, LOST, now=12.0) == [Retry(0.0)]
    assert refused_until_obeyed(supervisor, 12.0) == [0.0, 0.5, 1.5, 3.5]  # the last one is not so soon any more


def test_nor_one_that_cannot_know_yet_that_we_ended_the_first() -> None:
    supervisor = connected(Strategy.IMMEDIATE)
    supervisor.noticed(1, within_s=10.0, now=2.0)
    assert refused_until_obeyed(supervisor, 2.0) == [0.0, 0.5, 1.5, 3.5]


def test_without_a_sign_of_such_a_plan_the_server_is_obeyed() -> None:
    supervisor = connected()
    supervisor.lost(1, LOST, now=2.0)
    assert refused_until_obeyed(supervisor, 2.0) == [0.0]


def refusals_in(supervisor: Supervisor, start_s: float, seconds: float, error: IdxstreamError) -> int:
    """How many second connections are asked for, all of them refused, while the first one brings values."""
    asked, now = 0, start_s
    while now < start_s + seconds:
        assert supervisor.current is not None
        supervisor.heard(supervisor.current.number, now, values=True)
        for action in supervisor.tick(now):
            assert isinstance(action, Open)
            asked += 1
            assert supervisor.lost(action.number, error, now) == []
        now += 0.1
    return asked


@pytest.mark.parametrize("error", NOT_GRANTED)
def test_three_refusals_are_enough_for_the_whole_run(error: IdxstreamError) -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=600.0, now=2.0)
    assert refusals_in(supervisor, 2.0, 400.0, error) == MOST_REFUSALS
    assert supervisor.is_alone
    assert supervisor.lost(1, LOST, now=500.0) == [Retry(0.0)]
    assert supervisor.tick(500.0) == [Open(5)]
    supervisor.opened(5, now=500.1)
    supervisor.noticed(5, within_s=600.0, now=501.0)
    assert refusals_in(supervisor, 501.0, 200.0, error) == 0


def test_accidents_of_second_connections_are_no_refusals() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=600.0, now=2.0)
    assert refusals_in(supervisor, 2.0, 400.0, LOST) > MOST_REFUSALS
    assert not supervisor.is_alone


def test_a_second_connection_that_is_granted_makes_up_for_earlier_refusals() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=600.0, now=2.0)
    assert refusals_in(supervisor, 2.0, 2.0, REFUSED) == MOST_REFUSALS - 1
    supervisor.heard(1, now=8.0, values=True)
    (opened,) = supervisor.tick(8.0)
    assert isinstance(opened, Open)
    supervisor.opened(opened.number, 8.1)
    supervisor.heard(opened.number, 8.2, values=True)
    assert supervisor.lost(opened.number, LOST, 8.3) == []
    assert not supervisor.is_alone


def test_what_the_server_says_beforehand_counts_at_once() -> None:
    supervisor = connected()
    supervisor.opened(1, 1.0, is_only_one=True)
    assert supervisor.noticed(1, within_s=60.0, now=2.0) == []
    assert refusals_in(supervisor, 2.0, 60.0, REFUSED) == 0


def test_a_refusal_of_the_first_connection_of_all_is_no_matter_of_second_ones() -> None:
    supervisor = connected()
    assert supervisor.lost(1, LOST, now=2.0) == [Retry(0.0)]
    supervisor.tick(2.0)
    assert supervisor.lost(2, ConnectionLostError("busy", retry_after_s=60.0), now=2.1) == [Retry(60.0)]


def test_under_never_a_refused_second_connection_is_not_asked_for() -> None:
    supervisor = connected()
    supervisor.noticed(1, within_s=1.0, now=2.0)
    supervisor.tick(2.25)
    supervisor.lost(2, REFUSED, now=2.3)
    supervisor.policy = type(supervisor.policy)(10.0, give_up_after_s=0.5)
    assert supervisor.lost(1, LOST, now=3.0) == [Retry(0.0)]
    assert "connection refused" in str(failure(supervisor.tick(4.0)))
