"""The state of a run in a few words and figures, as the table, the status line and systemd show it. Pure."""

from __future__ import annotations

from collections import deque
from math import ceil

from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.wording import duration, plural

RATE_WINDOW_S = 5.0

# A connection is stale before it is given up; heartbeats come after one second of silence, so not before two.
_STALE_SHARE = 3
_LEAST_STALE_S = 2.0


class Rate:
    """Values a second over the last RATE_WINDOW_S seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, count: int, now_s: float) -> float:
        """Take note that there were `count` values by now, and tell the rate."""
        self._samples.append((now_s, count))
        while len(self._samples) > 2 and self._samples[1][0] <= now_s - RATE_WINDOW_S:
            self._samples.popleft()
        then_s, before = self._samples[0]
        return (count - before) / (now_s - then_s) if now_s > then_s else 0.0


class Silence:
    """For how long nothing was received."""

    def __init__(self) -> None:
        self._bytes = -1
        self._since_s = 0.0

    def sample(self, bytes_received: int, now_s: float) -> float:
        """Seconds."""
        if bytes_received != self._bytes:
            self._bytes, self._since_s = bytes_received, now_s
        return now_s - self._since_s


def connected_for_s(status: Status, now_s: float) -> float | None:
    """For how long; None while it is not."""
    since_s = status.connected_s
    return now_s - since_s if status.is_connected and since_s is not None else None


def is_stale(status: Status, now_s: float, silent_s: float) -> bool:
    """Connected, and silent since then for longer than a server has any reason to be."""
    connected_s = connected_for_s(status, now_s)
    patience_s = max(_LEAST_STALE_S, status.stale_after_s / _STALE_SHARE)
    return connected_s is not None and min(silent_s, connected_s) > patience_s


def state_words(status: Status, now_s: float, silent_s: float) -> str:
    """`live`, `reconnecting in 4 s`."""
    if is_stale(status, now_s, silent_s):
        return f"stale, silent for {duration(silent_s)}"
    if status.state is State.WAITING and status.retry_at_s is not None:
        return f"reconnecting in {max(0, ceil(status.retry_at_s - now_s))} s"
    if status.state is State.WAITING or (status.state is State.CONNECTING and status.connections > 1):
        return "reconnecting"
    if status.waits_for and status.is_connected:
        return f"waiting for {status.waits_for}"
    return f"{status.state}{connections_text(status)}"


def connections_text(status: Status) -> str:
    """How many live, where more than one is wanted: ` on 1 of 2 connections`."""
    if status.wanted_connections == 1 or status.state is not State.LIVE:
        return ""
    of_them = f"{status.live_connections} of " if status.lacks_connections else ""
    return f" on {of_them}{plural(status.wanted_connections, 'connection')}"


def behind_text(status: Status) -> str:
    """What this machine does for a stream that several write, and how much is not there yet."""
    return f"{status.engine}, {plural(status.engine_waits, 'value')} behind" if status.engine_waits else status.engine
