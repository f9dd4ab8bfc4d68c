"""What several connections have brought of one series, for as long as one of them may bring it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coinapi_idx_cli.protocol.ledger import ENTRY_BYTES, Entry, Ledger, Line

WRITTEN_LOG_LIMIT_BYTES = 32 * 1024 * 1024


class Written(Entry):
    """A value that was written. `written_s` is seconds of the monotonic clock."""

    written_s: float = 0.0


class WrittenLog:
    """Remembers what was written, in order.

    `is_full`: there is more to remember than `limit_bytes`, so a connection that lags too far cannot be compared.
    """

    def __init__(self, limit_bytes: int = WRITTEN_LOG_LIMIT_BYTES) -> None:
        self._ledger: Ledger[Written] = Ledger()
        self._limit_bytes = limit_bytes
        self._last_of: dict[str, tuple[str, float]] = {}  # index -> the moment and number of its last value

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return self._ledger.size_bytes

    @property
    def is_full(self) -> bool:
        return self._ledger.size_bytes > self._limit_bytes

    @property
    def added(self) -> int:
        """How many values there were so far, which is the place of the next one."""
        return self._ledger.added

    def line(self, index_id: str) -> Line[Written] | None:
        """What is remembered of an index: one value at least."""
        return self._ledger.lines.get(index_id)

    def last_of(self, index_id: str) -> tuple[str, float] | None:
        """The moment and the number of the last value of an index, however long ago that was."""
        return self._last_of.get(index_id)

    def last_moments(self, index_ids: Iterable[str]) -> dict[str, str]:
        """Of those of which anything was written."""
        lasts = {index_id: self._last_of.get(index_id) for index_id in index_ids}
        return {index_id: last[0] for index_id, last in lasts.items() if last is not None}

    def add(self, index_id: str, key: str, number: float, now: float) -> Written:
        entry = Written(index_id, key, number, ENTRY_BYTES, written_s=now)
        self._ledger.add(entry)
        self._last_of[entry.index_id] = key, number
        return entry

    def after(self, place: int) -> Iterator[Written]:
        """What was written after the value at that place."""
        return self._ledger.after(place)

    def forget_before(self, time_s: float) -> None:
        """What was written before that is not expected again."""
        while (oldest := self._ledger.oldest()) is not None and oldest.written_s < time_s:
            self._ledger.drop(oldest.index_id, 1)

    def shrink(self) -> float:
        """Forget the oldest values until the rest is within the limit; when the last of these was written."""
        last_s = float("-inf")
        while self.is_full and (oldest := self._ledger.oldest()) is not None:
            last_s = oldest.written_s
            self._ledger.drop(oldest.index_id, 1)
        return last_s
