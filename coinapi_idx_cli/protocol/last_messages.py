"""The newest messages of the stream, kept by every machine: an engine may forget what it has acknowledged last."""

from __future__ import annotations

from collections import OrderedDict

from coinapi_idx_cli.protocol.blocks import StreamBlock

RETAINED_S = 180.0  # an engine syncs every two minutes, unless told otherwise
RETAINED_BYTES = 64 * 1024 * 1024


class LastMessages:
    """Messages by their sequence, without a hole."""

    def __init__(self, limit_bytes: int = RETAINED_BYTES) -> None:
        self.size_bytes = 0
        self._limit_bytes = limit_bytes
        self._blocks: OrderedDict[int, tuple[StreamBlock, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def first_sequence(self) -> int:
        """Of the oldest one; 1 if there is none."""
        return next(iter(self._blocks), 1)

    def keep(self, sequence: int, block: StreamBlock, now: float) -> None:
        """The last one."""
        if self._blocks and sequence - 1 not in self._blocks:
            self._blocks.clear()
            self.size_bytes = 0
        self._blocks[sequence] = block, now
        self.size_bytes += len(block.data)
        while len(self._blocks) > 1:
            oldest, (first, kept_s) = next(iter(self._blocks.items()))
            if self.size_bytes <= self._limit_bytes and kept_s >= now - RETAINED_S:
                return
            del self._blocks[oldest]
            self.size_bytes -= len(first.data)

    def has_all(self, first: int, last: int) -> bool:
        return first in self._blocks and last in self._blocks

    def block(self, sequence: int) -> StreamBlock:
        return self._blocks[sequence][0]

    def after(self, sequence: int) -> list[StreamBlock]:
        """Those behind it, in order."""
        return [block for each, (block, _) in self._blocks.items() if each > sequence]

    def forget_after(self, sequence: int) -> None:
        for each in [each for each in self._blocks if each > sequence]:
            self.size_bytes -= len(self._blocks.pop(each)[0].data)
