"""One connection whose values are written, and during a handover a second one beside it."""

from __future__ import annotations

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Continuity, Flow
from coinapi_idx_cli.protocol.messages import Decoded
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.session.flow_writer import FlowWriter
from coinapi_idx_cli.session.pipeline import Pipeline

MEMORY_FULL = (
    "more values came in the last seconds than can be kept for comparison with the next connection; "
    "if that one lags further behind, older values count as written"
)
OVERLAP_FULL = "the second connection is too far ahead of the first for more to be held: it takes over"
THEN_BY_TIME = "there the series is cut by time at the handover, so one period may appear twice or be missing"


class HandoverPipeline(Pipeline):
    """What the current connection brings is written, what the next one brings is held until the two are compared."""

    def __init__(self, continuity: Continuity, writer: FlowWriter, status: Status) -> None:
        self._continuity = continuity
        self._writer = writer
        self._status = status
        self._writes_from = 0
        self._has_warned_of_memory = False
        self._without_room: Decoded | None = None  # what the next connection brought when there was no room for it

    def is_leading(self, number: int) -> bool:
        return number == self._writes_from

    def opening(self, number: int, *, is_second: bool) -> None:
        if not is_second:
            self._writes_from = number

    def opened(self, number: int, now: float) -> None:
        if number == self._writes_from:
            self.is_live = True
            self._status.connected(now)
            return
        self.overlaps = True
        self._writer.overlap = {"from": self._writes_from, "to": number}
        self._continuity.begin_overlap(now)

    def pass_on(self, number: int, batch: Batch, now: float) -> bool:
        if number != self._writes_from or self.overlaps or not self._continuity.is_undisturbed:
            return False
        self._writer.pass_on(batch, now)
        self._continuity.wrote(batch, now)
        return True

    def receive(self, number: int, decoded: Decoded, now: float) -> int | None:
        """A notice on the next connection goes out at once."""
        self._writer.saw(decoded.batch, now)
        if number == self._writes_from:
            self._accept(decoded, now)
        elif self._continuity.hold(decoded.batch, now):
            self._writer.write_notices(decoded.batch)
        else:
            self._writer.warn("overlap_full", OVERLAP_FULL, held_bytes=self._continuity.size_bytes)
            self._without_room = decoded
            return self._writes_from
        return None

    def ended(self, number: int, why: str, now: float) -> None:  # noqa: ARG002 - the supervisor says what comes next
        if number == self._writes_from:
            self.is_live = False
            self._writer.why_lost = why
        else:
            self.overlaps = False
            self._continuity.end_overlap()

    def promoted(self, number: int, now: float, *, seamless: bool) -> None:
        self._writes_from, self.overlaps, self.is_live = number, False, seamless
        if not seamless:
            self._lose()
            return
        self._write(self._continuity.switch(now))
        decoded, self._without_room = self._without_room, None
        if decoded is not None:
            self._accept(decoded, now)

    def lost(self) -> None:
        self.overlaps = False
        self._lose()

    def end(self, now: float) -> None:
        self._write(self._continuity.switch(now))
        self._writer.end(self._continuity.end(now))

    def _lose(self) -> None:
        self._continuity.lose()
        self._writer.lose()

    def _accept(self, decoded: Decoded, now: float) -> None:
        self._status.heartbeats += decoded.heartbeats
        self._write(self._continuity.accept(decoded.batch, now))

    def _write(self, flow: Flow) -> None:
        self._writer.differing(flow.differing, THEN_BY_TIME)
        if not self._has_warned_of_memory and self._continuity.is_cut:
            self._has_warned_of_memory = True
            self._writer.warn("memory_full", MEMORY_FULL)
        self._writer.write(flow)
