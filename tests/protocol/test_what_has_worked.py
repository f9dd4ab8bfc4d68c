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
from tests.protocol.supervised import LOST, connected, failure, supervisor

KEY_REFUSED = CredentialsError("HTTP 401")
REDIRECTED = RefusedError("HTTP 302")
NO_CREDITS = CreditsUsedUpError("Insufficient Usage Credits", is_refusal=True)
CLOSED = ConnectionLostError("closed the connection: 1008", close_code=1008)


@pytest.mark.parametrize("error", [KEY_REFUSED, REDIRECTED])
def test_a_refusal_before_any_value_ends_the_run(error: IdxstreamError) -> None:
    made = supervisor()
    made.tick(0.0)
    assert failure(made.lost(1, error, 0.1)) is error


@pytest.mark.parametrize("error", [KEY_REFUSED, REDIRECTED])
def test_after_a_value_a_refusal_is_tried_again_until_patience_ends(error: IdxstreamError) -> None:
    made = connected()
    assert made.lost(1, LOST, 2.0) == [Retry(0.0)]
    now, tries = 2.0, 0
    while True:
        actions = made.tick(now)
        if isinstance(actions[-1], Fail):
            break
        (opened,) = actions
        assert isinstance(opened, Open)
        tries += 1
        made.lost(opened.number, error, now)
        now = made.next_due_s()
    assert now == 302.0
    assert tries > 10
    given_up = failure(actions)
    assert isinstance(given_up, NoConnectionError)
    assert error.what in given_up.what


def test_an_error_message_after_values_is_a_loss_like_others() -> None:
    assert connected().lost(1, REDIRECTED, 2.0) == [Retry(0.0)]


def test_a_daemon_waits_for_all_but_a_key_that_never_worked() -> None:
    made = supervisor(give_up_after_s=None)
    made.tick(0.0)
    assert made.lost(1, REDIRECTED, 0.1) == [Retry(0.5)]
    made.tick(0.6)
    assert failure(made.lost(2, KEY_REFUSED, 0.7)) is KEY_REFUSED


@pytest.mark.parametrize("error", [UsageError("no such proxy"), IdxstreamError("a bug")])
def test_what_is_no_matter_of_the_server_always_ends_the_run(error: IdxstreamError) -> None:
    made = connected()
    made.lost(1, LOST, 2.0)
    made.tick(2.0)
    assert failure(made.lost(2, error, 2.1)) is error


def test_never_reconnecting_means_exit_5_also_for_a_refusal_of_what_has_worked() -> None:
    assert isinstance(failure(connected(Strategy.NEVER).lost(1, REDIRECTED, 2.0)), NoConnectionError)
    made = supervisor(Strategy.NEVER)
    made.tick(0.0)
    assert failure(made.lost(1, REDIRECTED, 0.1)) is REDIRECTED


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 48.0), (1.0, 72.0)])
def test_credits_are_waited_for_about_a_minute_also_at_the_start(chance: float, wait_s: float) -> None:
    made = supervisor(chance=chance)
    made.tick(0.0)
    now = 0.0
    for number in range(1, 4):
        (retry,) = made.lost(number, NO_CREDITS, now)
        assert isinstance(retry, Retry)
        assert retry.wait_s == pytest.approx(wait_s)
        now += retry.wait_s
        assert made.tick(now) == [Open(number + 1)]


def test_the_server_may_ask_for_more_patience_about_credits() -> None:
    made = supervisor()
    made.tick(0.0)
    assert made.lost(1, CreditsUsedUpError("quota", retry_after_s=3600.0), 0.0) == [Retry(3600.0)]


@pytest.mark.parametrize("closes_after_s", [0.0, 4.0, 9.0])
def test_a_server_that_closes_instead_of_an_answer_to_the_hello_is_given_up(closes_after_s: float) -> None:
    made = connected()
    assert made.lost(1, LOST, 2.0) == [Retry(0.0)]
    now = 2.0
    while True:
        actions = made.tick(now)
        if actions and isinstance(actions[-1], Fail):
            break
        for action in actions:
            assert isinstance(action, Open)
            made.opened(action.number, now)
            made.heard(action.number, now + closes_after_s, values=False)
            made.lost(action.number, CLOSED, now + closes_after_s)
        now = max(now + closes_after_s, made.next_due_s())
    assert now < 302.0 + 10.0
    assert "1008" in str(failure(actions))


@pytest.mark.parametrize("pings", [False, True])
def test_a_server_that_takes_the_hello_and_says_nothing_is_given_up(*, pings: bool) -> None:
    made = supervisor()
    now = 0.0
    while now < 1000.0:
        actions = made.tick(now)
        if actions and isinstance(actions[-1], Fail):
            break
        for action in actions:
            if isinstance(action, Open):
                made.opened(action.number, now)
                if pings:
                    made.heard(action.number, now + 0.1, values=False)
        now = made.next_due_s() + 0.001  # a loop is never there at the very moment
    assert 300.0 <= now < 320.0


def test_heartbeats_keep_patience_fresh() -> None:
    made = supervisor(chance=0.0, give_up_after_s=30.0)
    for number in range(1, 10):
        now = number * 29.0
        assert made.tick(now) == [Open(number)]
        made.opened(number, now)
        made.heard(number, now, values=False, heartbeats=True)
        assert isinstance(made.lost(number, CLOSED, now)[0], Retry)


def test_a_quiet_connection_that_pings_keep_open_counts_until_its_end() -> None:
    made = supervisor(stale_after_s=90.0)
    made.tick(0.0)
    made.opened(1, 0.0)
    for minute in range(1, 60):
        made.heard(1, minute * 60.0, values=False)
    assert made.lost(1, LOST, 3600.0) == [Retry(0.0)]
    assert made.tick(3600.0) == [Open(2)]
