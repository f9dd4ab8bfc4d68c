"""One connection as the supervisor sees it. Pure; times are seconds of the monotonic clock."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

NEVER_S = float("inf")
STEADY_S = 30.0  # that long it has to bring values, to show that all is well
OLD_S = 10.0  # a connection that was begun longer ago may be replaced at once
LONGEST_NOTICE_S = 600.0  # whatever the server says: some count in milliseconds
SAME_TIME_S = 1.0  # a server that counts down says the same again


class LinkPhase(Enum):
    """How far a connection has come."""

    OPENING = auto()
    OPEN = auto()


class Link(Struct):
    """One connection, as the supervisor sees it.

    `is_second`: it was asked for beside one that lives, and has not spoken yet.
    """

    number: int
    began_s: float
    due_s: float  # when it has taken too long to open, or has been silent for too long
    is_second: bool = False
    phase: LinkPhase = LinkPhase.OPENING
    opened_s: float = NEVER_S
    heard_s: float = -NEVER_S  # when the last frame came
    has_spoken: bool = False  # a value or a heartbeat came: its hello was understood
    values_since_s: float = NEVER_S
    goes_away_s: float = NEVER_S  # by its server's notice
    notice_s: float = 0.0  # how long before

    @property
    def has_sent(self) -> bool:
        """Anything, be it a ping."""
        return self.heard_s > -NEVER_S

    def hear(self, now: float, *, values: bool, heartbeats: bool) -> None:
        self.heard_s = now
        if values or heartbeats:
            self.has_spoken, self.is_second = True, False
        if values:
            self.values_since_s = min(self.values_since_s, now)

    def notice(self, within_s: float, now: float) -> bool:
        """Whether the notice says something new. Below zero, or no number at all, is now."""
        notice_s = min(within_s, LONGEST_NOTICE_S) if within_s >= 0 else 0.0
        if abs(now + notice_s - self.goes_away_s) <= SAME_TIME_S:
            return False
        self.goes_away_s, self.notice_s = now + notice_s, notice_s
        return True

    def is_steady(self, now: float) -> bool:
        return now - self.values_since_s >= STEADY_S

    def is_old(self, now: float) -> bool:
        """It was open, and another connect now is not hammering."""
        return self.phase is LinkPhase.OPEN and now - self.began_s > OLD_S

    def has_lived(self, stale_after_s: float) -> bool:
        """It was a connection until now: it spoke, or was kept by other frames, as a quiet one is by pings."""
        return self.phase is LinkPhase.OPEN and (self.has_spoken or self.heard_s - self.opened_s > stale_after_s)
