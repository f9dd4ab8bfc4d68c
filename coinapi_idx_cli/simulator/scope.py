"""What one connection asked for: which indexes, and how often each."""

from __future__ import annotations

from collections.abc import Sequence

from coinapi_idx_cli.simulator.feed import Publication
from coinapi_idx_cli.simulator.requests import Request


class Scope:
    """Nothing at first. `hello` replaces it, `subscribe` adds, `unsubscribe` takes away.

    A filter that is left out means everything; an empty list means nothing.
    """

    def __init__(self) -> None:
        self._sent_at: dict[str, float] = {}
        self._clear()

    def apply(self, request: Request) -> None:
        """Change the scope as the client asked."""
        if request.type == "unsubscribe":
            self._remove(request.ids)
            return
        if request.type == "hello":
            self._clear()
        self._add(request.ids)
        if request.update_limit_s is not None:
            self._limit_s = request.update_limit_s

    def select(self, batch: Publication, now: float) -> Sequence[bytes]:
        """The frames of the batch that this connection gets at the monotonic time `now` (seconds)."""
        if self._limit_s:
            return [frame for index_id, frame in self._pairs(batch) if self._is_due(index_id, now)]
        if self._everything and not self._unwanted:
            return batch.frames
        return [frame for _, frame in self._pairs(batch)]

    def _clear(self) -> None:
        self._everything = False
        self._wanted: frozenset[str] = frozenset()
        self._unwanted: frozenset[str] = frozenset()
        self._limit_s = 0.0
        self._sent_at.clear()

    def _pairs(self, batch: Publication) -> list[tuple[str, bytes]]:
        pairs = zip(batch.ids, batch.frames, strict=True)
        if self._everything:
            return [pair for pair in pairs if pair[0] not in self._unwanted]
        return [pair for pair in pairs if pair[0] in self._wanted]

    def _is_due(self, index_id: str, now: float) -> bool:
        sent_at = self._sent_at.get(index_id)
        if sent_at is not None and now - sent_at < self._limit_s:
            return False
        self._sent_at[index_id] = now
        return True

    def _add(self, ids: frozenset[str] | None) -> None:
        if ids is None:
            self._everything, self._unwanted = True, frozenset()
        elif self._everything:
            self._unwanted -= ids
        else:
            self._wanted |= ids

    def _remove(self, ids: frozenset[str] | None) -> None:
        if ids is None:
            self._everything, self._wanted = False, frozenset()
        elif self._everything:
            self._unwanted |= ids
        else:
            self._wanted -= ids
