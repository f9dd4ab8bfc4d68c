"""Whether several connections bring all indexes in one order, and then where in it a new one begins. Pure.

Nothing promises one order over all indexes (PROTOCOL.md), so none is relied on before it was seen. Where there is one,
it tells which of several equal values a new connection begins with: the one that is followed by what it brings next.
"""

from __future__ import annotations

from collections.abc import Iterable

from coinapi_idx_cli.protocol.ledger import Entry
from coinapi_idx_cli.protocol.written_log import Written, WrittenLog

EVIDENCE = 1000  # values, one after the other, that came in the order in which others had brought them
OVERLAP = 3  # values in a row that are the same


class CommonOrder:
    """Counts the values that keep to one order."""

    def __init__(self) -> None:
        self._kept = 0

    @property
    def is_kept(self) -> bool:
        return self._kept >= EVIDENCE

    def note(self, *, is_kept: bool) -> None:
        """A connection brought one more value that was written already."""
        self._kept = self._kept + 1 if is_kept else 0


def overlap(log: WrittenLog, shown: Iterable[Entry]) -> list[Written]:
    """What of the end of the log a connection has shown, from its first value on; nothing if that is not certain."""
    entries = iter(shown)
    first = next(entries, None)
    line = log.line(first.index_id) if first is not None else None
    if first is None or line is None or (first.moment, first.number) not in line.counts:
        return []
    following = list(entries)
    for candidate in line.entries:
        if (candidate.moment, candidate.number) != (first.moment, first.number):
            continue
        rest = log.after(candidate.place)
        same = [entry for entry, one in zip(rest, following, strict=False) if _is_same(entry, one)]
        if 1 + len(same) >= OVERLAP and len(same) == min(len(following), log.added - 1 - candidate.place):
            return [candidate, *same]
    return []


def _is_same(one: Entry, other: Entry) -> bool:
    return (one.index_id, one.moment, one.number) == (other.index_id, other.moment, other.number)
