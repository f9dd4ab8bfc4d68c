"""Bars instead of values, for the outputs behind it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.output_around import OutputAround
from coinapi_idx_cli.protocol.bars import Bar, BarMaker, LateValues
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.wording import plural

FIELDS = ("index_id", "time_start", "time_end", "open", "high", "low", "close", "count", "complete")


class BarsOutput(OutputAround):
    """Passes on what the maker makes of the values, in batches whose texts are the bars' JSON, and all gaps."""

    def __init__(self, output: Output, maker: BarMaker, journal: Journal) -> None:
        super().__init__(output)
        self._maker = maker
        self._journal = journal
        self._received_ns: int | None = None

    def write(self, batch: Batch) -> None:
        self._received_ns = batch.time_received_ns
        flow = self._maker.add(batch)
        gaps = [Note(0, note.kind, note.text, note.beside) for note in batch.notes if note.beside is not None]
        if flow.bars or gaps:
            self.inner.write(_batch(batch.time_received_ns, flow.bars, gaps))
        if flow.late is not None:
            self._tell(flow.late)

    def finish(self, timeout_s: float) -> bool:
        if (bars := self._maker.end()) and self._received_ns is not None:
            self.inner.write(_batch(self._received_ns, bars, []))
        return self.inner.finish(timeout_s)

    def _tell(self, late: LateValues) -> None:
        line = f"{plural(late.count, 'value')} came too late for a bar: {late.index_id} of {late.time_coinapi}"
        self._journal.record(
            "late", Level.WARNING, line, values=late.count, index_id=late.index_id, time_coinapi=late.time_coinapi
        )


def _batch(received_ns: int, bars: Sequence[Bar], gaps: list[Note]) -> Batch:
    values = [IndexValue("index", bar.index_id, _time(bar.start_ns), float(bar.close)) for bar in bars]
    return Batch(received_ns, values, list(map(_json, bars)), gaps)


def _json(bar: Bar) -> bytes:
    """The numbers in the text that came, which is JSON already."""
    return (
        f'{{"type":"bar","index_id":{orjson.dumps(bar.index_id).decode()}'
        f',"time_start":"{_time(bar.start_ns)}","time_end":"{_time(bar.end_ns)}"'
        f',"open":{bar.open},"high":{bar.high},"low":{bar.low},"close":{bar.close}'
        f',"count":{bar.count},"complete":{"true" if bar.complete else "false"}}}'
    ).encode()


def _time(time_ns: int) -> str:
    """With seven digits, as the feed's times."""
    return f"{utc_text(time_ns)[:-3]}Z"
