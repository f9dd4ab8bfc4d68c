"""What the table knows of each index. Pure: no terminal, no clock, no lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from math import isfinite

from coinapi_idx_cli.protocol.batch import IndexValue


@dataclass(slots=True)
class Row:
    """One index."""

    index_id: str
    updates: int = 0
    value: float | None = None  # None until there is one
    previous: float | None = None  # None until there are two
    first: float = 0.0  # of this run; without meaning until there is a value
    message: bytes = b""  # the last one, as it came: it holds the value's exact text
    updated_s: float = 0.0  # monotonic; as `first`

    def change(self) -> float | None:
        """Last value minus the one before."""
        return None if self.value is None or self.previous is None else self.value - self.previous

    def since_start(self) -> float | None:
        """Last value minus the first one."""
        return None if self.value is None or self.previous is None else self.value - self.first

    def percent(self) -> float | None:
        """`since_start` in percent of the first value's size. None where that has no meaning."""
        change = self.since_start()
        if change is None or not self.first:
            return None
        percent = change / abs(self.first) * 100
        return percent if isfinite(percent) else None

    def age_s(self, now_s: float) -> float:
        """Seconds since the last value came."""
        return max(0.0, now_s - self.updated_s)


class Rows:
    """All rows: those asked for in the order asked, then the others by first arrival."""

    def __init__(self, index_ids: Iterable[str] = ()) -> None:
        self._order = list(dict.fromkeys(index_ids))
        self._asked = frozenset(self._order)
        self._rows: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self._order)

    def take(self, values: list[IndexValue], messages: list[bytes], now_s: float) -> None:
        """Note the next values, in order; `messages[i]` is the text of `values[i]`."""
        rows = self._rows
        # The busiest loop of the table: everything that can wait for the painting is left to it.
        for value, message in zip(values, messages, strict=True):
            row = rows.get(value.index_id) or self._add(value)
            row.previous = row.value
            row.value = value.value
            row.message = message
            row.updates += 1
            row.updated_s = now_s

    def _add(self, value: IndexValue) -> Row:
        index_id = value.index_id
        if index_id not in self._asked:
            self._order.append(index_id)
        row = self._rows[index_id] = Row(index_id, first=value.value)
        return row

    def snapshot(self, limit: int | None = None) -> list[Row]:
        """Copies of the first `limit` rows (None: all), which later values do not change."""
        return [self._copy(index_id) for index_id in islice(self._order, limit)]

    def _copy(self, index_id: str) -> Row:
        row = self._rows.get(index_id)
        return Row(index_id) if row is None else replace(row)
