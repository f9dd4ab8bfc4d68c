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
from tests.protocol.supervised import LOST, REFUSED, connected, ended, failure, supervisor


def test_the_first_attempt_is_made_at_once() -> None:
    assert supervisor().tick(0.0) == [Open(1)]


def test_ten_refused_attempts_wait_growing_capped_times() -> None:
    """With the chance at its most."""
    made = supervisor(give_up_after_s=None)
    now, waits = 0.0, []
    for number in range(1, 11):
        assert made.tick(now) == [Open(number)]
        (retry,) = made.lost(number, LOST, now)
        assert isinstance(retry, Retry)
        waits.append(retry.wait_s)
        assert made.tick(now + retry.wait_s - 0.001) == []
        now += retry.wait_s
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]


def test_waits_are_jittered_over_their_whole_length() -> None:
    backoff = Backoff(random.Random(1).random)
    waits = [backoff.fail() for _ in range(500)][10:]
    assert min(waits) < 3.0
    assert max(waits) > 27.0
    assert 13.0 < sum(waits) / len(waits) < 17.0


def test_a_loss_is_followed_by_an_attempt_at_once_if_the_last_one_is_ten_seconds_ago() -> None:
    made = connected()
    assert made.lost(1, LOST, 2.0) == [Retry(0.0)]
    assert made.tick(2.0) == [Open(2)]
    made.opened(2, 2.1)
    made.heard(2, 2.2, values=True)
    assert made.lost(2, LOST, 12.0) == [Retry(0.5)]


def second_wait_s(*, values_until_s: float, every_s: float = 1.0) -> float:
    """How long the wait is after a loss behind an hour of fruitless attempts and one connection that brought values."""
    made = supervisor(give_up_after_s=None)
    now = 0.0
    for number in range(1, 10):
        made.tick(now)
        (retry,) = made.lost(number, LOST, now)
        assert isinstance(retry, Retry)
        now += retry.wait_s
    assert made.tick(now) == [Open(10)]
    made.opened(10, now)
    brought_s = 0.0
    while brought_s <= values_until_s:
        made.heard(10, now + brought_s, values=True)
        brought_s += every_s
    made.lost(10, LOST, now + brought_s)
    now += brought_s + 100.0
    made.tick(now)
    (retry,) = made.lost(11, LOST, now)
    assert isinstance(retry, Retry)
    return retry.wait_s


def test_the_backoff_starts_afresh_only_after_thirty_seconds_with_values() -> None:
    assert second_wait_s(values_until_s=0.0) == 30.0
    assert second_wait_s(values_until_s=29.0) == 30.0
    assert second_wait_s(values_until_s=30.0) == 0.5


def test_heartbeats_alone_do_not_start_the_backoff_afresh() -> None:
    made = supervisor()
    made.tick(0.0)
    made.lost(1, LOST, 0.0)
    made.tick(0.5)
    made.opened(2, 0.5)
    for second in range(1, 60):
        made.heard(2, float(second), values=False, heartbeats=True)
    assert made.lost(2, LOST, 60.0) == [Retry(0.0)]
    made.tick(60.0)
    assert made.lost(3, LOST, 60.0) == [Retry(1.0)]


def test_retry_after_is_obeyed() -> None:
    made = connected()
    assert made.lost(1, ConnectionLostError("busy", retry_after_s=42.0), 100.0) == [Retry(42.0)]
    assert made.tick(141.9) == []
    assert made.tick(142.0) == [Open(2)]


def test_any_frame_is_life_and_silence_is_death() -> None:
    made = connected()
    for second in range(1, 600):
        assert made.tick(float(second)) == []
        made.heard(1, float(second), values=False)
    assert made.tick(608.9) == []
    assert ended(made.tick(609.0)) == [1, Retry(0.0), Open(2)]


def test_an_attempt_that_takes_too_long_is_ended() -> None:
    made = supervisor()
    made.tick(0.0)
    assert made.tick(9.9) == []
    assert ended(made.tick(10.0)) == [1, Retry(0.5)]
    assert made.tick(10.5) == [Open(2)]


def test_patience_ends_after_its_time_without_a_frame_and_names_the_last_failure() -> None:
    made = supervisor()
    made.tick(0.0)
    made.lost(1, LOST, 0.0)
    made.tick(299.9)
    error = failure(made.tick(300.0))
    assert isinstance(error, NoConnectionError)
    assert error.what == "no connection for 300 s; the last error: connection refused"


def test_accepting_without_a_word_does_not_count_as_a_connection() -> None:
    made = supervisor(chance=0.0)
    for number in range(1, 30):
        now = number * 10.0
        made.tick(now)
        made.opened(number, now)
        made.lost(number, LOST, now + 4.0)
    assert isinstance(failure(made.tick(300.0)), NoConnectionError)


def test_never_giving_up() -> None:
    made = supervisor(give_up_after_s=None)
    made.tick(0.0)
    made.lost(1, LOST, 0.0)
    assert made.tick(1e7) == [Open(2)]


def test_the_next_deadline_is_the_nearest_of_all() -> None:
    made = supervisor(give_up_after_s=3.0)
    made.tick(0.0)
    assert made.next_due_s() == 3.0
    made.opened(1, 1.0)
    assert made.next_due_s() == 11.0


def test_a_refusal_ends_the_run() -> None:
    made = supervisor()
    made.tick(0.0)
    assert failure(made.lost(1, REFUSED, 1.0)) is REFUSED


def test_what_is_said_of_connections_that_are_gone_is_not_heard() -> None:
    made = connected()
    made.lost(1, LOST, 2.0)
    assert made.lost(1, LOST, 2.0) == []
    assert made.noticed(1, 5.0, 2.0) is None
    made.heard(1, 2.0, values=True)
    made.opened(1, 2.0)
    made.excuse(1, 2.0)
    assert made.current is None
    assert not made.has_spoken(1)


@pytest.mark.parametrize(
    ("values", "heartbeats", "has_spoken"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_value_or_a_heartbeat_shows_that_the_hello_was_understood(
    values: bool, heartbeats: bool, has_spoken: bool
) -> None:
    made = supervisor()
    made.tick(0.0)
    made.opened(1, 1.0)
    assert not made.has_spoken(1)
    made.heard(1, 2.0, values=values, heartbeats=heartbeats)
    assert made.has_spoken(1) == has_spoken


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
