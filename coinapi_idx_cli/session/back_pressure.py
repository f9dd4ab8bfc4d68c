"""Back-pressure: an output that is slower than the feed holds the servers back, and is reported."""

from __future__ import annotations

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.times import ordered, utc_text
from coinapi_idx_cli.session.clock import Clock

PENDING_LIMIT_BYTES = 16 * 1024 * 1024


class BackPressure:
    """Holds the servers back while the output is behind.

    `held_back`: connections are not read, and TCP does the rest.

    An episode lasts until the reader has caught up: one that is slow for hours is one episode, not one every 8 MiB.
    """

    def __init__(self, output: Output, journal: Journal, clock: Clock) -> None:
        self.held_back = False
        self._output = output
        self._journal = journal
        self._clock = clock
        self._began_s: float | None = None
        self._began_ns = 0
        self._slow_one = ""

    def look(self, now: float) -> None:
        """Before each wait; `now` in seconds of the monotonic clock."""
        pending_bytes = self._output.pending_bytes
        if pending_bytes >= PENDING_LIMIT_BYTES:
            self.held_back = True
            self._begin(now)
        elif self.held_back and pending_bytes < PENDING_LIMIT_BYTES // 2:
            self.held_back = False
        if self._began_s is not None and not pending_bytes:
            self.end(now)

    def end(self, now: float) -> None:
        """The reader has caught up, or the run ends: tell how long that took, if there was anything."""
        if self._began_s is None:
            return
        seconds = round(now - self._began_s, 3)
        self._began_s = None
        from_ns, to_ns = ordered(self._began_ns, self._clock.time_ns(), seconds)
        times = {"from": utc_text(from_ns), "to": utc_text(to_ns)}
        pending = {"pending_bytes": self._output.pending_bytes}
        text = f"{self._slow_one} was behind for {seconds:.1f} s; the server was held back, nothing was dropped"
        self._journal.record("backpressure", Level.WARNING, text, **times, seconds=seconds, **pending)

    def _begin(self, now: float) -> None:
        if self._began_s is None:
            self._began_s, self._began_ns = now, self._clock.time_ns()
            self._slow_one = self._output.slow_one
            self._journal.warning(
                f"{self._slow_one} is slower than the feed; the server is held back, nothing is dropped"
            )
