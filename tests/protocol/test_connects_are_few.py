"""However a server fails, it is connected to once a second at most; minutes of each failure by a fake clock."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.protocol.actions import Action, End, Open, Promote, Retry
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.reconnect import Supervisor

MINUTES_S = 300.0
A_MOMENT_S = 0.01
MOST_IN_TEN_SECONDS = 10
CLOSED = ConnectionLostError("the server closed the connection: 1001", close_code=1001)


class World:
    """A server that does the same to each connection, a moment after it was opened; and the clock."""

    def __init__(self, happens: Callable[[World, int], None], strategy: Strategy, seed: int) -> None:
        self.now = 0.0
        self.supervisor = Supervisor(Policy(10.0, 10.0, None, strategy), random.Random(seed).random, 0.0)
        self.connects_s: list[float] = []
        self._happens = happens
        self._later: list[tuple[float, int]] = []

    def run(self) -> None:
        while self.now < MINUTES_S:
            self.do(self.supervisor.tick(self.now))
            due_s = min([self.supervisor.next_due_s(), *(due for due, _ in self._later)])
            self.now = max(due_s, self.now)
            for due, number in [each for each in self._later if each[0] <= self.now]:
                self._later.remove((due, number))
                self._happens(self, number)

    def again(self, number: int, in_s: float) -> None:
        self._later.append((self.now + in_s, number))

    def do(self, actions: list[Action] | None) -> None:
        for action in actions or []:
            match action:
                case Open(number):
                    self.connects_s.append(self.now)
                    self._later.append((self.now + A_MOMENT_S, number))
                case End() | Promote() | Retry():
                    pass
                case _:
                    raise AssertionError(action)

    def snapshot(self, number: int) -> None:
        self.supervisor.opened(number, self.now)
        self.supervisor.heard(number, self.now, values=True)

    def most_in_ten_seconds(self) -> int:
        return max(sum(start <= time < start + 10.0 for time in self.connects_s) for start in self.connects_s)


def refuses(world: World, number: int) -> None:
    world.do(world.supervisor.lost(number, ConnectionLostError("connection refused"), world.now))


def ends_after_a_snapshot(world: World, number: int) -> None:
    """Close frame, protocol error, FIN, RST, the error about the full buffer: to the supervisor they are one."""
    world.snapshot(number)
    world.do(world.supervisor.lost(number, CLOSED, world.now))


def ends_after_two_seconds_of_values(world: World, number: int) -> None:
    world.snapshot(number)
    if number == 1 or world.now - world.connects_s[-1] < 2.0:
        world.again(number, 0.5)
    if world.now - world.connects_s[-1] >= 2.0:
        world.do(world.supervisor.lost(number, CLOSED, world.now))


def closes_after_the_hello(world: World, number: int) -> None:
    world.supervisor.opened(number, world.now)
    world.do(world.supervisor.lost(number, CLOSED, world.now))


def gives_notice(within_s: float, *, closes: bool) -> Callable[[World, int], None]:
    def happens(world: World, number: int) -> None:
        world.snapshot(number)
        world.do(world.supervisor.noticed(number, within_s, world.now))
        if closes and number > 1:  # when the next one is there
            world.do(world.supervisor.lost(number - 1, CLOSED, world.now))

    return happens


def gives_notice_and_closes_at_once(world: World, number: int) -> None:
    world.snapshot(number)
    world.do(world.supervisor.noticed(number, 0.0, world.now))
    world.do(world.supervisor.lost(number, CLOSED, world.now))


def kills_each_second_connection(world: World, number: int) -> None:
    """The first one lives, and repeats with other words that it goes away."""
    world.snapshot(number)
    if number == 1:
        world.do(world.supervisor.noticed(1, random.Random(int(world.now * 10)).uniform(0, 600), world.now))
        world.again(1, 0.1)
    else:
        world.do(world.supervisor.lost(number, CLOSED, world.now))


@pytest.mark.parametrize("strategy", [Strategy.HANDOVER, Strategy.IMMEDIATE, Strategy.WAIT])
@pytest.mark.parametrize(
    "happens",
    [
        refuses,
        ends_after_a_snapshot,
        ends_after_two_seconds_of_values,
        closes_after_the_hello,
        gives_notice(0.0, closes=True),
        gives_notice(0.0, closes=False),
        gives_notice(0.5, closes=True),
        gives_notice(2.0, closes=True),
        gives_notice(10.0, closes=True),
        gives_notice_and_closes_at_once,
        kills_each_second_connection,
    ],
)
def test_no_failure_makes_more_than_one_connect_a_second(
    happens: Callable[[World, int], None], strategy: Strategy
) -> None:
    world = World(happens, strategy, seed=1)
    world.run()
    assert world.connects_s
    assert world.most_in_ten_seconds() <= MOST_IN_TEN_SECONDS


def test_handovers_in_quick_succession_are_held_to_the_pace_when_nothing_else_holds_them() -> None:
    """Notices of two seconds leave at most one second to be cautious in, and chance may make it nothing."""
    world = World(gives_notice(2.0, closes=True), Strategy.HANDOVER, seed=1)
    world.supervisor = Supervisor(Policy(10.0, 10.0, None, Strategy.HANDOVER), lambda: 0.0, 0.0)
    world.run()
    assert world.most_in_ten_seconds() == MOST_IN_TEN_SECONDS
    assert len(world.connects_s) <= MINUTES_S + MOST_IN_TEN_SECONDS


@pytest.mark.parametrize("happens", [refuses, ends_after_a_snapshot, closes_after_the_hello])
def test_a_server_that_fails_for_long_is_asked_every_thirty_seconds_at_most(
    happens: Callable[[World, int], None],
) -> None:
    world = World(happens, Strategy.HANDOVER, seed=2)
    world.supervisor = Supervisor(Policy(10.0, 10.0, None, Strategy.HANDOVER), lambda: 1.0, 0.0)
    world.run()
    assert len(world.connects_s) <= 16
