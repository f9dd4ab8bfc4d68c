"""A gap from the end of a connection on, until a value closes it. Pure."""

from __future__ import annotations

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.gap import Gap, OpenGap, Received, first_of, gap_between, last_of, open_gap


class PendingGap:
    """Knows the last value that was written, and whether something may be missing after it.

    `received_s` and `now` are seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self._last: Received | None = None
        self._after: Received | None = None  # a gap waits for the first value after this one
        self._is_certain = True  # else a first value that was written before shows that nothing is missing

    def wrote(self, batch: Batch, received_s: float) -> None:
        """It has values."""
        self._last = last_of(batch, received_s)

    @property
    def is_open(self) -> bool:
        """Whether something may be missing before the next value."""
        return self._after is not None

    def open(self, *, is_certain: bool) -> None:
        """Nothing was received for a while."""
        if self._after is None:
            self._after = self._last
            self._is_certain = is_certain
        self._is_certain = self._is_certain or is_certain

    def forgive(self) -> None:
        """The next connection brings what was written already: nothing is missing, unless that is certain."""
        if not self._is_certain:
            self._after = None

    def close(self, batch: Batch, received_s: float) -> Gap | None:
        """The next value to be written is the first one of this batch, which gets the note of the gap."""
        before, self._after = self._after, None
        if before is None:
            return None
        gap = gap_between(before, first_of(batch, received_s))
        batch.notes.insert(0, gap.note())
        return gap

    def end(self, now: float) -> OpenGap | None:
        """The run ends: a gap that no value has closed."""
        before, self._after = self._after, None
        return open_gap(before, now) if before is not None and self._is_certain else None
