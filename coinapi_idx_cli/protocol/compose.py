"""The messages that a machine writes, each with a number of its own and the one that it follows."""

from __future__ import annotations

import orjson
from msgspec.structs import replace

from coinapi_idx_cli.protocol.backlog import Chunk, FeedBacklog
from coinapi_idx_cli.protocol.blocks import BLOCK_BYTES, NOBODY, StreamBlock, pieces, yield_message
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.held_values import OnFeed
from coinapi_idx_cli.protocol.messages import decode_value


class Composer:
    """Knows the last message of the stream, `last` at `known`, and the last one with values.

    `writer`: NAME/RUN.
    """

    def __init__(self, writer: str) -> None:
        self.writer = writer
        self.known = 0
        self.last: StreamBlock | None = None
        self._last_values: StreamBlock | None = None
        self._counter = 0

    def note(self, sequence: int, block: StreamBlock) -> None:
        """That one is the last one now."""
        self.known, self.last = sequence, block
        if not block.control:
            self._last_values = block

    def is_contradicted(self, sequence: int, block: StreamBlock) -> bool:
        """Whether a message shows that the stream is not the one that I know."""
        if self.last is None or sequence > self.known + 1:
            return False
        return block.id != self.last.id if sequence == self.known else block.after != (self.known, self.last.id)

    def begin_again(self) -> None:
        """The stream is another one."""
        self.known, self.last, self._last_values = 0, None, None

    def of_held(self, held: list[OnFeed]) -> StreamBlock:
        data = b"\n".join([*(each.text for each in held), b""])
        return self._block(data, len(held), held[-1].received_ns)

    def of_chunks(self, chunks: list[Chunk]) -> StreamBlock:
        data = b"".join([chunk.data for chunk in chunks])
        return self._block(data, sum(chunk.count for chunk in chunks), chunks[-1].received_ns)

    def leaving(self, reason: str) -> StreamBlock:
        """Whoever holds values may write at once."""
        received_ns = self.last.received_ns if self.last is not None else 0
        return self._block(yield_message(reason), 0, received_ns, control=True)

    def gap(self, kind: str, first: OnFeed | None) -> StreamBlock:
        """From the last value of the stream to the first one that is held. `kind` as in a record of gaps."""
        before = self._last_values
        to_ns = first.received_ns if first is not None else 0
        gap = Gap(min(before.received_ns, to_ns) if before is not None else to_ns, to_ns)
        times = {
            "time_coinapi_from": decode_value(before.lines()[-1]).time_coinapi if before is not None else None,
            "time_coinapi_to": first.time_coinapi if first is not None else None,
        }
        machine = self.writer.rpartition("/")[0]
        reason = f"no capture machine received; {machine} goes on"
        record = {"type": "gap", "kind": kind, "output": machine, **gap.fields, **times, "reason": reason}
        return self._block(orjson.dumps(record), 0, to_ns, control=True)

    def _block(self, data: bytes, count: int, received_ns: int, *, control: bool = False) -> StreamBlock:
        self._counter += 1
        after = (self.known, self.last.id if self.last is not None else NOBODY)
        return StreamBlock(f"{self.writer}/{self._counter}", after, count, received_ns, data, control)


def chunks_of_a_block(backlog: FeedBacklog) -> list[Chunk]:
    """As many as one message holds, up to the next loss; of one that is too large a part."""
    chunks: list[Chunk] = []
    size = 0
    while (chunk := backlog.first()) is not None and not chunk.loss:
        size += len(chunk.data)
        if chunks and size > BLOCK_BYTES:
            break
        backlog.take()
        chunks.append(chunk)
    if size > BLOCK_BYTES and len(chunks) == 1:
        (large,) = chunks
        parts, line = [], large.first_line
        for data in pieces(large.data):
            parts.append(replace(large, data=data, count=data.count(b"\n"), first_line=line))
            line += parts[-1].count
        backlog.give_back(parts[1:])
        return parts[:1]
    return chunks
