"""The last seconds of what was written, as the next connection's server may lag and send them again."""

from __future__ import annotations

from collections import deque

import msgspec

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import decode_value
from coinapi_idx_cli.protocol.written_values import WrittenValues

REMEMBERED_S = 5.0  # how far a server may lag behind another
REMEMBERED_VALUES = 65_536  # the same, in memory: 11 MB
REMEMBERED_BYTES = 16 * 1024 * 1024
READ_BYTES = 160  # what a read takes beside its lines
LONG_BYTES = 512  # of longer messages only what identifies the values is remembered

_encode_value = msgspec.json.Encoder().encode


class Recent:
    """Remembers what was written in the last seconds.

    `now` is seconds of the monotonic clock.
    """

    def __init__(self, limit_bytes: int = REMEMBERED_BYTES) -> None:
        self._limit_bytes = limit_bytes
        # When, how many, and their lines: decoded they would take ten times as much, and as single texts cost each read
        # its place in the processor's cache.
        self._reads: deque[tuple[float, int, bytes]] = deque()
        self._values = 0
        self._last_s = self._cut_s = float("-inf")
        self.size_bytes = 0

    def __len__(self) -> int:
        """In values."""
        return self._values

    @property
    def is_cut(self) -> bool:
        """Whether some of what was written in the last seconds is forgotten already, as there was too much of it."""
        return self._last_s - self._cut_s < REMEMBERED_S

    def remember(self, batch: Batch, now: float) -> None:
        """It is written."""
        lines, count = batch.lines(), len(batch.texts)
        if len(lines) > LONG_BYTES * count:
            lines = b"".join([_encode_value(value) + b"\n" for value in batch.values])
        reads = self._reads
        reads.append((now, count, lines))
        self._last_s = now
        self._values += count
        self.size_bytes += len(lines) + READ_BYTES
        while (
            self.size_bytes > self._limit_bytes
            or (self._values > REMEMBERED_VALUES and len(reads) > 1)  # else it is no more than a read brings
            or (reads and reads[0][0] < now - REMEMBERED_S)
        ):
            self._forget_first()

    def written(self, limit_bytes: int, *, by_time: bool) -> WrittenValues:
        """What the next connection is compared with."""
        written = WrittenValues(by_time=by_time, limit_bytes=limit_bytes)
        written.is_cut = self.is_cut
        for _, _, lines in self._reads:
            for text in lines.split(b"\n")[:-1]:
                written.add(decode_value(text))
        return written

    def _forget_first(self) -> None:
        read_s, count, lines = self._reads.popleft()
        self._values -= count
        self.size_bytes -= len(lines) + READ_BYTES
        self._cut_s = read_s
