"""What was received here beside what another run writes, while that one has the file. Pure.

Both receive the same series, each with its own delay and its own losses. So the other's file is to this run what the
current connection is to the next one during a handover: what was received is held until it is seen there.
"""

from __future__ import annotations

from collections import deque

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.seam import Seam
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns
from coinapi_idx_cli.protocol.written_values import WrittenValues

HELD_LIMIT_BYTES = 64 * 1024 * 1024  # in memory
PASSED_OVER_NS = 60 * NS  # the other run has written what came so much later: it does not write this
WRITTEN_LIMIT_BYTES = 32 * 1024 * 1024  # in memory, of what the other run wrote and did not come here
GAPS_KEPT = 1000


class Comparison:
    """Compares what came here with what another run writes.

    `by_time`: an update limit was asked for, so that each server samples for itself.
    """

    def __init__(self, *, by_time: bool) -> None:
        written = WrittenValues(by_time=by_time, limit_bytes=WRITTEN_LIMIT_BYTES)
        self._seam = Seam(written, by_time=by_time, may_miss=True)
        self._last_written: IndexValue | None = None
        self._gaps: deque[tuple[int, Note]] = deque(maxlen=GAPS_KEPT)  # of our own: when they ended
        self._is_too_much = False
        self.received = 0  # values, so far
        self.passed_over = 0  # of these, values that the other run does not write

    @property
    def held(self) -> int:
        """Values that came here and were not seen in the file."""
        return self._seam.held

    @property
    def held_bytes(self) -> int:
        return self._seam.held_bytes

    @property
    def written(self) -> WrittenValues:
        """What the other run has written, and may come here yet."""
        return self._seam.written

    @property
    def differing(self) -> int:
        """Indexes whose values are not the same in both, so that they are compared by time."""
        return self._seam.written.times_cut

    def hold(self, batch: Batch) -> None:
        """What was received here."""
        self._seam.showed(batch, 0.0)  # the gap before it is reported by its time of receipt
        self.received += len(batch.values)
        self._gaps += [(batch.time_received_ns, note) for note in batch.notes if note.kind == "gap"]

    def saw_written(self, values: list[IndexValue]) -> None:
        """What the other run has written, in its order."""
        self._seam.wrote(values)
        self._last_written = values[-1] if values else self._last_written

    def is_too_much(self) -> bool:
        """More than the limit is held, and since then more than half of it. Lets go first what is passed over."""
        if self.held_bytes > HELD_LIMIT_BYTES:
            self.passed_over += self._seam.give_up_before(self._seam.met_until_ns - PASSED_OVER_NS)
        self._is_too_much = self.held_bytes > (HELD_LIMIT_BYTES // 2 if self._is_too_much else HELD_LIMIT_BYTES)
        return self._is_too_much

    @property
    def counts(self) -> dict[str, object]:
        """Of what was received: how much is in the file, is to be written, and is left out."""
        return {
            "values_dropped": self.received - self.held - self.passed_over,
            "values_written": self.held,
            "values_passed_over": self.passed_over,
        }

    def rest(self) -> list[Batch]:
        """What the file lacks, when all that the other run wrote was seen. With the lines of our own gaps in it."""
        batches = [batch for batch, _ in self._seam.rest()]
        ended = dict(self._gaps)
        for batch in batches:
            if (note := ended.pop(batch.time_received_ns, None)) is not None:
                batch.notes.append(Note(0, note.kind, note.text))
        return batches

    def gap_before(self, first: Batch) -> Gap | None:
        """Where nothing came twice, and the other's last value is older than what came here first: nobody received
        what lay between."""
        sent_ns = None if self._last_written is None else parse_utc_ns(self._last_written.time_coinapi)
        if self._seam.met or sent_ns is None or sent_ns >= first.time_received_ns:
            return None
        return Gap(sent_ns, first.time_received_ns)
