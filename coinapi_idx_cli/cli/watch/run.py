"""From settings to a run: puts the parts together, waits for the end, says with which code."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coinapi_idx_cli.cli.event_log import EventLog, check_name
from coinapi_idx_cli.cli.options.connection_settings import Link
from coinapi_idx_cli.cli.reporter import NORMAL, Reporter
from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.cli.watch.hangup import terminal_is_gone
from coinapi_idx_cli.cli.watch.progress import status_line
from coinapi_idx_cli.cli.watch.settings import WatchSettings, Writing
from coinapi_idx_cli.credentials.api_key import read_again
from coinapi_idx_cli.errors import CountNotReachedError, ExitCode, IdxstreamError, OutputError
from coinapi_idx_cli.formats.base import Output, OutputContext, Sink
from coinapi_idx_cli.formats.registry import output_class
from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.protocol.reconnect import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.sinks.files.names import FileName
from coinapi_idx_cli.sinks.stdout import StdoutSink
from coinapi_idx_cli.terminal.numbers import plural
from coinapi_idx_cli.transport.target import Target

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine
    from coinapi_idx_cli.sinks.files.file_sink import FileSink

LAST_WRITES_S = 1.2  # from the signal on, for a reader of stdout that is slow; a stop may take 2 s in all, with the log
LOOK_FOR_SIGNALS_S = 0.1
EXPECTED = ("rotated", "waiting_lock", "took_over")  # what files tell that is no reason to worry
TEXT_FORMATS = ("csv", "ndjson")  # those of plug-ins may mean their control characters


def run_watch(settings: WatchSettings, reporter: Reporter) -> int:
    """Returns the exit code of a stop that was asked for; raises what ended the run otherwise."""
    log = settings.writing.event_log
    if log is not None:
        check_name(log, settings.writing.output)
    reopens = log is not None or settings.writing.output is not None
    with ExitStack() as stack:
        wakeup = stack.enter_context(closing(Wakeup()))
        requests = _requests(reopens)
        stack.enter_context(wakeup.catching(*_ending_signals(reopens), requests=requests, is_end=terminal_is_gone()))
        url, index_ids = settings.link.url, settings.subscription.index_ids
        if settings.link.demo:
            url, index_ids = stack.enter_context(_demo(index_ids))
        if log is not None:
            stack.enter_context(_event_log(log, reporter))
        return _run(settings, _target(settings, url, index_ids), index_ids, wakeup, reporter)


def _run(
    settings: WatchSettings, target: Target, index_ids: tuple[str, ...] | None, wakeup: Wakeup, reporter: Reporter
) -> int:
    status = Status(target.name, started_s=time.monotonic(), stale_after_s=settings.link.stale_after_s)
    reporter.status = status
    file_sink = _file_sink(settings.writing, reporter)
    sink: Sink = file_sink or _stdout_sink(settings.writing, reporter)
    writing = settings.writing
    context = OutputContext(
        sink=sink,
        status=status,
        index_ids=index_ids or (),
        fields=writing.fields,
        header=writing.header,
        include=writing.include,
        clean=reporter.clean,
        sort=writing.sort,
        warn=reporter.warning,
    )
    output = output_class(writing.format)(context)
    sampled = settings.subscription.update_limit_ms is not None
    if file_sink is not None and writing.wait_lock_s is not None:
        from coinapi_idx_cli.sinks.files.takeover import HandingOff, Handoff

        sink = handoff = Handoff(file_sink, output, writing.wait_lock_s, wakeup.wake, by_time=sampled)
        output = HandingOff(output, handoff)
    plan = Plan(
        target,
        _policy(settings.link),
        settings.rules,
        writing.stats_s,
        sampled,
        pings=not settings.subscription.heartbeat,
        renewed=_renewal(settings, target, index_ids, reporter),
    )
    session = Session(plan, output, sink, status, reporter, wakeup)
    error: BaseException | None = None
    line: StatusLine | None = None
    try:
        output.open()
        sink.open(output.head())
        if output.shows_warnings:
            reporter.hold_warnings()
        with status_line(settings, status, file_sink or sink, reporter) as line:
            session.run()
    except BaseException as failure:
        error = failure
        raise
    finally:
        try:
            _close(output, sink, wakeup, reporter)
        except BaseException as failure:
            error = error or failure
            raise
        finally:
            reporter.release_warnings()
            _tell_end(status, reporter, _reason(session, wakeup, error), file_sink, line)
    if wakeup.signal_number is not None:
        return ExitCode(128 + wakeup.signal_number)
    if session.fell_short_of is not None:
        raise _short(status.values, session.fell_short_of, session.stop_reason)
    return ExitCode.OK


def _short(values: int, wanted: int, reason: str | None) -> CountNotReachedError:
    if wanted == 1:
        return CountNotReachedError(f"no value came before {reason} ended the run", "raise it")
    came = f"{values:,} of {wanted:,} values" if values else f"none of {wanted:,} values"
    return CountNotReachedError(f"{came} came before {reason} ended the run", "raise it, or lower -n")


def _close(output: Output, sink: Sink, wakeup: Wakeup, reporter: Reporter) -> None:
    try:
        output.close()
        _finish(sink, wakeup, reporter)
    finally:
        sink.close()


def _reason(session: Session, wakeup: Wakeup, error: BaseException | None) -> str:
    if error is not None:
        return error.what if isinstance(error, IdxstreamError) else str(error) or type(error).__name__
    return session.stop_reason or signal.Signals(wakeup.signal_number or 0).name


def _tell_end(status: Status, reporter: Reporter, reason: str, sink: FileSink | None, line: StatusLine | None) -> None:
    seconds = round(time.monotonic() - status.started_s, 3)
    counts = ("values", "bytes_received", "connections", "handovers", "gaps", "malformed", "unknown", "heartbeats")
    totals = {name: getattr(status, name) for name in counts}
    if status.malformed:
        messages = plural(status.malformed, "message")
        reporter.warning(f"{messages} did not decode; --event-log keeps the first of each kind")
    file = "" if sink is None else _size_of(sink.path)
    received = f"{plural(status.values, 'value')}, {plural(status.bytes_received, 'byte')}"
    text = f"stopped after {received}, {seconds:.1f} s: {reason}{file}"
    reporter.record("stopped", Level.INFO, text, reason=reason, seconds=seconds, **totals)
    if line is not None and status.values and reporter.verbosity == NORMAL:  # with -v it is told already
        reporter.notice(f"{line.summary()}{file}")


def _size_of(path: str) -> str:
    """The end of the last line: which file it is, and how large it has become."""
    with suppress(OSError):  # nothing came, so there is none
        return f"; {path} has {Path(path).stat().st_size:,} bytes"
    return ""


@contextmanager
def _event_log(path: Path, reporter: Reporter) -> Iterator[None]:
    with closing(EventLog(path, reporter.warning)) as log:
        reporter.event_log = log
        note_request = signal.getsignal(signal.SIGHUP)

        def hang_up(number: int, frame: FrameType | None) -> None:
            log.reopen()
            if callable(note_request):
                note_request(number, frame)

        signal.signal(signal.SIGHUP, hang_up)
        try:
            yield
        finally:
            reporter.event_log = None


@contextmanager
def _demo(index_ids: tuple[str, ...] | None) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """A simulator in this process: its address, and the ids to watch."""
    from coinapi_idx_cli.simulator import DEMO_IDS, Simulator

    with Simulator(seed=None, forget_closed=True) as simulator:
        yield simulator.url, DEMO_IDS if index_ids == () else index_ids


def _target(settings: WatchSettings, url: str, index_ids: tuple[str, ...] | None) -> Target:
    link, subscription = settings.link, settings.subscription
    key_in_hello = link.api_key.reveal() if link.api_key is not None and link.auth == "hello" else None
    greeting = hello(
        index_ids,
        heartbeat=subscription.heartbeat,
        update_limit_ms=subscription.update_limit_ms,
        api_key=key_in_hello,
    )
    return Target(
        url=url,
        api_key=link.api_key,
        auth=link.auth,
        trust=link.trust,
        allow_plaintext=link.allow_plaintext,
        timeout_s=link.connect_timeout_s,
        hello=greeting,
    )


def _renewal(
    settings: WatchSettings, target: Target, index_ids: tuple[str, ...] | None, reporter: Reporter
) -> Callable[[], Target] | None:
    """The target with the key as its file holds it by then. None where the key is from no file."""
    key = settings.link.api_key
    if key is None or key.file is None:
        return None

    def renewed() -> Target:
        latest = read_again(key)
        reporter.hide(latest.reveal())
        return _target(replace(settings, link=replace(settings.link, api_key=latest)), target.url, index_ids)

    return renewed


def _policy(link: Link) -> Policy:
    return Policy(link.stale_after_s, link.connect_timeout_s, link.give_up_after_s, link.strategy)


def _file_sink(writing: Writing, reporter: Reporter) -> FileSink | None:
    if writing.output is None or _is_stream(writing.output):
        return None
    from coinapi_idx_cli.sinks.files.file_sink import FileSink

    def tell(event: str, line: str, **fields: object) -> None:
        reporter.record(event, Level.INFO if event in EXPECTED else Level.WARNING, line, **fields)

    clean = reporter.redactor.clean_bytes
    needs_locks = writing.wait_lock_s is not None
    return FileSink(FileName(writing.output), clean, tell, writing.fsync_s, needs_locks=needs_locks)


def _is_stream(path: str) -> bool:
    """A pipe, a socket or a terminal: it has a reader, and nothing in it can be mended or locked."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _stream(path: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        reason = "nobody reads from it" if error.errno == errno.ENXIO else error.strerror
        raise OutputError(f"cannot open {path}: {reason}", "start its reader first") from error


def _stdout_sink(writing: Writing, reporter: Reporter) -> StdoutSink:
    clean, is_text = reporter.redactor.clean_bytes, writing.format in TEXT_FORMATS
    if writing.output is not None:
        return StdoutSink(_stream(writing.output), clean, is_text=is_text, name=writing.output)
    if sys.stdout is None:
        raise OutputError("stdout is closed", "give the output somewhere to go")
    return StdoutSink(sys.stdout.fileno(), clean, is_text=is_text)


def _finish(sink: Sink, wakeup: Wakeup, reporter: Reporter) -> None:
    """Wait for a slow reader to take the rest; after a signal not for long."""
    while not sink.finish(LOOK_FOR_SIGNALS_S):
        if time.monotonic() > wakeup.signalled_s + LAST_WRITES_S:
            reporter.warning(sink.unwritten())
            return


def _ending_signals(reopens: bool) -> list[signal.Signals]:
    """A closed terminal ends a run that has nothing to open again."""
    return not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, *(() if reopens else (signal.SIGHUP,)))


def _requests(reopens: bool) -> list[signal.Signals]:
    return [signal.SIGUSR1, *([signal.SIGHUP] if reopens else [])]
