"""Staying connected: (event, now) -> actions. Pure; `now` is seconds of the monotonic clock.

There is a current connection, whose values are written, and during a handover a next one beside it. The supervisor is
told what happens to each and answers with what to do; when nothing happens, `tick` at `next_due_s`.

A server's notice counts from its receipt: its `before_time` is another machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError
from coinapi_idx_cli.protocol.backoff import Backoff
from coinapi_idx_cli.protocol.strategy import Strategy

NEVER_S = float("inf")
OVERTIME_S = 5.0  # how long past its time the old connection may live when the next one is there
MOST_JITTER_S = 1.0
JITTER_OF_NOTICE = 0.25
TIME_FOR_BACKOFF_S = 2.0  # a notice of less leaves no time to be cautious in without being so all the time


class Policy(Struct, frozen=True):
    stale_after_s: float  # no frame for this long: the connection is dead
    connect_timeout_s: float = 10.0
    give_up_after_s: float | None = 300.0  # None: never
    strategy: Strategy = Strategy.HANDOVER


class Open(Struct, frozen=True):
    """Open a connection, to be known by this number."""

    number: int


class End(Struct, frozen=True):
    """Read what that connection brought still, and close it; the supervisor counts it as gone already."""

    number: int
    error: ConnectionLostError


class Promote(Struct, frozen=True):
    """The current connection is gone, and this one takes its place; `seamless` if it was open by then."""

    number: int
    seamless: bool


class Retry(Struct, frozen=True):
    """No connection is left; the next attempt is `wait_s` away."""

    wait_s: float


class Fail(Struct, frozen=True):
    """The run ends with this error."""

    error: IdxstreamError


Action = Open | End | Promote | Retry | Fail


class Phase(Enum):
    OPENING = auto()
    OPEN = auto()


class Link(Struct):
    """One connection as the supervisor sees it."""

    number: int
    due_s: float  # when it has taken too long to open, or has been silent for too long
    phase: Phase = Phase.OPENING
    has_spoken: bool = False
    has_brought_values: bool = False
    goes_away_s: float = NEVER_S  # by its server's notice


class Supervisor:
    """`server` is its name in error messages; `random` gives numbers from 0 to 1."""

    def __init__(self, policy: Policy, random: Callable[[], float], now: float, server: str = "the server") -> None:
        self.policy = policy
        self._server = server
        self.current: Link | None = None
        self.next: Link | None = None
        self._current_due_s = now  # when to open one, while there is none
        self._next_due_s = NEVER_S
        self._random = random
        self._backoff = Backoff(random)
        self._next_backoff = Backoff(random)
        self._made = 0
        self._silent_since = now
        self._not_before_s = now  # what the server asked for by Retry-After, also when it told the next connection
        self._last_error: IdxstreamError | None = None

    # -- what happened -------------------------------------------------------------------------------------------------

    def opened(self, number: int, now: float) -> None:
        link = self._link(number)
        if link is not None:
            link.phase = Phase.OPEN
            link.due_s = now + self.policy.stale_after_s

    def heard(self, number: int, now: float, *, values: bool) -> None:
        """Any frame is life; only values make the next backoff start afresh."""
        link = self._link(number)
        if link is None:
            return
        link.due_s = now + self.policy.stale_after_s
        link.has_spoken = True
        link.has_brought_values = link.has_brought_values or values
        self._silent_since = now
        if values and link is self.current:
            self._backoff.reset()
        if values and (link is self.next or not self._is_handing_over()):
            self._next_backoff.reset()

    def excuse(self, number: int, now: float) -> None:
        """It was not read, as the output held us up: its silence and its overtime do not count."""
        link = self._link(number)
        if link is not None:
            link.due_s = max(link.due_s, now + self.policy.stale_after_s)
            link.goes_away_s = max(link.goes_away_s, now)
            self._silent_since = now

    def noticed(self, number: int, within_s: float, now: float) -> list[Action]:
        """That connection's server goes away. On the next one the notice is kept until it is the current one."""
        link = self._link(number)
        if link is None:
            return []
        if link is self.current and self.policy.strategy is Strategy.IMMEDIATE:
            return self._end(link, ConnectionLostError(f"{self._server} asked for a new connection"), now)
        already_known = link.goes_away_s < NEVER_S
        link.goes_away_s = now + max(0.0, within_s)
        if link is self.current and not already_known:
            self._plan_next(link, now)
        return []

    def lost(self, number: int, error: IdxstreamError, now: float) -> list[Action]:
        """A connection, or an attempt at one, ended."""
        if isinstance(error, ConnectionLostError) and error.retry_after_s is not None:
            self._not_before_s = now + error.retry_after_s
        if self.next is not None and number == self.next.number:
            self.next = None
            self._next_due_s = max(now + self._next_backoff.fail(), self._not_before_s)
            return []
        if self.current is None or number != self.current.number:
            return []
        self._last_error = error
        if self.current.has_spoken and self.current.phase is Phase.OPEN:
            self._silent_since = now  # it was a connection until now
        self.current = None
        if self.next is not None and self.policy.strategy is not Strategy.NEVER:
            return self._promote(self.next, now)
        return self._lose_all(error, now)

    def tick(self, now: float) -> list[Action]:
        """What is due."""
        if self._is_out_of_patience(now):
            return [Fail(self._patience_error())]
        actions: list[Action] = []
        for link in (self.current, self.next):
            if link is not None and now >= link.due_s:
                actions += self._end(link, self._silence(link), now)
        if self._is_overtime(now) and self.current is not None:
            what = f"{self._server} did not close the connection at its time"
            actions += self._end(self.current, ConnectionLostError(what), now)
        if any(isinstance(action, Fail) for action in actions):
            return actions
        if self.current is None and now >= self._current_due_s:
            self.current = self._open(now)
            actions.append(Open(self.current.number))
        elif self.current is not None and self.next is None and now >= self._next_due_s:
            self._next_due_s = NEVER_S
            self.next = self._open(now)
            actions.append(Open(self.next.number))
        return actions

    # -- what is asked -------------------------------------------------------------------------------------------------

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        due = [link.due_s for link in (self.current, self.next) if link is not None]
        due.append(self._current_due_s if self.current is None else self._next_due_s)
        if self._may_end_current() and self.current is not None:
            due.append(self.current.goes_away_s + OVERTIME_S)
        if self.policy.give_up_after_s is not None and not self._is_connected():
            due.append(self._silent_since + self.policy.give_up_after_s)
        return min(due)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _link(self, number: int) -> Link | None:
        if self.current is not None and self.current.number == number:
            return self.current
        if self.next is not None and self.next.number == number:
            return self.next
        return None

    def _open(self, now: float) -> Link:
        self._made += 1
        return Link(self._made, due_s=now + self.policy.connect_timeout_s)

    def _is_connected(self) -> bool:
        return self.current is not None and self.current.phase is Phase.OPEN

    def _is_handing_over(self) -> bool:
        return self.next is not None or self._next_due_s < NEVER_S

    def _plan_next(self, current: Link, now: float) -> None:
        """A connection beside the current one, whose server goes away: soon, and later after fruitless attempts, but
        not so late that a server's time is over."""
        if self.policy.strategy is not Strategy.HANDOVER:
            return
        left_s = max(0.0, current.goes_away_s - now)
        jitter_s = self._random() * min(MOST_JITTER_S, JITTER_OF_NOTICE * left_s)
        wait_s = self._next_backoff.wait_s()
        if left_s >= TIME_FOR_BACKOFF_S:
            wait_s = min(wait_s, left_s / 2)
        self._next_due_s = max(now + max(jitter_s, wait_s), self._not_before_s)

    def _end(self, link: Link, error: ConnectionLostError, now: float) -> list[Action]:
        return [End(link.number, error), *self.lost(link.number, error, now)]

    def _promote(self, link: Link, now: float) -> list[Action]:
        self.current, self.next = link, None
        self._next_due_s = NEVER_S
        if not link.has_brought_values:
            self._next_backoff.fail()
        if link.goes_away_s < NEVER_S:
            self._plan_next(link, now)
        return [Promote(link.number, seamless=link.phase is Phase.OPEN)]

    def _lose_all(self, error: IdxstreamError, now: float) -> list[Action]:
        self._next_due_s = NEVER_S
        if not isinstance(error, ConnectionLostError):
            return [Fail(error)]
        if self.policy.strategy is Strategy.NEVER:
            return [Fail(NoConnectionError(f"the connection ended: {error.what}", "--reconnect never was asked for"))]
        self._current_due_s = max(now + self._backoff.fail(), self._not_before_s)
        return [Retry(self._current_due_s - now)]

    def _silence(self, link: Link) -> ConnectionLostError:
        if link.phase is Phase.OPEN:
            return ConnectionLostError(f"{self._server} was silent for {self.policy.stale_after_s:g} s")
        return ConnectionLostError(f"{self._server} did not answer within {self.policy.connect_timeout_s:g} s")

    def _may_end_current(self) -> bool:
        """Not before the next one has spoken: only then is it sure that its hello was understood."""
        return self.next is not None and self.next.phase is Phase.OPEN and self.next.has_spoken

    def _is_overtime(self, now: float) -> bool:
        return self._may_end_current() and self.current is not None and now >= self.current.goes_away_s + OVERTIME_S

    def _is_out_of_patience(self, now: float) -> bool:
        patience_s = self.policy.give_up_after_s
        return patience_s is not None and not self._is_connected() and now - self._silent_since >= patience_s

    def _patience_error(self) -> NoConnectionError:
        last = self._last_error.what if self._last_error else "no answer"
        what = f"no connection for {self.policy.give_up_after_s:g} s; the last error: {last}"
        return NoConnectionError(what, "check --url and the network, or raise --give-up-after")
