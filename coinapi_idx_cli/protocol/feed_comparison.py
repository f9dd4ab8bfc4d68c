"""My feed, as far as it is compared with the stream: the newest values of it may wait until there is room for them."""

from __future__ import annotations

from coinapi_idx_cli.protocol.align import Alignment
from coinapi_idx_cli.protocol.backlog import Chunk, FeedBacklog
from coinapi_idx_cli.protocol.blocks import BLOCK_BYTES
from coinapi_idx_cli.protocol.messages import decode_value

LOOKED_THROUGH = 100_000  # values that are held and compared


class FeedComparison:
    """An alignment, and what it has not seen yet. `now` is seconds of the monotonic clock."""

    def __init__(self, backlog: FeedBacklog) -> None:
        self.alignment = Alignment()
        self.backlog = backlog

    @property
    def waiting_values(self) -> int:
        """So many are not in the stream, as far as is known."""
        return self.alignment.held + self.backlog.values

    @property
    def waiting_bytes(self) -> int:
        """Of their texts."""
        return self.alignment.text_bytes + self.backlog.size_bytes

    def load(self) -> None:
        """As much as there is room for."""
        while self.alignment.held < LOOKED_THROUGH and self.backlog.first() is not None:
            self.show(self.backlog.take())

    def load_to_write(self, now: float) -> None:
        """While the stream has values that my feed has still to bring each value has to be looked at: no others."""
        alignment = self.alignment
        if alignment.written:
            self.forget_old(now)
        while (chunk := self.backlog.first()) is not None:
            is_to_be_looked_at = chunk.loss or alignment.written or alignment.differing or alignment.losses
            if not is_to_be_looked_at or alignment.held_bytes > BLOCK_BYTES or (chunk.loss and alignment.held):
                return
            self.show(self.backlog.take())

    def show(self, chunk: Chunk) -> None:
        """The alignment sees it."""
        if chunk.loss:
            self.alignment.lose(chunk.loss)
            return
        texts = chunk.data.split(b"\n")[:-1]
        self.alignment.showed(
            texts,
            list(map(decode_value, texts)),
            chunk.received_ns,
            chunk.at_s,
            origin=chunk.origin,
            first_line=chunk.first_line,
        )

    def forget_old(self, now: float) -> None:
        """What only one of the two brought."""
        waiting = self.backlog.first()
        compared_s = now if waiting is None else min(now, waiting.at_s)
        if compared_s > 0:  # else the oldest of what waits is of a run before, or comes from a spool
            self.alignment.forget_old(compared_s)
