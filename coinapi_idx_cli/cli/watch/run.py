"""From settings to a run: puts the parts together, waits for the end, and returns the exit code."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from coinapi_idx_cli.cli.event_log import EventLog, check_name
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.cli.watch.hangup import terminal_is_gone
from coinapi_idx_cli.cli.watch.monitors import check_metrics, monitored
from coinapi_idx_cli.cli.watch.outputs import Builder, Outputs
from coinapi_idx_cli.cli.watch.progress import status_line
from coinapi_idx_cli.cli.watch.run_end import RunEnd
from coinapi_idx_cli.cli.watch.run_start import report_start
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.cli.watch.target import demo_server, renewal, target_for
from coinapi_idx_cli.errors import ExitCode
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.target import Target

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.stream_choice import StreamChoice
    from coinapi_idx_cli.outputs.base import Output
    from coinapi_idx_cli.session.stream_session import StreamSession
    from coinapi_idx_cli.sinks.files.file_sink import FileSink

Tell = Callable[[str, dict[str, object]], None]


def run_watch(settings: WatchSettings, reporter: Reporter, output: Output | None = None) -> int:
    """Returns the exit code of a stop that was asked for; raises what ended the run otherwise.

    `output`: what to write to, instead of what the settings name.
    """
    log, destinations = settings.writing.event_log, settings.writing.destinations
    if log is not None:
        for destination in destinations:
            check_name(log, destination.target)
    check_metrics(settings)
    reopens = log is not None or any(destination.is_file for destination in destinations)
    with ExitStack() as stack:
        wakeup = stack.enter_context(closing(Wakeup()))
        requests = _requests(reopens)
        stack.enter_context(wakeup.catching(*_ending_signals(reopens), requests=requests, is_end=terminal_is_gone()))
        if log is not None:
            stack.enter_context(_event_log(log, reporter))
        if settings.reading is not None:
            return _run_reading(settings, settings.reading, wakeup, reporter)
        url, index_ids = settings.link.url, settings.subscription.index_ids
        if settings.link.demo:
            url, index_ids = stack.enter_context(demo_server(index_ids))
        return _run(settings, target_for(settings, url, index_ids), index_ids, wakeup, reporter, output)


def _run(
    settings: WatchSettings,
    target: Target,
    index_ids: tuple[str, ...] | None,
    wakeup: Wakeup,
    reporter: Reporter,
    output: Output | None,
) -> int:
    status = Status(target.name, started_s=time.monotonic(), stale_after_s=settings.link.stale_after_s)
    reporter.status = status
    is_sampled = settings.subscription.update_limit_ms is not None
    builder = Builder(
        settings.writing, status, index_ids or (), reporter, wakeup.wake, is_sampled=is_sampled, end=wakeup.end
    )
    output, files = builder.build() if output is None else Outputs(output, ())
    output = monitored(output, settings, status, reporter)
    plan = Plan(
        target,
        _policy(settings.link),
        settings.rules,
        settings.writing.stats_s,
        is_sampled,
        pings=not settings.subscription.heartbeat,
        redundant=settings.link.redundant,
        renewed=renewal(settings, target, index_ids, reporter),
    )
    report_start(settings, target.name, index_ids, reporter)
    session = Session(plan, output, status, reporter, wakeup)
    return _run_to_its_end(session, settings, output, files, status, wakeup, reporter)


def _run_reading(settings: WatchSettings, reading: StreamChoice, wakeup: Wakeup, reporter: Reporter) -> int:
    """A stream of an engine in place of the feed."""
    from coinapi_idx_cli.engine.stream_source import StreamSource  # here: most runs read the feed
    from coinapi_idx_cli.session.stream_session import ReadingPlan, StreamSession

    name, link = reading.target.name, settings.link
    status = Status(name, started_s=time.monotonic(), stale_after_s=link.stale_after_s)
    reporter.status = status
    builder = Builder(
        settings.writing, status, reading.exact_ids, reporter, wakeup.wake, is_sampled=False, end=wakeup.end
    )
    output, files = builder.build()
    output = monitored(output, settings, status, reporter)
    plan = ReadingPlan(
        name, settings.rules, settings.writing.stats_s, link.give_up_after_s, reading.since_ns, reading.wants
    )
    report_start(settings, name, reading.exact_ids or None, reporter)

    def source(tell: Tell) -> StreamSource:
        return StreamSource(reading.target, reading.since_ns, wakeup.wake, tell)

    session = StreamSession(plan, source, output, status, reporter, wakeup)
    return _run_to_its_end(session, settings, output, files, status, wakeup, reporter)


def _run_to_its_end(
    session: Session | StreamSession,
    settings: WatchSettings,
    output: Output,
    files: Sequence[FileSink],
    status: Status,
    wakeup: Wakeup,
    reporter: Reporter,
) -> int:
    ending = RunEnd(session, output, files, status, wakeup, reporter)
    with ExitStack() as stack:
        stack.enter_context(ending.told())
        stack.callback(reporter.release_warnings)
        stack.callback(output.close)
        stack.enter_context(ending.written_out())
        output.open()
        if output.shows_warnings:
            reporter.hold_warnings()
        ending.line = stack.enter_context(status_line(settings, status, files, reporter))
        session.run()
    if wakeup.signal_number is not None:
        return ExitCode(128 + wakeup.signal_number)
    ending.check_count()
    return ExitCode.OK


def _policy(link: ConnectionSettings) -> Policy:
    return Policy(link.stale_after_s, link.connect_timeout_s, link.give_up_after_s, link.strategy)


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


def _ending_signals(reopens: bool) -> list[signal.Signals]:
    """A closed terminal ends a run that has nothing to open again."""
    return not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, *(() if reopens else (signal.SIGHUP,)))


def _requests(reopens: bool) -> list[signal.Signals]:
    return [signal.SIGUSR1, *([signal.SIGHUP] if reopens else [])]
