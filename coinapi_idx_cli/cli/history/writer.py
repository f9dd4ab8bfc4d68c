"""Where the past goes: the format and the sink of `watch`, with files named by the time of the value."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from coinapi_idx_cli.cli.history.settings import HistorySettings
from coinapi_idx_cli.cli.history.stops import Stops
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.formats.base import FormatContext
from coinapi_idx_cli.formats.registry import format_class
from coinapi_idx_cli.history.held import HeldFiles, HeldRecord
from coinapi_idx_cli.history.items import HistoryItem
from coinapi_idx_cli.history.record_fields import BAR_FIELDS, VALUE_FIELDS, batch_of
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.targets import sink_for
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.base import SinkContext
from coinapi_idx_cli.sinks.files.file import MEMBER_S
from coinapi_idx_cli.sinks.files.file_sink import FileSink

Pairs = list[tuple[str, HistoryItem]]
A_WHILE_S = 0.5
AT_THE_END_S, AFTER_A_SIGNAL_S = 60.0, 1.0


class HistoryWriter:
    """Takes items in order of time; `flush` writes them."""

    def __init__(self, settings: HistorySettings, reporter: Reporter, stops: Stops) -> None:
        self.count = 0
        self.last_ns: int | None = None
        self._settings = settings
        self._reporter = reporter
        self._stops = stops
        self._pairs: Pairs = []
        fields = VALUE_FIELDS if settings.period is None else BAR_FIELDS
        kind = format_class(settings.destination.format)
        is_csv = settings.destination.format == "csv"
        output_format = kind(FormatContext(fields=fields if is_csv else None, header=settings.header))
        self._sink = sink_for(settings.destination.target, SinkContext(journal=reporter, is_text=kind.is_text))
        self._output = EncodedOutput(output_format, self._sink, reporter.redactor.clean_bytes)
        self.is_file = isinstance(self._sink, FileSink)
        self._is_csv = is_csv

    def open(self) -> HeldRecord:
        """What is there already. Raises OutputError, also for a file that holds something else."""
        if not isinstance(self._sink, FileSink):
            self._output.open()
            return HeldRecord()
        settings = self._settings
        files = HeldFiles(self._sink.name.pattern, settings.ids, settings.period, is_csv=self._is_csv)
        begin_ns = files.newest_ns()
        begin_ns = settings.stretches[0][0] if begin_ns is None and settings.stretches else begin_ns
        self._sink.open(self._output.format.head(), begin_ns, goes_on_exactly=True)  # mends a torn end
        return files.read()

    def add(self, index_id: str, item: HistoryItem) -> None:
        self._pairs.append((index_id, item))

    def flush(self) -> None:
        """Write all that was added. Waits for a reader that is slow. Raises OutputError, ReaderGoneError."""
        pairs, self._pairs = self._pairs, []
        for part in self._by_file(pairs):
            self._output.write(batch_of(part))
            self.count += len(part)
            self.last_ns = part[-1][1].time_ns
        if isinstance(self._sink, FileSink):
            self._output.tick(time.monotonic() + MEMBER_S)  # also what waits to be compressed
        while self._sink.pending_bytes and self._stops.number is None:
            self._output.finish(A_WHILE_S)

    def finish(self) -> None:
        """All of it is written, and a compressed file is as small as it can be; after a signal what takes no time."""
        self.flush()
        if not self._output.finish(AT_THE_END_S if self._stops.number is None else AFTER_A_SIGNAL_S):
            self._reporter.warning(self._output.unwritten())

    def close(self) -> None:
        self._output.close()

    def _by_file(self, pairs: Pairs) -> Iterator[Sequence[tuple[str, HistoryItem]]]:
        """Those that go into one file, by the second that names it."""
        if not isinstance(self._sink, FileSink) or "%" not in self._sink.name.pattern:
            if pairs:
                yield pairs
            return
        name, begin = "", 0
        for position, (_, item) in enumerate(pairs):
            second_ns = item.time_ns // NS * NS
            if (following := self._sink.name.at(second_ns)) != name:
                if position:
                    yield pairs[begin:position]
                name, begin = following, position
        if pairs:
            yield pairs[begin:]
