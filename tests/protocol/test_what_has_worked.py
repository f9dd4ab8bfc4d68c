"""What has worked is not given up at the first refusal; what never did ends the run, and credits come back."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    IdxstreamError,
    NoConnectionError,
    RefusedError,
    UsageError,
)
from coinapi_idx_cli.protocol.actions import Fail, Open, Retry
from tests.protocol.supervised import LOST, connected, failure, new_supervisor

KEY_REFUSED = CredentialsError("HTTP 401")
REDIRECTED = RefusedError("HTTP 302")
NO_CREDITS = CreditsUsedUpError("Insufficient Usage Credits", is_refusal=True)
CLOSED = ConnectionLostError("closed the connection: 1008", close_code=1008)


@pytest.mark.parametrize("error", [KEY_REFUSED, REDIRECTED])
def test_a_refusal_before_any_value_ends_the_run(error: IdxstreamError) -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    assert failure(supervisor.lost(1, error, now=0.1)) is error


@pytest.mark.parametrize("error", [KEY_REFUSED, REDIRECTED])
def test_after_a_value_a_refusal_is_tried_again_until_patience_ends(error: IdxstreamError) -> None:
    supervisor = connected()
    assert supervisor.lost(1, LOST, now=2.0) == [Retry(0.0)]
    now, tries = 2.0, 0
    while True:
        actions = supervisor.tick(now)
        if isinstance(actions[-1], Fail):
            break
        (opened,) = actions
        assert isinstance(opened, Open)
        tries += 1
        supervisor.lost(opened.number, error, now)
        now = supervisor.next_due_s()
    assert now == 302.0
    assert tries > 10
    given_up = failure(actions)
    assert isinstance(given_up, NoConnectionError)
    assert error.what in given_up.what


def test_an_error_message_after_values_is_a_loss_like_others() -> None:
    assert connected().lost(1, REDIRECTED, now=2.0) == [Retry(0.0)]


def test_a_daemon_waits_for_all_but_a_key_that_never_worked() -> None:
    supervisor = new_supervisor(give_up_after_s=None)
    supervisor.tick(0.0)
    assert supervisor.lost(1, REDIRECTED, now=0.1) == [Retry(0.5)]
    supervisor.tick(0.6)
    assert failure(supervisor.lost(2, KEY_REFUSED, now=0.7)) is KEY_REFUSED


@pytest.mark.parametrize("error", [UsageError("no such proxy"), IdxstreamError("a bug")])
def test_what_is_no_matter_of_the_server_always_ends_the_run(error: IdxstreamError) -> None:
    supervisor = connected()
    supervisor.lost(1, LOST, now=2.0)
    supervisor.tick(2.0)
    assert failure(supervisor.lost(2, error, now=2.1)) is error


def test_never_reconnecting_means_exit_5_also_for_a_refusal_of_what_has_worked() -> None:
    assert isinstance(failure(connected(Strategy.NEVER).lost(1, REDIRECTED, now=2.0)), NoConnectionError)
    supervisor = new_supervisor(Strategy.NEVER)
    supervisor.tick(0.0)
    assert failure(supervisor.lost(1, REDIRECTED, now=0.1)) is REDIRECTED


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 48.0), (1.0, 72.0)])
def test_credits_are_waited_for_about_a_minute_also_at_the_start(chance: float, wait_s: float) -> None:
    supervisor = new_supervisor(chance=chance)
    supervisor.tick(0.0)
    now = 0.0
    for number in range(1, 4):
        (retry,) = supervisor.lost(number, NO_CREDITS, now=now)
        assert isinstance(retry, Retry)
        assert retry.wait_s == pytest.approx(wait_s)
        now += retry.wait_s
        assert supervisor.tick(now) == [Open(number + 1)]


def test_the_server_may_ask_for_more_patience_about_credits() -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    assert supervisor.lost(1, CreditsUsedUpError("quota", retry_after_s=3600.0), now=0.0) == [Retry(3600.0)]


@pytest.mark.parametrize("closes_after_s", [0.0, 4.0, 9.0])
def test_a_server_that_closes_instead_of_an_answer_to_the_hello_is_given_up(closes_after_s: float) -> None:
    supervisor = connected()
    assert supervisor.lost(1, LOST, now=2.0) == [Retry(0.0)]
    now = 2.0
    while True:
        actions = supervisor.tick(now)
        if actions and isinstance(actions[-1], Fail):
            break
        for action in actions:
            assert isinstance(action, Open)
            supervisor.opened(action.number, now)
            supervisor.heard(action.number, now + closes_after_s, values=False)
            supervisor.lost(action.number, CLOSED, now + closes_after_s)
        now = max(now + closes_after_s, supervisor.next_due_s())
    assert now < 302.0 + 10.0
    assert "1008" in str(failure(actions))


@pytest.mark.parametrize("pings", [False, True])
def test_a_server_that_takes_the_hello_and_says_nothing_is_given_up(*, pings: bool) -> None:
    supervisor = new_supervisor()
    now = 0.0
    while now < 1000.0:
        actions = supervisor.tick(now)
        if actions and isinstance(actions[-1], Fail):
            break
        for action in actions:
            if isinstance(action, Open):
                supervisor.opened(action.number, now)
                if pings:
                    supervisor.heard(action.number, now + 0.1, values=False)
        now = supervisor.next_due_s() + 0.001  # a loop is never there at the very moment
    assert 300.0 <= now < 320.0


def test_heartbeats_keep_patience_fresh() -> None:
    supervisor = new_supervisor(chance=0.0, give_up_after_s=30.0)
    for number in range(1, 10):
        now = number * 29.0
        assert supervisor.tick(now) == [Open(number)]
        supervisor.opened(number, now=now)
        supervisor.heard(number, now=now, values=False, heartbeats=True)
        assert isinstance(supervisor.lost(number, CLOSED, now=now)[0], Retry)


def test_a_quiet_connection_that_pings_keep_open_counts_until_its_end() -> None:
    supervisor = new_supervisor(stale_after_s=90.0)
    supervisor.tick(0.0)
    supervisor.opened(1, now=0.0)
    for minute in range(1, 60):
        supervisor.heard(1, now=minute * 60.0, values=False)
    assert supervisor.lost(1, LOST, now=3600.0) == [Retry(0.0)]
    assert supervisor.tick(3600.0) == [Open(2)]
