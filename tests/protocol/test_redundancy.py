"""Two connections at all times: when they are opened, ended and replaced."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from coinapi_idx_cli.errors import ConnectionLostError, CredentialsError, IdxstreamError, RefusedError
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open, Promote, Retry
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.redundancy import MOST_REFUSALS, NOW_AND_THEN_S, Redundancy

LOST = ConnectionLostError("it was cut")
REFUSED = RefusedError("too many connections")


def new(*, give_up_after_s: float | None = 300.0) -> Redundancy:
    return Redundancy(Policy(10.0, 10.0, give_up_after_s), lambda: 0.5, 0.0)


def both_open() -> Redundancy:
    """Connections 1 and 2, both delivering at second 20."""
    two = new()
    assert two.tick(0.0) == [Open(1)]
    two.opened(1, 0.1)
    assert two.tick(0.1) == [Open(2, beside=(1,))]
    two.opened(2, 0.2)
    deliver(two, (1, 2), until_s=20.0)
    return two


def deliver(two: Redundancy, numbers: tuple[int, ...], *, until_s: float, from_s: float = 0.5) -> None:
    now = from_s
    while now <= until_s:
        for number in numbers:
            two.heard(number, now, values=True)
        assert now > two.next_due_s() or two.tick(now) == []
        now += 0.5


def opens(actions: list[Action]) -> list[int]:
    return [action.number for action in actions if isinstance(action, Open)]


def test_the_second_is_opened_when_the_first_is_open_or_takes_long() -> None:
    two = new()
    assert two.tick(0.0) == [Open(1)]
    assert two.tick(0.5) == []
    assert two.next_due_s() == 1.0
    assert two.tick(1.0) == [Open(2, beside=(1,))]


def test_one_that_ends_is_replaced_at_once_and_the_run_does_not_wait() -> None:
    two = both_open()
    assert two.lost(1, LOST, 20.0) == []
    assert two.tick(20.0) == [Open(3, beside=(2,))]
    two.opened(3, 20.1)
    two.heard(3, 20.2, values=True)
    assert two.lost(2, LOST, 22.0) == []
    assert two.tick(22.0) == [Open(4, beside=(3,))]


def test_only_the_end_of_both_is_waited_for() -> None:
    two = both_open()
    assert two.lost(1, LOST, 20.0) == []
    assert two.tick(20.0) == [Open(3, beside=(2,))]
    assert two.lost(2, LOST, 20.0) == []  # the next one is under way
    (retry,) = two.lost(3, LOST, 20.1)
    assert isinstance(retry, Retry)


def test_a_notice_on_both_opens_a_successor_of_each() -> None:
    two = both_open()
    assert two.noticed(1, 10.0, 20.0) == []
    assert two.noticed(2, 10.0, 20.0) == []
    assert opens(two.tick(21.0)) == [3, 4]
    for number in (3, 4):
        two.opened(number, 21.1)
        two.heard(number, 21.2, values=True)
    assert two.lost(1, LOST, 30.0) == [Promote(3, seamless=True)]
    assert two.lost(2, LOST, 30.0) == [Promote(4, seamless=True)]
    assert two.tick(30.0) == []


def test_a_second_one_that_is_refused_ends_nothing_and_is_asked_for_now_and_then() -> None:
    two = new()
    two.tick(0.0)
    two.opened(1, 0.1)
    begun_s = []
    now = 0.1
    while now < 2000:
        two.heard(1, now, values=True)
        for number in opens(two.tick(now)):
            begun_s.append(now)
            assert two.lost(number, REFUSED, now) == []
        now += 1.0
    waits_s = [later - earlier for earlier, later in pairwise(begun_s)]
    assert all(wait_s > 0.7 * NOW_AND_THEN_S for wait_s in waits_s[MOST_REFUSALS - 1 :])
    assert len(begun_s) >= MOST_REFUSALS + 4


def test_a_server_that_keeps_the_latest_only_is_not_asked_again_and_again() -> None:
    """Each connection that is opened ends the one before."""
    two = new()
    now, lives, made = 0.0, 0, 0
    while now < 600:
        for number in opens(two.tick(now)):
            made += 1
            two.opened(number, now)
            if lives:
                two.heard(lives, now + 0.1, values=True)
                two.lost(lives, LOST, now + 0.1)
            lives = number
        two.heard(lives, now, values=True)
        now += 0.5
    assert made < 20
    assert two.is_alone


@pytest.mark.parametrize("error", [CredentialsError("wrong key"), RefusedError("no such place")])
def test_what_is_refused_at_the_start_ends_the_run(error: IdxstreamError) -> None:
    two = new()
    two.tick(0.0)
    (fail,) = two.lost(1, error, 0.2)
    assert fail == Fail(error)


def test_a_side_without_a_connection_does_not_run_out_of_patience_while_the_other_delivers() -> None:
    two = both_open()
    now = 20.0
    two.lost(2, LOST, now)
    while now < 2000:
        two.heard(1, now, values=True)
        for action in two.tick(now):
            assert isinstance(action, Open)
            assert two.lost(action.number, LOST, now) == []
        assert two.next_due_s() > now
        now += 1.0
    two.lost(1, LOST, now)
    failures: list[Action] = []
    while not failures:
        now += 1.0
        for action in two.tick(now):
            if isinstance(action, Open):
                two.lost(action.number, LOST, now)
            else:
                failures.append(action)
        assert now < 2400
    assert isinstance(failures[0], Fail)
    assert now > 2290


def test_one_that_brings_no_value_while_the_other_does_is_replaced() -> None:
    two = both_open()
    now, actions = 20.0, list[Action]()
    while not actions:
        now += 0.5
        two.heard(1, now, values=False, heartbeats=True)
        two.heard(2, now, values=True)
        actions = two.tick(now)
        assert now < 30
    assert isinstance(actions[0], End)
    assert actions[0].number == 1
    assert 5 <= now - 20 <= 7
    assert opens(two.tick(now)) == [3]


def test_a_silence_that_is_ours_replaces_nobody() -> None:
    two = both_open()
    for second in range(21, 60):
        two.heard(2, second, values=True)
        two.excuse(1, second)
        assert two.tick(second) == []


@pytest.mark.parametrize("seed", range(20))
def test_never_more_than_ten_connects_in_ten_seconds(seed: int) -> None:
    chance = random.Random(seed)
    two = Redundancy(Policy(10.0, 10.0, None), chance.random, 0.0)
    now, begun_s, live = 0.0, [], set[int]()
    while now < 200:
        for action in two.tick(now):
            if isinstance(action, Open):
                begun_s.append(now)
                live.add(action.number)
        for number in sorted(live):
            event = chance.random()
            if event < 0.2:
                two.opened(number, now)
            elif event < 0.6:
                two.heard(number, now, values=True)
            elif event < 0.7:
                two.noticed(number, chance.choice((0.0, 1.0, 10.0)), now)
            elif event < 0.8:
                live.discard(number)
                two.lost(number, chance.choice((LOST, REFUSED)), now)
        now += 0.1
    assert len(begun_s) > 30
    assert all(eleventh - first >= 9.99 for first, eleventh in zip(begun_s, begun_s[10:], strict=False))


def test_a_server_that_says_that_it_grants_one_is_asked_for_a_second_now_and_then() -> None:
    two = new()
    two.tick(0.0)
    two.opened(1, 0.1, is_only_one=True)
    now = 0.1
    while now < 200:
        two.heard(1, now, values=False, heartbeats=True)
        assert two.tick(now) == []
        now += 1.0
    assert two.has_spoken(1)
    assert not two.has_spoken(2)


def test_a_key_that_is_refused_beside_a_connection_ends_nothing() -> None:
    two = new()
    two.tick(0.0)
    two.opened(1, 0.1)
    assert opens(two.tick(0.1)) == [2]
    assert two.lost(2, CredentialsError("wrong key"), 0.2) == []
    two.heard(1, 0.3, values=False)  # a ping
    assert two.tick(1.0) == []


def test_a_connection_that_is_not_known_changes_nothing() -> None:
    two = both_open()
    two.heard(9, 20.0, values=True)
    assert two.lost(9, LOST, 20.0) == []
    assert two.tick(20.0) == []
