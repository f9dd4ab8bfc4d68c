"""The line of --stats."""

from __future__ import annotations

from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.wording import plural

MIB = 1024 * 1024


class Statistics:
    """Counts between two lines. Times are seconds of the monotonic clock; `every_s` None: no lines."""

    def __init__(self, status: Status, every_s: float | None, now: float) -> None:
        self._status = status
        self._every_s = every_s
        self._last_s = now
        self._last_values = 0

    def next_due_s(self) -> float:
        return float("inf") if self._every_s is None else self._last_s + self._every_s

    def is_due(self, now: float) -> bool:
        return now >= self.next_due_s()

    def line(self, now: float, pending_bytes: int, limit_bytes: int) -> str:
        """Totals, the rate since the last line, and how much waits to be written, of how much may."""
        status = self._status
        rate = (status.values - self._last_values) / max(now - self._last_s, 1e-9)
        self._last_s, self._last_values = now, status.values
        if status.waits_for:
            held = f"{plural(status.held_values, 'value')} ({status.held_bytes / MIB:.1f} MiB) held"
            to_write = f"waiting for {status.waits_for}, {held}"
        else:
            to_write = f"{pending_bytes / MIB:.1f} of {limit_bytes / MIB:.0f} MiB to write"
        return (
            f"{status.state}{_of_two(status)}: {plural(status.values, 'value')}, {rate:.1f}/s, "
            f"{plural(status.bytes_received, 'byte')} received, {status.malformed} malformed, "
            f"{plural(status.connections, 'connection')}, {to_write}"
        )


def _of_two(status: Status) -> str:
    """How many live, where more than one is wanted."""
    is_one = status.wanted_connections == 1
    return "" if is_one else f" on {status.live_connections} of {plural(status.wanted_connections, 'connection')}"
