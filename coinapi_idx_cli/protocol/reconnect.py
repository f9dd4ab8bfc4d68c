"""Staying connected: (event, now) -> what to do. Pure; `now` is seconds of the monotonic clock.

One connection at a time. After a loss: at once, then exponential backoff with full jitter; it starts afresh only after
values came, so that a server which accepts and hangs up is not hammered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    IdxstreamError,
    NoConnectionError,
    RefusedError,
)

BACKOFF_FIRST_S = 0.5
BACKOFF_CAP_S = 30.0

# Words of the vendor's error messages; all errors are permanent but the one about the full buffer (PROTOCOL: `error`).
BUFFER_FULL = "maximum allowed buffered messages"
ABOUT_THE_KEY = ("api key", "apikey", "unauthorized", "forbidden", "quota", "subscription", "credit")


@dataclass(frozen=True, slots=True)
class Policy:
    stale_after_s: float  # no frame for this long: the connection is dead
    connect_timeout_s: float = 10.0
    give_up_after_s: float | None = 300.0  # None: never


class Action(Enum):
    OPEN = auto()  # a new connection
    DROP = auto()  # the one there is, it is dead


class Phase(Enum):
    WAITING = auto()
    OPENING = auto()
    OPEN = auto()


class Supervisor:
    """Told what happens to the connection; says when to open the next one, and when to give up."""

    def __init__(self, policy: Policy, random: Callable[[], float], now: float) -> None:
        self.policy = policy
        self.phase = Phase.WAITING
        self.due_s = now  # when the phase ends by itself: the next attempt, the end of patience
        self._random = random
        self._attempts_without_values = 0
        self._silent_since = now
        self._last_error: IdxstreamError | None = None

    def tick(self, now: float) -> Action | None:
        """What is due. Raises NoConnectionError when there was no connection for too long."""
        if self.phase is not Phase.OPEN:
            self._give_up_if_due(now)
        if now < self.due_s:
            return None
        if self.phase is Phase.WAITING:
            self.phase = Phase.OPENING
            self.due_s = now + self.policy.connect_timeout_s
            return Action.OPEN
        return Action.DROP

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN

    def opened(self, now: float) -> None:
        self.phase = Phase.OPEN
        self.due_s = now + self.policy.stale_after_s

    def heard(self, now: float, *, values: bool) -> None:
        """Any frame is life; only values make the next backoff start afresh."""
        self._silent_since = now
        self.due_s = now + self.policy.stale_after_s
        if values:
            self._attempts_without_values = 0

    def lost(self, error: ConnectionLostError, now: float) -> float:
        """The connection, or the attempt, is gone. Returns the seconds until the next attempt."""
        self._last_error = error
        wait_s = error.retry_after_s if error.retry_after_s is not None else self._backoff_s()
        self._attempts_without_values += 1
        self.phase = Phase.WAITING
        self.due_s = now + wait_s
        return wait_s

    def next_due_s(self) -> float:
        if self.phase is Phase.OPEN or self.policy.give_up_after_s is None:
            return self.due_s
        return min(self.due_s, self._silent_since + self.policy.give_up_after_s)

    def _backoff_s(self) -> float:
        failures = self._attempts_without_values
        if failures == 0:
            return 0.0
        return self._random() * min(BACKOFF_CAP_S, BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 16))

    def _give_up_if_due(self, now: float) -> None:
        patience_s = self.policy.give_up_after_s
        if patience_s is not None and now - self._silent_since >= patience_s:
            last = self._last_error.what if self._last_error else "no answer"
            hint = "check --url and the network, or raise --give-up-after"
            raise NoConnectionError(f"no connection for {patience_s:g} s, at last: {last}", hint)


def meaning_of(message: str, server: str) -> IdxstreamError:
    """What an `error` message of the server asks for: connect again, another key, or nothing that helps."""
    lowered = message.lower()
    if BUFFER_FULL in lowered:
        return ConnectionLostError(f"{server} dropped what was buffered for us, as it was read too slowly")
    if any(words in lowered for words in ABOUT_THE_KEY):
        return CredentialsError(f"{server} refused the API key: {message}", "check the key and its subscription")
    return RefusedError(f"{server} ended the feed: {message}", "check what is asked for")
