"""A stream that forgot what it had acknowledged last gets it back, from whoever has it."""

from __future__ import annotations

from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.last_messages import LastMessages


class Restoration:
    """What has to be given back, and how far that is done.

    `has_until`: up to that sequence the stream has what it had, as far as is known.
    """

    def __init__(self) -> None:
        self.retained = LastMessages()
        self.has_until = 0
        self._known = 0
        self._is_sure = False  # the message at `has_until` is the one that was there

    def begin(self, last: int, known: int) -> bool:
        """The stream ends there, and had messages up to `known`. False if not all of those are kept."""
        self.has_until, self._known = last, known
        self._is_sure = not last or last < self.retained.first_sequence
        return self.retained.has_all(last + 1, known)

    def next_block(self) -> StreamBlock | None:
        """What is to be given back next; None while it is not sure what the stream has."""
        return self.retained.block(self.has_until + 1) if self._is_sure else None

    def is_same(self, sequence: int, block: StreamBlock) -> bool:
        """Whether that message of the stream is the one that was there."""
        if sequence < self.has_until or (sequence == self.has_until and self._is_sure):
            return True
        if sequence > self._known or block.id != self.retained.block(sequence).id:
            return False
        self.has_until, self._is_sure = sequence, True
        return True
