"""Something moves on each connection, also without heartbeats: many a proxy cuts one that is quiet for a minute."""

from __future__ import annotations

from collections.abc import Iterable

from coinapi_idx_cli.transport.connection import Connection

EVERY_S = 30.0


class KeepAlive:
    """Pings connections that are to be kept open.

    `now` is seconds of the monotonic clock.
    """

    def __init__(self, now: float, *, is_needed: bool) -> None:
        self._due_s = now + EVERY_S if is_needed else float("inf")

    def next_due_s(self) -> float:
        return self._due_s

    def tick(self, connections: Iterable[Connection], now: float) -> None:
        """Ping them all."""
        self._due_s = now + EVERY_S
        for connection in connections:
            connection.ping()
