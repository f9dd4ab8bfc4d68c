"""What `idxstream engine` does: a stream is made, or reported on."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from msgspec.structs import asdict

from coinapi_idx_cli.cli.indexes.render import write
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import faults_of
from coinapi_idx_cli.engine.report import StreamReport, report_of
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.errors import ExitCode, RefusedError
from coinapi_idx_cli.wording import plural


def run_create(
    target: EngineTarget, reporter: Reporter, *, replicas: int, max_age_s: float | None, max_bytes: int | None
) -> None:
    """Raises RefusedError for a stream that exists and cannot keep the promise."""
    with EngineConversation(target) as conversation:
        state = conversation.find()
        if state is None:
            conversation.create(replicas=replicas, max_age_s=max_age_s, max_bytes=max_bytes)
            reporter.notice(f"made the stream {target.name}")
            return
    if faults := faults_of(state):
        what = f"the stream {target.name} exists and cannot keep the promise: {'; '.join(faults)}"
        raise RefusedError(what, "name another one, or change that one with NATS's own tool")
    reporter.notice(f"the stream {target.name} exists already; it is left as it is")


def run_info(target: EngineTarget, count: int, reporter: Reporter, *, is_text: bool) -> int:
    """Exit code 7 where the chain is not whole, or the stream cannot keep the promise."""
    with EngineConversation(target) as conversation:
        report = report_of(conversation, count)
    if is_text:
        write("".join(f"{line}\n" for line in _lines(report)).encode(), reporter)
    else:
        write(orjson.dumps(asdict(report)) + b"\n", reporter)
    return ExitCode.NOT_WHOLE if report.breaks or report.faults else ExitCode.OK


def _lines(report: StreamReport) -> Iterator[str]:
    yield f"stream    {report.stream} on {report.server}, NATS {report.version}"
    held = plural(report.messages, "message")
    yield f"holds     {held}, {report.bytes:,} bytes, from {report.first} to {report.last}"
    age = f"{report.max_age_s:g} s" if report.max_age_s else "no age"
    size = f"{report.max_bytes:,} bytes" if report.max_bytes else "no size"
    yield f"keeps     {plural(report.replicas, 'replica')}; at most: {age}, {size}"
    if report.last_block is not None:
        yield f"writer    {report.writer or 'nobody: the last one left the stream to others'}"
        yield f"last      {report.last_block}, received {report.last_received}, {report.behind_s:g} s ago"
        if report.written_after_s is not None:
            yield f"written   {report.written_after_s * 1000:.1f} ms after it was received"
        gaps = f", {plural(report.gaps, 'gap')} among them" if report.gaps else ""
        whole = "NOT whole" if report.breaks else "whole"
        yield f"chain     {whole} over the last {plural(report.verified, 'message')}{gaps}"
    yield "repair    each capture machine keeps the messages of the last three minutes, 64 MiB at most"
    for text in (*report.breaks, *report.faults):
        yield f"fault     {text}"
