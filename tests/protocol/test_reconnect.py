"""Backoff, silence, patience, notices and handovers: hours by a fake clock, in milliseconds."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.errors import ConnectionLostError, CredentialsError, NoConnectionError, RefusedError
from coinapi_idx_cli.protocol.backoff import Backoff
from coinapi_idx_cli.protocol.reconnect import Action, End, Fail, Open, Policy, Promote, Retry, Strategy, Supervisor
from coinapi_idx_cli.protocol.server_errors import meaning_of

LOST = ConnectionLostError("connection refused")
REFUSED = RefusedError("no")


def supervisor(
    strategy: Strategy = Strategy.HANDOVER,
    *,
    chance: float = 1.0,
    give_up_after_s: float | None = 300.0,
    stale_after_s: float = 10.0,
) -> Supervisor:
    return Supervisor(Policy(stale_after_s, 10.0, give_up_after_s, strategy), lambda: chance, now=0.0)


def connected(strategy: Strategy = Strategy.HANDOVER, *, stale_after_s: float = 10.0) -> Supervisor:
    """With connection 1 open and delivering at second 1."""
    made = supervisor(strategy, stale_after_s=stale_after_s)
    assert made.tick(0.0) == [Open(1)]
    made.opened(1, 0.5)
    made.heard(1, 1.0, values=True)
    return made


def handing_over(*, stale_after_s: float = 10.0) -> Supervisor:
    """Connection 1 has ten seconds from second 2 on; connection 2 is open beside it at second 3.5."""
    made = connected(stale_after_s=stale_after_s)
    assert made.noticed(1, 10.0, 2.0) == []
    assert made.tick(3.0) == [Open(2)]
    made.opened(2, 3.5)
    return made


def failure(actions: list[Action]) -> Exception:
    """The error with which the last of the actions ends the run."""
    assert isinstance(actions[-1], Fail), actions
    return actions[-1].error


def ended(actions: list[Action]) -> list[Action | int]:
    """With the number instead of the `End`, whose error is text."""
    return [action.number if isinstance(action, End) else action for action in actions]


# -- one connection ----------------------------------------------------------------------------------------------------


def test_the_first_attempt_is_made_at_once() -> None:
    assert supervisor().tick(0.0) == [Open(1)]


def test_ten_refused_attempts_wait_growing_capped_times() -> None:
    """With the chance at its most; the first new attempt is made at once."""
    made = supervisor(give_up_after_s=None)
    now, waits = 0.0, []
    for number in range(1, 11):
        assert made.tick(now) == [Open(number)]
        (retry,) = made.lost(number, LOST, now)
        assert isinstance(retry, Retry)
        waits.append(retry.wait_s)
        assert retry.wait_s == 0 or made.tick(now + retry.wait_s - 0.001) == []
        now += retry.wait_s
    assert waits == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_waits_are_jittered_over_their_whole_length() -> None:
    backoff = Backoff(random.Random(1).random)
    waits = [backoff.fail() for _ in range(500)][10:]
    assert min(waits) < 3.0
    assert max(waits) > 27.0
    assert 13.0 < sum(waits) / len(waits) < 17.0


def test_a_loss_after_values_is_followed_by_an_attempt_at_once() -> None:
    made = supervisor()
    made.tick(0.0)
    made.lost(1, LOST, 0.0)
    made.tick(0.0)
    assert made.lost(2, LOST, 0.0) == [Retry(0.5)]
    made.tick(0.5)
    made.opened(3, 1.0)
    made.heard(3, 2.0, values=True)
    assert made.lost(3, LOST, 3.0) == [Retry(0.0)]


def test_heartbeats_alone_do_not_start_the_backoff_afresh() -> None:
    made = supervisor()
    made.tick(0.0)
    made.lost(1, LOST, 0.0)
    made.tick(0.0)
    made.opened(2, 0.0)
    made.heard(2, 1.0, values=False)
    assert made.lost(2, LOST, 2.0) == [Retry(0.5)]


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
    assert ended(made.tick(10.0)) == [1, Retry(0.0), Open(2)]


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
    assert made.noticed(1, 5.0, 2.0) == []
    made.heard(1, 2.0, values=True)
    made.opened(1, 2.0)
    assert made.current is None


# -- the four ways to take a notice ------------------------------------------------------------------------------------


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
    assert made.lost(2, LOST, 13.0) == [Retry(0.0)]


def test_a_repeated_notice_opens_no_third_connection() -> None:
    made = handing_over()
    assert made.noticed(1, 5.0, 4.0) == []
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
    assert made.lost(2, LOST, 4.0) == []
    assert made.tick(4.0) == [Open(3)]
    assert made.lost(3, LOST, 4.1) == []
    assert made.tick(4.5) == []
    assert made.tick(4.6) == [Open(4)]
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
    assert made.lost(2, LOST, 3.5) == [Retry(0.0)]


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


def test_a_refusal_of_the_next_one_is_final_only_when_it_is_refused_alone_too() -> None:
    """A key may be good for one connection at a time."""
    made = connected()
    made.noticed(1, 10.0, 2.0)
    made.tick(3.0)
    assert made.lost(2, REFUSED, 3.1) == []
    now = made.next_due_s()
    assert made.tick(now) == [Open(3)]
    assert made.lost(3, REFUSED, now) == []
    assert made.lost(1, LOST, 12.0) == [Retry(0.0)]
    assert made.tick(12.0) == [Open(4)]
    assert failure(made.lost(4, REFUSED, 12.1)) is REFUSED


def test_patience_counts_from_the_loss_and_not_from_the_last_frame() -> None:
    made = connected(stale_after_s=60.0)
    made.policy = Policy(60.0, 10.0, give_up_after_s=30.0)
    assert ended(made.tick(61.0)) == [1, Retry(0.0), Open(2)]
    assert made.tick(70.9) == []
    assert isinstance(failure(made.tick(91.0)), NoConnectionError)


def test_what_the_server_told_the_second_connection_to_wait_holds_for_all() -> None:
    made = connected()
    made.noticed(1, 10.0, 2.0)
    made.tick(3.0)
    made.lost(2, ConnectionLostError("busy", retry_after_s=60.0), 3.0)
    assert made.lost(1, LOST, 12.0) == [Retry(51.0)]


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
