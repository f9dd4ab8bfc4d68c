"""From destinations to outputs: the formats, sinks and views of a run, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.destinations import Destination
from coinapi_idx_cli.cli.watch.settings import Writing
from coinapi_idx_cli.formats.base import FormatContext
from coinapi_idx_cli.formats.registry import TABLE, format_class
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.targets import sink_for
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.sinks.base import SinkContext
from coinapi_idx_cli.sinks.engine.settings import SETTINGS
from coinapi_idx_cli.sinks.stream import stdout_sink

if TYPE_CHECKING:
    from coinapi_idx_cli.sinks.files.file_sink import FileSink
    from coinapi_idx_cli.table.view import Table


class Outputs(NamedTuple):
    """What the session writes to, and those of its sinks that are files."""

    output: Output
    files: tuple[FileSink, ...]


class Builder:
    """Makes the outputs of one run.

    `wake` ends the session's wait, `end` the run, for a reason; `is_sampled`: the server sends not every value.
    """

    def __init__(
        self,
        writing: Writing,
        status: Status,
        index_ids: tuple[str, ...],
        reporter: Reporter,
        wake: Callable[[], None],
        *,
        is_sampled: bool,
        end: Callable[[str], None],
    ) -> None:
        self._writing = writing
        self._status = status
        self._index_ids = index_ids
        self._reporter = reporter
        self._wake = wake
        self._is_sampled = is_sampled
        self._end = end
        self._files: list[FileSink] = []
        self._table_there: Table | None = None

    def build(self) -> Outputs:
        """Opens nothing but streams. Raises UsageError for what a format or sink cannot do, OutputError."""
        outputs = [self._output(destination) for destination in self._writing.destinations]
        output = outputs[0] if len(outputs) == 1 else _joined(outputs)
        if self._writing.bars_ns is not None:
            output = _with_bars(output, self._writing.bars_ns, self._reporter)
        if self._writing.alerting is not None:
            from coinapi_idx_cli.cli.watch.alert_choice import with_alerts

            output = with_alerts(output, self._writing.alerting, self._reporter, self._table_there)
        return Outputs(output, tuple(self._files))

    def _output(self, destination: Destination) -> Output:
        if destination.format == TABLE:
            return self._table()
        writing, reporter = self._writing, self._reporter
        kind = format_class(destination.format)
        is_whole = destination.is_engine  # all machines have to write the same
        context = FormatContext(
            fields=None if is_whole else self._fields_of(destination),
            header=writing.header,
            include=frozenset() if is_whole else writing.include & kind.notes,
            settings=writing.plugin_settings.get(destination.format, {}),
            journal=reporter,
        )
        output_format = kind(context)
        if destination.scheme is not None:
            _hide_password(destination.target or "", reporter)
        sink = sink_for(
            destination.target,
            SinkContext(
                journal=reporter,
                wake=self._wake,
                is_text=kind.is_text,
                settings=self._settings_of(destination),
                fsync_s=writing.fsync_s,
                needs_locks=writing.wait_lock_s is not None,
                status=self._status,
            ),
        )
        output = EncodedOutput(output_format, sink, reporter.redactor.clean_bytes)
        return self._of_file(output) if destination.is_file else output

    def _fields_of(self, destination: Destination) -> tuple[str, ...] | None:
        if self._writing.bars_ns is None:
            return self._writing.fields
        from coinapi_idx_cli.outputs.bars_output import FIELDS

        return FIELDS if destination.format == "csv" else None

    def _settings_of(self, destination: Destination) -> Mapping[str, object]:
        engine = self._writing.engines.get(destination.target or "")
        if engine is not None:
            return {SETTINGS: engine}
        return self._writing.plugin_settings.get(destination.scheme or "", {})

    def _of_file(self, output: EncodedOutput) -> Output:
        from coinapi_idx_cli.sinks.files.file_sink import FileSink

        sink = output.sink
        if not isinstance(sink, FileSink):  # a pipe, a device
            return output
        self._files.append(sink)
        if self._writing.wait_lock_s is None:
            return output
        from coinapi_idx_cli.outputs.takeover import Takeover

        patience_s = self._writing.wait_lock_s
        return Takeover(output, sink, self._status, patience_s, self._wake, by_time=self._is_sampled)

    def _table(self) -> Output:
        from coinapi_idx_cli.table.view import Table, TableContext  # rich takes 80 ms

        context = TableContext(
            status=self._status,
            index_ids=self._index_ids,
            sort=self._writing.sort,
            clean=self._reporter.clean,
            journal=self._reporter,
            stdout=stdout_sink(),
            has_tab_title=self._writing.has_tab_title,
            keyboard=_keyboard(),
            end=self._end,
        )
        self._table_there = Table(context)
        return self._table_there


def _with_bars(output: Output, duration_ns: int, reporter: Reporter) -> Output:
    from coinapi_idx_cli.outputs.bars_output import BarsOutput
    from coinapi_idx_cli.protocol.bars import BarMaker

    return BarsOutput(output, BarMaker(duration_ns), reporter)


def _keyboard() -> int | None:
    """Stdin, where it is the terminal that the table is on."""
    with suppress(OSError):
        stdin, stdout = (os.fstat(number) for number in (0, 1))
        if os.isatty(0) and stdin.st_rdev == stdout.st_rdev:
            return 0
    return None


def _joined(outputs: Sequence[Output]) -> Output:
    from coinapi_idx_cli.outputs.several_outputs import SeveralOutputs

    return SeveralOutputs(outputs)


def _hide_password(url: str, reporter: Reporter) -> None:
    """Before anything is said about it."""
    userinfo, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and (password := userinfo.partition(":")[2]):
        reporter.hide(password)
