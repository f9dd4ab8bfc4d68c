"""Backoff, silence, patience: hours by a fake clock, in milliseconds."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.errors import ConnectionLostError, CredentialsError, NoConnectionError, RefusedError
from coinapi_idx_cli.protocol.reconnect import Action, Policy, Supervisor, meaning_of

POLICY = Policy(stale_after_s=10.0, connect_timeout_s=10.0, give_up_after_s=300.0)
LOST = ConnectionLostError("connection refused")


def always(chance: float, policy: Policy = POLICY) -> Supervisor:
    return Supervisor(policy, lambda: chance, now=0.0)


def test_the_first_attempt_is_made_at_once() -> None:
    assert always(0.5).tick(0.0) is Action.OPEN


def test_waits_double_up_to_the_cap() -> None:
    supervisor = always(1.0, Policy(10.0, give_up_after_s=None))
    waits = [supervisor.lost(LOST, 0.0) for _ in range(10)]
    assert waits == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_waits_are_jittered_over_their_whole_length() -> None:
    supervisor = Supervisor(Policy(10.0, give_up_after_s=None), random.Random(1).random, 0.0)
    for _ in range(10):
        supervisor.lost(LOST, 0.0)
    waits = [supervisor.lost(LOST, 0.0) for _ in range(500)]
    assert min(waits) < 3.0
    assert max(waits) > 27.0
    assert 13.0 < sum(waits) / len(waits) < 17.0


def test_a_loss_after_values_is_followed_by_an_attempt_at_once() -> None:
    supervisor = always(1.0)
    for _ in range(5):
        supervisor.lost(LOST, 0.0)
    supervisor.opened(1.0)
    supervisor.heard(2.0, values=True)
    assert supervisor.lost(LOST, 3.0) == 0.0


def test_heartbeats_alone_do_not_start_the_backoff_afresh() -> None:
    supervisor = always(1.0)
    supervisor.lost(LOST, 0.0)
    supervisor.opened(0.0)
    supervisor.heard(1.0, values=False)
    assert supervisor.lost(LOST, 2.0) == 0.5


def test_retry_after_is_obeyed() -> None:
    supervisor = always(1.0)
    assert supervisor.lost(ConnectionLostError("busy", retry_after_s=42.0), 100.0) == 42.0
    assert supervisor.tick(141.9) is None
    assert supervisor.tick(142.0) is Action.OPEN


def test_any_frame_is_life_and_silence_is_death() -> None:
    supervisor = always(0.0)
    supervisor.tick(0.0)
    supervisor.opened(0.5)
    for second in range(1, 600):
        assert supervisor.tick(float(second)) is None
        supervisor.heard(float(second), values=False)
    assert supervisor.tick(608.9) is None
    assert supervisor.tick(609.0) is Action.DROP


def test_an_attempt_that_takes_too_long_is_dropped() -> None:
    supervisor = always(0.0)
    supervisor.tick(0.0)
    assert supervisor.tick(9.9) is None
    assert supervisor.tick(10.0) is Action.DROP


def test_patience_ends_after_its_time_without_a_frame_and_names_the_last_failure() -> None:
    supervisor = always(0.0)
    supervisor.lost(LOST, 0.0)
    supervisor.tick(299.9)
    with pytest.raises(NoConnectionError, match="no connection for 300 s, at last: connection refused"):
        supervisor.tick(300.0)


def test_accepting_without_a_word_does_not_count_as_a_connection() -> None:
    supervisor = always(0.0)
    for second in range(0, 300, 5):
        supervisor.tick(float(second))
        supervisor.opened(float(second))
        supervisor.lost(LOST, second + 4.0)
    with pytest.raises(NoConnectionError):
        supervisor.tick(300.0)


def test_never_giving_up() -> None:
    supervisor = always(1.0, Policy(10.0, give_up_after_s=None))
    supervisor.lost(LOST, 0.0)
    assert supervisor.tick(1e7) is Action.OPEN


def test_the_next_deadline_is_the_nearest_of_all() -> None:
    supervisor = always(1.0, Policy(10.0, connect_timeout_s=10.0, give_up_after_s=3.0))
    supervisor.tick(0.0)
    assert supervisor.next_due_s() == 3.0
    supervisor.opened(1.0)
    assert supervisor.next_due_s() == 11.0


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("Reached maximum allowed buffered messages for this connection.", ConnectionLostError),
        ("Invalid API key", CredentialsError),
        ("Quota exceeded for this key", CredentialsError),
        ("Forbidden - Your API key don't have privileges", CredentialsError),
        ("Unknown index id", RefusedError),
        ("Invalid hello message", RefusedError),
    ],
)
def test_what_the_servers_errors_mean(message: str, meaning: type[Exception]) -> None:
    assert type(meaning_of(message, "host:443")) is meaning
