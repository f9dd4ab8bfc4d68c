"""Two connections at all times, whose values are merged into one series."""

from __future__ import annotations

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.protocol.continuity import Flow
from coinapi_idx_cli.protocol.feed_merge import FeedMerge
from coinapi_idx_cli.protocol.messages import Decoded
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.session.flow_writer import FlowWriter
from coinapi_idx_cli.session.pipeline import Pipeline

WANTED = 2
THEN_ONE_OF_THEM = (
    "there only one server's values are written, and where that one ends the series is cut by time, "
    "so one period may appear twice or be missing"
)


class RedundantPipeline(Pipeline):
    """What the first of the connections brings is written, and reported whether there are two of them."""

    def __init__(self, merged: FeedMerge, writer: FlowWriter, status: Status, journal: Journal) -> None:
        self._merged = merged
        self._writer = writer
        self._status = status
        self._journal = journal
        self._open: set[int] = set()
        self._is_redundant = False
        self._has_told_loss = False
        self._lost_s = status.started_s
        status.wanted_connections = WANTED

    def is_leading(self, number: int) -> bool:
        return number == self._merged.leader or not self._open

    def opening(self, number: int, *, is_second: bool) -> None:
        """Both sides are the same."""

    def opened(self, number: int, now: float) -> None:
        if not self._open:
            self._status.connected(now)
        self._open.add(number)
        self._merged.opened(number, now)
        self._look(now)

    def receive(self, number: int, decoded: Decoded, now: float) -> int | None:
        self._writer.saw(decoded.batch, now)
        if number == self._merged.leader:
            self._status.heartbeats += decoded.heartbeats
        self._write(self._merged.accept(number, decoded.batch, now))
        self._look(now)
        return self._merged.unfit()

    def ended(self, number: int, why: str, now: float) -> None:
        self._open.discard(number)
        self._writer.why_lost = why
        self._writer.overlap = {"from": number, "to": self._merged.leader}
        self._write(self._merged.closed(number, now))
        self._look(now, number, why)

    def promoted(self, number: int, now: float, *, seamless: bool) -> None:
        """It is one of those that are merged already."""

    def lost(self) -> None:
        """The merge knows it from the end of the last one."""
        self._writer.lose()

    def end(self, now: float) -> None:
        self._write(self._merged.end(now))
        self._writer.end(self._merged.open_gap(now))

    def next_due_s(self) -> float:
        return self._merged.next_due_s()

    def tick(self, now: float) -> None:
        self._write(self._merged.tick(now))
        self._look(now)

    def _write(self, flow: Flow) -> None:
        self._writer.differing(flow.differing, THEN_ONE_OF_THEM)
        self._writer.write(flow)

    def _look(self, now: float, ended: int = 0, why: str = "") -> None:
        """How many connections there are of which nothing would be lost if the others ended now.

        `ended`: the connection that did, or could not be opened.
        """
        self.is_live = bool(self._open)
        live = sum(self._merged.is_joined(number, now) for number in self._open)
        self._status.live_connections = min(live, WANTED)
        if live >= WANTED and not self._is_redundant:
            self._is_redundant, self._has_told_loss = True, False
            seconds, numbers = round(now - self._lost_s, 3), sorted(self._open)
            line = f"two connections, after {seconds:.3f} s"
            self._journal.record("redundancy_restored", Level.INFO, line, connections=numbers, after_seconds=seconds)
        elif live < WANTED and ended and not self._has_told_loss:
            if self._is_redundant:
                self._is_redundant, self._lost_s = False, now
            self._has_told_loss = True
            line = f"{why}; one connection is left" if live else f"{why}; no connection is left"
            self._journal.record("redundancy_lost", Level.WARNING, line, connection=ended, error=why)
