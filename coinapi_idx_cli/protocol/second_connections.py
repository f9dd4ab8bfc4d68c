"""Whether the server grants a second connection at a time, as far as its refusals show. Pure."""

from __future__ import annotations

from coinapi_idx_cli.protocol.link import NEVER_S, Link

MOST_REFUSALS = 3  # then it is known that the key is good for one at a time
COUNTED_S = 3.0  # how long a server may count a connection that ended, and take the one after it for a second one


class SecondConnections:
    """Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._refusals = 0  # one after the other
        self._ended_s = -NEVER_S  # when the last connection that had lived ended
        self._ended_by_us = False

    @property
    def are_refused(self) -> bool:
        """None is asked for again."""
        return self._refusals >= MOST_REFUSALS

    def refused(self) -> None:
        """One was, while the first one lived."""
        self._refusals += 1

    def ruled_out(self) -> None:
        """The server said beforehand that it grants none."""
        self._refusals = MOST_REFUSALS

    def granted(self) -> None:
        """One spoke."""
        self._refusals = 0

    def first_ended(self, now: float, *, by_us: bool) -> None:
        """The current connection, which had lived."""
        self._ended_s, self._ended_by_us = now, by_us

    def may_be_one(self, link: Link) -> bool:
        """Whether the server may take `link`, which it refused, for a second one, as it counts the one before it for a
        moment more: where that is known to matter, or it could not know of the end. How long it asks to wait then is
        soon out of date."""
        is_soon = link.began_s - self._ended_s < COUNTED_S
        return is_soon and not link.has_spoken and (self._refusals > 0 or self._ended_by_us)
