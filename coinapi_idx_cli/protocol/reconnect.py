"""Staying connected: (event, now) -> actions. Pure; `now` is seconds of the monotonic clock.

There is a current connection, whose values are written, and during a handover a next one beside it. The supervisor is
told what happens to each and answers with what to do; when nothing happens, `tick` at `next_due_s`.

A server's notice counts from its receipt: its `before_time` is another machine's clock.

Each connect is metered. So `tick` is the only place where one begins, and asks `Pace` first; before that, each wait is
that of a backoff, which starts afresh only when a connection has brought values for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    IdxstreamError,
    NoConnectionError,
    RefusedError,
)
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open, Promote, Retry
from coinapi_idx_cli.protocol.backoff import Backoff, Pace
from coinapi_idx_cli.protocol.link import NEVER_S, Link, LinkPhase
from coinapi_idx_cli.protocol.overtake import OVERTAKES_AFTER_S, Overtake
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.second_connections import SecondConnections

OVERTIME_S = 5.0  # how long past its time the old connection may live when the next one is there
MOST_JITTER_S = 1.0
JITTER_OF_NOTICE = 0.25
TIME_FOR_BACKOFF_S = 0.5  # a notice of less leaves no time to be cautious in; one that is kept is obeyed in time
ANSWERED_S = 1.0  # a connection that brought values for so long was none in vain
CREDITS_S = 60.0  # about once a minute, give or take a fifth


class Supervisor:
    """Decides when connections are opened, ended and replaced.

    `server` is its name in error messages; `random` gives numbers from 0 to 1. Two of them share `pace` and `numbers`.
    """

    def __init__(
        self,
        policy: Policy,
        random: Callable[[], float],
        now: float,
        server: str = "the server",
        *,
        pace: Pace | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.policy = policy
        self._server = server
        self.current: Link | None = None
        self.next: Link | None = None
        self._current_due_s = now  # when to open one, while there is none
        self._next_due_s = NEVER_S
        self._random = random
        self._pace = pace or Pace()
        self._backoff = Backoff(random)
        self._next_backoff = Backoff(random)
        self._overtake = Overtake()
        self._numbers = numbers or count(1)
        self._is_covered = False
        self._alive_s = now  # when the last value or heartbeat came, or a connection that had lived ended
        self._not_before_s = now  # what the server asked for by Retry-After
        self._has_worked = False  # a value came: what is refused from now on may be so by accident
        self._seconds = SecondConnections()
        self._last_error: IdxstreamError | None = None

    # -- what happened -------------------------------------------------------------------------------------------------

    def opened(self, number: int, now: float, *, is_only_one: bool = False) -> None:
        """`is_only_one`: the server said that it grants this key no second connection."""
        link = self._link(number)
        if link is not None:
            link.phase, link.opened_s = LinkPhase.OPEN, now
            link.due_s = now + self.policy.stale_after_s
            if is_only_one:
                self._seconds.ruled_out()

    def heard(self, number: int, now: float, *, values: bool, heartbeats: bool = False) -> None:
        """Any frame is life; what shows that all is well is a value or a heartbeat."""
        link = self._link(number)
        if link is None:
            return
        link.due_s = now + self.policy.stale_after_s
        link.hear(now, values=values, heartbeats=heartbeats)
        if not values and not heartbeats:
            return
        self._alive_s = now
        self._has_worked = self._has_worked or values
        if link is self.next:
            self._seconds.granted()
        if values:
            self._overtake.second_brought(now) if link is self.next else self._overtake.reset()
            if link.is_steady(now):
                self._backoff.reset()
                self._next_backoff.reset()

    def excuse(self, number: int, now: float) -> None:
        """It was not read, as the output held us up: its silence and its overtime do not count."""
        link = self._link(number)
        if link is not None:
            link.due_s = max(link.due_s, now + self.policy.stale_after_s)
            link.goes_away_s = max(link.goes_away_s, now)
            self._alive_s = now
            self._overtake.reset()

    def noticed(self, number: int, within_s: float, now: float) -> list[Action] | None:
        """That connection's server goes away; None if that is not news. On the next one the notice is kept until it is
        the current one."""
        link = self._link(number)
        if link is None:
            return None
        already_known = link.goes_away_s < NEVER_S
        if not link.notice(within_s, now):
            return None
        if link is self.current and self.policy.strategy is Strategy.IMMEDIATE:
            return self._end(link, ConnectionLostError(f"{self._server} asked for a new connection"), now)
        if link is self.current and not already_known:
            self._plan_next(link, now)
        return []

    def lost(self, number: int, error: IdxstreamError, now: float) -> list[Action]:
        """A connection, or an attempt at one, ended."""
        link = self._link(number)
        if link is None:
            return []
        return self._lost(link, error, now, by_us=False)

    def tick(self, now: float) -> list[Action]:
        """What is due."""
        actions: list[Action] = []
        for link in (self.current, self.next):
            if link is not None and now >= link.due_s:
                actions += self._end(link, self._silence(link), now)
        if self.current is not None and now >= self._replaced_s():
            actions += self._end(self.current, self._reason_to_replace(self.current, now), now)
        if any(isinstance(action, Fail) for action in actions):
            return actions
        if self._is_out_of_patience(now):
            actions.append(Fail(self._patience_error()))
        elif now >= self._opens_s():
            actions.append(self._open(now))
        return actions

    def end(self, number: int, why: str, now: float) -> list[Action]:
        """That connection is of no use any more, though it lives."""
        return self._end(link, ConnectionLostError(why), now) if (link := self._link(number)) is not None else []

    def covered(self, now: float | None) -> None:
        """A connection of another supervisor brings the same, or no longer (None): nothing is lost by a try at once."""
        self._is_covered = now is not None
        if now is not None:
            self._alive_s, self._has_worked = now, True

    def postpone(self, until_s: float) -> None:
        """No connection is opened before, if there is none."""
        self._current_due_s = max(self._current_due_s, until_s)

    # -- what is asked -------------------------------------------------------------------------------------------------

    @property
    def is_alone(self) -> bool:  # the server grants no second connection
        return self._seconds.are_refused

    def has_spoken(self, number: int) -> bool:
        """Whether a value or a heartbeat came on that connection."""
        link = self._link(number)
        return link is not None and link.has_spoken

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        due = [link.due_s for link in (self.current, self.next) if link is not None]
        due += [self._opens_s(), self._replaced_s()]
        if self.policy.give_up_after_s is not None and not self._is_connected():
            due.append(self._alive_s + self.policy.give_up_after_s)
        return min(due)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _link(self, number: int) -> Link | None:
        if self.current is not None and self.current.number == number:
            return self.current
        if self.next is not None and self.next.number == number:
            return self.next
        return None

    def _opens_s(self) -> float:
        """When the next connect begins."""
        if self.current is None:
            return max(self._current_due_s, self._pace.free_s())
        return max(self._next_due_s, self._pace.free_s()) if self.next is None else NEVER_S

    def _open(self, now: float) -> Open:
        self._pace.count(now)
        is_second = self.current is not None
        link = Link(next(self._numbers), now, due_s=now + self.policy.connect_timeout_s, is_second=is_second)
        if is_second:
            self.next, self._next_due_s = link, NEVER_S
        else:
            self.current = link
        return Open(link.number, is_second=is_second)

    def _is_connected(self) -> bool:
        return self.current is not None and self.current.phase is LinkPhase.OPEN

    def _plan_next(self, current: Link, now: float) -> None:
        """A connection beside the current one, whose server goes away: soon, and later when the current one is new
        itself, but not so late that a server's time is over."""
        if self.policy.strategy is not Strategy.HANDOVER or self.is_alone:
            return
        left_s = max(0.0, current.goes_away_s - now)
        jitter_s = self._random() * min(MOST_JITTER_S, JITTER_OF_NOTICE * left_s)
        wait_s = 0.0 if current.is_old(now) else self._next_backoff.fail()
        if current.notice_s >= TIME_FOR_BACKOFF_S:
            wait_s = min(wait_s, left_s / 2)
        self._next_due_s = max(now + max(jitter_s, wait_s), self._not_before_s)

    def _end(self, link: Link, error: ConnectionLostError, now: float) -> list[Action]:
        return [End(link.number, error), *self._lost(link, error, now, by_us=True)]

    def _lost(self, link: Link, error: IdxstreamError, now: float, *, by_us: bool) -> list[Action]:
        self._overtake.reset()
        if link is self.next:
            self._lose_next(link, error, now)
            return []
        self._last_error = error
        if link.has_lived(self.policy.stale_after_s):
            self._alive_s = now
            self._seconds.first_ended(now, by_us=by_us)
        self.current = None
        if self.next is not None and self.policy.strategy is not Strategy.NEVER:
            return self._promote(self.next, now)
        return self._lose_all(link, error, now)

    def _lose_next(self, link: Link, error: IdxstreamError, now: float) -> None:
        """What a server says to a second connection holds for second ones only: the plan may grant one."""
        self.next = None
        if error.is_refusal:
            self._seconds.refused()
        wait_s = max(self._wait_s(link, error, self._next_backoff, now), error.retry_after_s or 0.0)
        self._next_due_s = NEVER_S if self.is_alone else now + wait_s

    def _lose_all(self, link: Link, error: IdxstreamError, now: float) -> list[Action]:
        self._next_due_s = NEVER_S
        if self._is_final(error):
            return [Fail(error)]
        if self.policy.strategy is Strategy.NEVER:
            return [Fail(NoConnectionError(f"the connection ended: {error.what}", "because of --reconnect never"))]
        if error.is_refusal and link.is_second:  # while the first one lived, and now that one is gone
            self._seconds.refused()
            self._current_due_s = now
        elif error.is_refusal and self._seconds.may_be_one(link):
            self._current_due_s = now + self._wait_s(link, error, self._backoff, now)
        else:
            self._not_before_s = max(self._not_before_s, now + (error.retry_after_s or 0.0))
            self._current_due_s = max(now + self._wait_s(link, error, self._backoff, now), self._not_before_s)
        return [Retry(self._opens_s() - now)]

    def _promote(self, link: Link, now: float) -> list[Action]:
        self.current, self.next = link, None
        self._next_due_s = NEVER_S
        if link.goes_away_s < NEVER_S:
            self._plan_next(link, now)
        return [Promote(link.number, seamless=link.phase is LinkPhase.OPEN)]

    def _wait_s(self, link: Link, error: IdxstreamError, backoff: Backoff, now: float) -> float:
        if isinstance(error, CreditsUsedUpError):
            return CREDITS_S * (0.8 + 0.4 * self._random())
        if self._is_covered and now - link.values_since_s >= ANSWERED_S:
            backoff.reset()
            return 0.0
        return 0.0 if link.is_old(now) else backoff.fail()

    def _is_final(self, error: IdxstreamError) -> bool:
        """Whether trying again is useless. What has worked may work again, and a daemon never gives up."""
        match error:
            case ConnectionLostError():
                return False
            case CredentialsError():
                return not self._has_worked
            case RefusedError():
                return not self._has_worked and self.policy.give_up_after_s is not None
            case _:
                return True

    def _silence(self, link: Link) -> ConnectionLostError:
        if link.phase is LinkPhase.OPEN:
            return ConnectionLostError(f"{self._server} was silent for {self.policy.stale_after_s:g} s")
        return ConnectionLostError(f"{self._server} did not answer within {self.policy.connect_timeout_s:g} s")

    def _replaced_s(self) -> float:
        """When the next one takes over though the current one lives. Not before it has sent something: else it is not
        sure that its hello was understood."""
        if self.current is None or self.next is None or not self.next.has_sent:
            return NEVER_S
        return min(self.current.goes_away_s + OVERTIME_S, self._overtake.due_s())

    def _reason_to_replace(self, current: Link, now: float) -> ConnectionLostError:
        if now >= current.goes_away_s + OVERTIME_S:
            return ConnectionLostError(f"{self._server} did not close the connection when it said it would")
        what = f"the first connection brought no value for {OVERTAKES_AFTER_S:g} s, while the second one did"
        return ConnectionLostError(what)

    def _is_out_of_patience(self, now: float) -> bool:
        patience_s = self.policy.give_up_after_s
        return patience_s is not None and not self._is_connected() and now - self._alive_s >= patience_s

    def _patience_error(self) -> NoConnectionError:
        last = self._last_error.what if self._last_error else "no answer"
        hint = self._last_error.hint if self._last_error else ""
        what = f"no connection for {self.policy.give_up_after_s:g} s; the last error: {last}"
        return NoConnectionError(what, hint or "check --url and the network, or raise --give-up-after")
