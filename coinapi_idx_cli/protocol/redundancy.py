"""Two connections at all times: (event, now) -> actions. Pure; `now` is seconds of the monotonic clock.

Each of the two sides is looked after by a `Supervisor`, so that a notice on either opens its successor at once. What
concerns both is here: a side that cannot be had ends nothing while the other one delivers, and a side that brings no
value while the other one does is replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.protocol.actions import Action, Fail, Open, Retry
from coinapi_idx_cli.protocol.backoff import Pace
from coinapi_idx_cli.protocol.link import NEVER_S, Link, LinkPhase
from coinapi_idx_cli.protocol.overtake import OVERTAKES_AFTER_S, Overtake
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.reconnect import Supervisor

MOST_REFUSALS = 3  # then the server is asked for a second connection now and then only
NOW_AND_THEN_S = 300.0  # give or take a fifth
ONE_BY_ONE_S = 1.0  # the second begins to connect when the first is open, or has taken this long
PUSHED_OUT_S = 0.25  # a connection that ends so soon after another one was opened may have ended because of that
MOST_PUSHED_OUT = 5  # one after the other: then the server keeps only the latest
FROZEN = f"it brought no value for {OVERTAKES_AFTER_S:g} s, while the other connection did"


class _Side:
    """One of the two."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.overtake = Overtake()
        self.refusals = 0  # one after the other

    @property
    def link(self) -> Link | None:
        return self.supervisor.current

    @property
    def is_open(self) -> bool:
        return self.link is not None and self.link.phase is LinkPhase.OPEN

    def has(self, number: int) -> bool:
        return any(link is not None and link.number == number for link in (self.link, self.supervisor.next))

    def numbers(self) -> tuple[int, ...]:
        return tuple(link.number for link in (self.link, self.supervisor.next) if link is not None)


class Redundancy:
    """Decides when connections are opened, ended and replaced, so that there are always two of them.

    It is asked and told the same as a `Supervisor`.
    """

    def __init__(self, policy: Policy, random: Callable[[], float], now: float, server: str = "the server") -> None:
        self.policy = policy
        self._random = random
        self._pushed_out = 0
        pace, numbers = Pace(), count(1)
        self._sides = [_Side(Supervisor(policy, random, now, server, pace=pace, numbers=numbers)) for _ in range(2)]

    # -- what happened -------------------------------------------------------------------------------------------------

    def opened(self, number: int, now: float, *, is_only_one: bool = False) -> None:
        """`is_only_one`: the server said that it grants this key no second connection."""
        side, other = self._side_and_other(number)
        side.supervisor.opened(number, now, is_only_one=is_only_one)
        side.overtake.reset()
        if is_only_one and not other.numbers():
            self._ask_later(other, now)

    def heard(self, number: int, now: float, *, values: bool, heartbeats: bool = False) -> None:
        """Any frame is life; what shows that all is well is a value or a heartbeat."""
        side, other = self._side_and_other(number)
        if not side.has(number):
            return
        side.supervisor.heard(number, now, values=values, heartbeats=heartbeats)
        if not values and not heartbeats:
            return
        side.refusals = 0
        other.supervisor.covered(now if side.is_open else None)
        if values:
            side.overtake.reset()
            if other.is_open:
                other.overtake.second_brought(now)

    def excuse(self, number: int, now: float) -> None:
        """It was not read, as the output held us up: its silence and its overtime do not count."""
        side, _ = self._side_and_other(number)
        side.supervisor.excuse(number, now)
        for each in self._sides:
            each.overtake.reset()

    def noticed(self, number: int, within_s: float, now: float) -> list[Action] | None:
        """That connection's server goes away; None if that is not news."""
        side, _ = self._side_and_other(number)
        actions = side.supervisor.noticed(number, within_s, now)
        return None if actions is None else self._without_failures(side, actions, now)

    def lost(self, number: int, error: IdxstreamError, now: float) -> list[Action]:
        """A connection, or an attempt at one, ended."""
        side, other = self._side_and_other(number)
        if not side.has(number):
            return []
        self._note_end(side, other, number, now)
        if not other.is_open:
            side.supervisor.covered(None)
        actions = side.supervisor.lost(number, error, now)
        side.overtake.reset()
        other.overtake.reset()
        if other.is_open and not side.numbers():
            side.refusals += error.is_refusal
            if self.is_alone:
                self._ask_later(side, now)
        if not side.is_open:
            other.supervisor.covered(None)
        return self._without_failures(side, actions, now)

    def tick(self, now: float) -> list[Action]:
        """What is due."""
        actions: list[Action] = []
        for side in self._sides:
            if now >= self._next_due_s(side):
                actions += self._without_failures(side, side.supervisor.tick(now), now)
            if side.link is not None and now >= self._frozen_s(side):
                side.overtake.reset()
                actions += self.end(side.link.number, FROZEN, now)
        return actions

    def end(self, number: int, why: str, now: float) -> list[Action]:
        """That connection is of no use any more, though it lives."""
        side, _ = self._side_and_other(number)
        return self._without_failures(side, side.supervisor.end(number, why, now), now)

    # -- what is asked -------------------------------------------------------------------------------------------------

    @property
    def is_alone(self) -> bool:
        """The server is asked for a second connection now and then only."""
        return self._pushed_out >= MOST_PUSHED_OUT or any(side.refusals >= MOST_REFUSALS for side in self._sides)

    def has_spoken(self, number: int) -> bool:
        """Whether a value or a heartbeat came on that connection."""
        return any(side.supervisor.has_spoken(number) for side in self._sides)

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        return min(min(self._next_due_s(side), self._frozen_s(side)) for side in self._sides)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _side_and_other(self, number: int) -> tuple[_Side, _Side]:
        first, second = self._sides
        return (second, first) if second.has(number) else (first, second)

    def _other(self, side: _Side) -> _Side:
        return self._sides[1 - self._sides.index(side)]

    def _next_due_s(self, side: _Side) -> float:
        due_s, other = side.supervisor.next_due_s(), self._other(side).link
        if side.link is None and other is not None and other.phase is LinkPhase.OPENING:
            return max(due_s, other.began_s + ONE_BY_ONE_S)
        return due_s

    def _frozen_s(self, side: _Side) -> float:
        """When it is ended, as only the other one brings values."""
        return side.overtake.due_s() if side.is_open and self._other(side).is_open else NEVER_S

    def _without_failures(self, side: _Side, actions: list[Action], now: float) -> list[Action]:
        """While the other side lives, nothing of this one ends the run, and the run does not wait for it.

        Each `Open` gets to know whose addresses are taken.
        """
        other = self._other(side)
        wanted: list[Action] = []
        for action in actions:
            match action:
                case Fail() if other.is_open:
                    self._ask_later(side, now)
                case Retry() if other.numbers():
                    pass
                case Open(number, is_second):
                    wanted.append(Open(number, is_second, other.numbers()))
                case _:
                    wanted.append(action)
        return wanted

    def _ask_later(self, side: _Side, now: float) -> None:
        side.supervisor.postpone(now + NOW_AND_THEN_S * (0.8 + 0.4 * self._random()))

    def _note_end(self, side: _Side, other: _Side, number: int, now: float) -> None:
        """Some servers end the connection before when a second one is opened."""
        link = side.link
        if link is None or link.number != number or other.link is None or not other.is_open:
            return
        is_pushed_out = link.began_s < other.link.began_s and now - other.link.opened_s < PUSHED_OUT_S
        self._pushed_out = self._pushed_out + 1 if is_pushed_out and link.goes_away_s == NEVER_S else 0
