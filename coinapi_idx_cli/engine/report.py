"""What there is to know of a stream: who writes it, how far behind it is, and whether the end of its chain is whole."""

from __future__ import annotations

import time

from msgspec import Struct, field

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import NS, ApiError, faults_of
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.times import parse_utc_ns, utc_text


class StreamReport(Struct):
    """A stream as it is now.

    `writer`: the machine that wrote last, None if it left the stream or there is none. `behind_s`: since the last value
    was received, by the clock here. `written_after_s`: how long the last message took from its receipt into the stream.
    `breaks`: where the chain is not whole, in words; `verified`: so many messages at its end were looked at.
    """

    stream: str
    server: str
    version: str
    messages: int
    bytes: int
    first: int
    last: int
    replicas: int
    max_age_s: float | None
    max_bytes: int | None
    faults: list[str]
    writer: str | None = None
    last_block: str | None = None
    last_received: str | None = None
    behind_s: float | None = None
    written_after_s: float | None = None
    verified: int = 0
    breaks: list[str] = field(default_factory=list)
    gaps: int = 0


def report_of(conversation: EngineConversation, count: int) -> StreamReport:
    """Raises IdxstreamError."""
    state = conversation.state()
    config, link = state.config, conversation.link
    max_age, max_bytes = int(config.get("max_age", 0)), int(config.get("max_bytes", -1))
    report = StreamReport(
        stream=state.name,
        server=link.name,
        version=str(link.info.get("version", "")),
        messages=state.messages,
        bytes=state.size_bytes,
        first=state.first,
        last=state.last,
        replicas=int(config.get("num_replicas", 1)),
        max_age_s=max_age / NS if max_age else None,
        max_bytes=max_bytes if max_bytes >= 0 else None,
        faults=faults_of(state),
    )
    if state.messages:
        _look_at_end(conversation, report, max(state.first, state.last - count + 1))
    return report


def _look_at_end(conversation: EngineConversation, report: StreamReport, first: int) -> None:
    before: StreamBlock | None = None
    for sequence in range(first, report.last + 1):
        try:
            block, written = conversation.message(sequence)
        except (ApiError, ValueError) as error:
            report.breaks.append(f"message {sequence}: {error}")
            before = None
            continue
        report.verified += 1
        report.gaps += block.is_gap
        if before is not None and block.after != (sequence - 1, before.id):
            after = f"{block.after[0]} {block.after[1]}".rstrip()
            report.breaks.append(f"message {sequence} follows {after}, and {sequence - 1} is {before.id}")
        before = block
        if sequence == report.last:
            _note_last(report, block, parse_utc_ns(written))


def _note_last(report: StreamReport, block: StreamBlock, written_ns: int | None) -> None:
    report.writer = None if block.is_yield else block.machine
    report.last_block = block.id
    report.last_received = utc_text(block.received_ns)
    report.behind_s = round((time.time_ns() - block.received_ns) / NS, 3)
    if written_ns is not None:
        report.written_after_s = round((written_ns - block.received_ns) / NS, 6)
