"""Staying connected with one connection: backoff, silence, patience; hours by a fake clock, in milliseconds."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    NoConnectionError,
    RefusedError,
)
from coinapi_idx_cli.protocol.actions import Open, Retry
from coinapi_idx_cli.protocol.backoff import Backoff
from coinapi_idx_cli.protocol.server_errors import meaning_of
from tests.protocol.supervised import LOST, REFUSED, connected, ended, failure, new_supervisor


def test_the_first_attempt_is_made_at_once() -> None:
    assert new_supervisor().tick(0.0) == [Open(1)]


def test_ten_refused_attempts_wait_growing_capped_times() -> None:
    """With the chance at its most."""
    supervisor = new_supervisor(give_up_after_s=None)
    now, waits = 0.0, []
    for number in range(1, 11):
        assert supervisor.tick(now) == [Open(number)]
        (retry,) = supervisor.lost(number, LOST, now=now)
        assert isinstance(retry, Retry)
        waits.append(retry.wait_s)
        assert supervisor.tick(now + retry.wait_s - 0.001) == []
        now += retry.wait_s
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]


def test_waits_are_jittered_over_their_whole_length() -> None:
    backoff = Backoff(random.Random(1).random)
    waits = [backoff.fail() for _ in range(500)][10:]
    assert min(waits) < 3.0
    assert max(waits) > 27.0
    assert 13.0 < sum(waits) / len(waits) < 17.0


def test_a_loss_is_followed_by_an_attempt_at_once_if_the_last_one_is_ten_seconds_ago() -> None:
    supervisor = connected()
    assert supervisor.lost(1, LOST, now=2.0) == [Retry(0.0)]
    assert supervisor.tick(2.0) == [Open(2)]
    supervisor.opened(2, now=2.1)
    supervisor.heard(2, now=2.2, values=True)
    assert supervisor.lost(2, LOST, now=12.0) == [Retry(0.5)]


def second_wait_s(*, values_until_s: float, every_s: float = 1.0) -> float:
    """How long the wait is after a loss behind an hour of fruitless attempts and one connection that brought values."""
    supervisor = new_supervisor(give_up_after_s=None)
    now = 0.0
    for number in range(1, 10):
        supervisor.tick(now)
        (retry,) = supervisor.lost(number, LOST, now=now)
        assert isinstance(retry, Retry)
        now += retry.wait_s
    assert supervisor.tick(now) == [Open(10)]
    supervisor.opened(10, now=now)
    brought_s = 0.0
    while brought_s <= values_until_s:
        supervisor.heard(10, now=now + brought_s, values=True)
        brought_s += every_s
    supervisor.lost(10, LOST, now=now + brought_s)
    now += brought_s + 100.0
    supervisor.tick(now)
    (retry,) = supervisor.lost(11, LOST, now=now)
    assert isinstance(retry, Retry)
    return retry.wait_s


def test_the_backoff_starts_afresh_only_after_thirty_seconds_with_values() -> None:
    assert second_wait_s(values_until_s=0.0) == 30.0
    assert second_wait_s(values_until_s=29.0) == 30.0
    assert second_wait_s(values_until_s=30.0) == 0.5


def test_heartbeats_alone_do_not_start_the_backoff_afresh() -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    supervisor.lost(1, LOST, now=0.0)
    supervisor.tick(0.5)
    supervisor.opened(2, now=0.5)
    for second in range(1, 60):
        supervisor.heard(2, float(second), values=False, heartbeats=True)
    assert supervisor.lost(2, LOST, now=60.0) == [Retry(0.0)]
    supervisor.tick(60.0)
    assert supervisor.lost(3, LOST, now=60.0) == [Retry(1.0)]


def test_retry_after_is_obeyed() -> None:
    supervisor = connected()
    assert supervisor.lost(1, ConnectionLostError("busy", retry_after_s=42.0), now=100.0) == [Retry(42.0)]
    assert supervisor.tick(141.9) == []
    assert supervisor.tick(142.0) == [Open(2)]


def test_any_frame_is_life_and_silence_is_death() -> None:
    supervisor = connected()
    for second in range(1, 600):
        assert supervisor.tick(float(second)) == []
        supervisor.heard(1, float(second), values=False)
    assert supervisor.tick(608.9) == []
    assert ended(supervisor.tick(609.0)) == [1, Retry(0.0), Open(2)]


def test_an_attempt_that_takes_too_long_is_ended() -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    assert supervisor.tick(9.9) == []
    assert ended(supervisor.tick(10.0)) == [1, Retry(0.5)]
    assert supervisor.tick(10.5) == [Open(2)]


def test_patience_ends_after_its_time_without_a_frame_and_names_the_last_failure() -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    supervisor.lost(1, LOST, now=0.0)
    supervisor.tick(299.9)
    error = failure(supervisor.tick(300.0))
    assert isinstance(error, NoConnectionError)
    assert error.what == "no connection for 300 s; the last error: connection refused"


def test_accepting_without_a_word_does_not_count_as_a_connection() -> None:
    supervisor = new_supervisor(chance=0.0)
    for number in range(1, 30):
        now = number * 10.0
        supervisor.tick(now)
        supervisor.opened(number, now=now)
        supervisor.lost(number, LOST, now=now + 4.0)
    assert isinstance(failure(supervisor.tick(300.0)), NoConnectionError)


def test_never_giving_up() -> None:
    supervisor = new_supervisor(give_up_after_s=None)
    supervisor.tick(0.0)
    supervisor.lost(1, LOST, now=0.0)
    assert supervisor.tick(1e7) == [Open(2)]


def test_the_next_deadline_is_the_nearest_of_all() -> None:
    supervisor = new_supervisor(give_up_after_s=3.0)
    supervisor.tick(0.0)
    assert supervisor.next_due_s() == 3.0
    supervisor.opened(1, now=1.0)
    assert supervisor.next_due_s() == 11.0


def test_a_refusal_ends_the_run() -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    assert failure(supervisor.lost(1, REFUSED, now=1.0)) is REFUSED


def test_what_is_said_of_connections_that_are_gone_is_not_heard() -> None:
    supervisor = connected()
    supervisor.lost(1, LOST, now=2.0)
    assert supervisor.lost(1, LOST, now=2.0) == []
    assert supervisor.noticed(1, within_s=5.0, now=2.0) is None
    supervisor.heard(1, now=2.0, values=True)
    supervisor.opened(1, now=2.0)
    supervisor.excuse(1, 2.0)
    assert supervisor.current is None
    assert not supervisor.has_spoken(1)


@pytest.mark.parametrize(
    ("values", "heartbeats", "has_spoken"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_value_or_a_heartbeat_shows_that_the_hello_was_understood(
    values: bool, heartbeats: bool, has_spoken: bool
) -> None:
    supervisor = new_supervisor()
    supervisor.tick(0.0)
    supervisor.opened(1, now=1.0)
    assert not supervisor.has_spoken(1)
    supervisor.heard(1, now=2.0, values=values, heartbeats=heartbeats)
    assert supervisor.has_spoken(1) == has_spoken


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("Reached maximum allowed buffered messages for this connection.", ConnectionLostError),
        ("Invalid API key", CredentialsError),
        ("Quota exceeded for this key", CreditsUsedUpError),
        ("Insufficient Usage Credits", CreditsUsedUpError),
        ("Reached maximum number of concurrent connections for this API key", ConnectionLostError),
        ("Forbidden - Your API key don't have privileges", CredentialsError),
        ("Unknown index id", RefusedError),
        ("Invalid hello message", RefusedError),
    ],
)
def test_what_the_servers_errors_mean(message: str, meaning: type[Exception]) -> None:
    assert type(meaning_of(message, "host:443")) is meaning
