"""Staying connected: (event, now) -> actions. Pure; `now` is seconds of the monotonic clock.

There is a current connection, whose values are written, and during a handover a next one beside it. The supervisor is
told what happens to each and answers with what to do; when nothing happens, `tick` at `next_due_s`.

A server's notice counts from its receipt: its `before_time` is another machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError
from coinapi_idx_cli.protocol.backoff import Backoff

NEVER_S = float("inf")
OVERTIME_S = 5.0  # how long past its time the old connection may live when the next one is there
MOST_JITTER_S = 1.0
JITTER_OF_NOTICE = 0.25


class Strategy(StrEnum):
    """What to do on a `reconnect` notice (the vendor's page names the first three)."""

    HANDOVER = "handover"  # a second connection beside the first, and no seam
    IMMEDIATE = "immediate"  # close, connect again
    WAIT = "wait"  # read on until the server closes, then connect again
    NEVER = "never"  # as wait, and the end of the connection is the end of the run


@dataclass(frozen=True, slots=True)
class Policy:
    stale_after_s: float  # no frame for this long: the connection is dead
    connect_timeout_s: float = 10.0
    give_up_after_s: float | None = 300.0  # None: never
    strategy: Strategy = Strategy.HANDOVER


@dataclass(frozen=True, slots=True)
class Open:
    """Open a connection, to be known by this number."""

    number: int


@dataclass(frozen=True, slots=True)
class End:
    """Read what that connection brought still, and close it; the supervisor counts it as gone already."""

    number: int
    error: ConnectionLostError


@dataclass(frozen=True, slots=True)
class Promote:
    """The current connection is gone, and this one takes its place; `seamless` if it was open by then."""

    number: int
    seamless: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """No connection is left; the next attempt is `wait_s` away."""

    wait_s: float


Action = Open | End | Promote | Retry


class Phase(Enum):
    OPENING = auto()
    OPEN = auto()


@dataclass(slots=True)
class Link:
    """One connection as the supervisor sees it."""

    number: int
    due_s: float  # when it has taken too long to open, or has been silent for too long
    phase: Phase = Phase.OPENING
    has_spoken: bool = False
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
        self._last_error: IdxstreamError | None = None
        self._refusal: IdxstreamError | None = None  # why the next one cannot be had, for good

    # -- what happened -------------------------------------------------------------------------------------------------

    def opened(self, number: int, now: float) -> None:
        link = self._link(number)
        if link is not None:
            self._refusal = None
            link.phase = Phase.OPEN
            link.due_s = now + self.policy.stale_after_s

    def heard(self, number: int, now: float, *, values: bool) -> None:
        """Any frame is life; only values make the next backoff start afresh."""
        link = self._link(number)
        if link is None:
            return
        link.due_s = now + self.policy.stale_after_s
        link.has_spoken = True
        self._silent_since = now
        if values:
            (self._backoff if link is self.current else self._next_backoff).reset()

    def noticed(self, number: int, within_s: float, now: float) -> list[Action]:
        """That connection's server goes away. On the next one the notice is kept until it is the current one."""
        link = self._link(number)
        if link is None:
            return []
        if link is self.current and self.policy.strategy is Strategy.IMMEDIATE:
            return self._end(link, ConnectionLostError(f"{self._server} asked for a new connection"), now)
        already_known = link.goes_away_s < NEVER_S
        link.goes_away_s = now + max(0.0, within_s)
        if link is self.current and self.policy.strategy is Strategy.HANDOVER and not already_known:
            jitter_s = self._random() * min(MOST_JITTER_S, JITTER_OF_NOTICE * max(0.0, within_s))
            self._plan_next(now + jitter_s)
        return []

    def lost(self, number: int, error: IdxstreamError, now: float) -> list[Action]:
        """A connection, or an attempt at one, ended. Raises what ends the run: a refusal, or no connection any more."""
        if self.next is not None and number == self.next.number:
            self._lose_next(error, now)
            return []
        if self.current is None or number != self.current.number:
            return []
        self._last_error = error
        self.current = None
        if self.next is not None and self.policy.strategy is not Strategy.NEVER:
            return self._promote(self.next, now)
        return self._lose_all(error, now)

    def tick(self, now: float) -> list[Action]:
        """What is due. Raises NoConnectionError when there was no connection for too long."""
        if self.current is None or self.current.phase is Phase.OPENING:
            self._give_up_if_due(now)
        actions: list[Action] = []
        for link in (self.current, self.next):
            if link is not None and now >= link.due_s:
                actions += self._end(link, self._silence(link), now)
        if self._is_overtime(now) and self.current is not None:
            what = f"{self._server} did not close the connection at its time"
            actions += self._end(self.current, ConnectionLostError(what), now)
        if self.current is None and now >= self._current_due_s:
            self.current = self._open(now)
            actions.append(Open(self.current.number))
        elif self.current is not None and self.next is None and now >= self._next_due_s:
            self._next_due_s = NEVER_S
            self.next = self._open(now)
            actions.append(Open(self.next.number))
        return actions

    # -- what is asked -------------------------------------------------------------------------------------------------

    def is_open(self, number: int) -> bool:
        link = self._link(number)
        return link is not None and link.phase is Phase.OPEN

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        due = [link.due_s for link in (self.current, self.next) if link is not None]
        due.append(self._current_due_s if self.current is None else self._next_due_s)
        if self._may_end_current() and self.current is not None:
            due.append(self.current.goes_away_s + OVERTIME_S)
        if self.policy.give_up_after_s is not None and (self.current is None or self.current.phase is Phase.OPENING):
            due.append(self._silent_since + self.policy.give_up_after_s)
        return min(due)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _link(self, number: int) -> Link | None:
        return next((link for link in (self.current, self.next) if link is not None and link.number == number), None)

    def _open(self, now: float) -> Link:
        self._made += 1
        return Link(self._made, due_s=now + self.policy.connect_timeout_s)

    def _plan_next(self, due_s: float) -> None:
        self._next_backoff.reset()
        self._next_due_s = due_s

    def _end(self, link: Link, error: ConnectionLostError, now: float) -> list[Action]:
        return [End(link.number, error), *self.lost(link.number, error, now)]

    def _lose_next(self, error: IdxstreamError, now: float) -> None:
        self.next = None
        retry_after_s = error.retry_after_s if isinstance(error, ConnectionLostError) else None
        self._refusal = None if isinstance(error, ConnectionLostError) else error
        self._next_due_s = now + self._next_backoff.wait_s(retry_after_s)

    def _promote(self, link: Link, now: float) -> list[Action]:
        self.current, self.next = link, None
        self._next_due_s = NEVER_S
        if link.goes_away_s < NEVER_S:
            self._plan_next(now)
        return [Promote(link.number, seamless=link.phase is Phase.OPEN)]

    def _lose_all(self, error: IdxstreamError, now: float) -> list[Action]:
        self._next_due_s = NEVER_S
        if self._refusal is not None or not isinstance(error, ConnectionLostError):
            raise self._refusal or error
        if self.policy.strategy is Strategy.NEVER:
            hint = "--reconnect never was asked for"
            raise NoConnectionError(f"the connection ended: {error.what}", hint) from error
        wait_s = self._backoff.wait_s(error.retry_after_s)
        self._current_due_s = now + wait_s
        return [Retry(wait_s)]

    def _silence(self, link: Link) -> ConnectionLostError:
        if link.phase is Phase.OPEN:
            return ConnectionLostError(f"{self._server} was silent for {self.policy.stale_after_s:g} s")
        return ConnectionLostError(f"{self._server} did not answer within {self.policy.connect_timeout_s:g} s")

    def _may_end_current(self) -> bool:
        """Not before the next one has spoken: only then is it sure that its hello was understood."""
        return self.next is not None and self.next.phase is Phase.OPEN and self.next.has_spoken

    def _is_overtime(self, now: float) -> bool:
        return self._may_end_current() and self.current is not None and now >= self.current.goes_away_s + OVERTIME_S

    def _give_up_if_due(self, now: float) -> None:
        patience_s = self.policy.give_up_after_s
        if patience_s is not None and now - self._silent_since >= patience_s:
            last = self._last_error.what if self._last_error else "no answer"
            hint = "check --url and the network, or raise --give-up-after"
            raise NoConnectionError(f"no connection for {patience_s:g} s, at last: {last}", hint)
