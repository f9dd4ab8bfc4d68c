"""The text of a metrics file, in Prometheus' text format. Pure.

The package prometheus_client would take 90 ms of every start, for an HTTP server and a registry that nothing here
needs; the format is a line a sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan

from msgspec import Struct

from coinapi_idx_cli.protocol.times import NS

QUANTILES = (0.5, 0.9, 0.99)


class Snapshot(Struct, frozen=True):
    """The figures of a run at one moment. `last_value_ns`: receipt, UTC; None while there is none.

    `delays_s`: by quantile, NaN while nobody knows; `delay_sum_s` and `delay_count` are of the whole run.
    """

    values: int = 0
    bytes_received: int = 0
    gaps: int = 0
    gap_seconds: float = 0.0
    reconnects: int = 0
    handovers: int = 0
    malformed: int = 0
    is_connected: bool = False
    last_value_ns: int | None = None
    delays_s: Mapping[float, float] = {}
    delay_sum_s: float = 0.0
    delay_count: int = 0


class Metric(Struct, frozen=True):
    """A metric as it is declared."""

    name: str
    type: str
    help: str


VALUES = Metric("idxstream_values_total", "counter", "Values that were passed on to the outputs.")
BYTES = Metric("idxstream_bytes_received_total", "counter", "Bytes that the server sent.")
GAPS = Metric("idxstream_gaps_total", "counter", "Stretches in which values may be missing.")
GAP_SECONDS = Metric("idxstream_gap_seconds_total", "counter", "How long these stretches were in all.")
RECONNECTS = Metric("idxstream_reconnects_total", "counter", "Connections made after there was none.")
HANDOVERS = Metric("idxstream_handovers_total", "counter", "Connections that took over from another without a gap.")
MALFORMED = Metric("idxstream_malformed_total", "counter", "Messages that did not decode.")
CONNECTED = Metric("idxstream_connected", "gauge", "Whether there is a connection: 1 or 0.")
LAST_VALUE = Metric("idxstream_last_value_timestamp_seconds", "gauge", "When the last value was received.")
DELAY = Metric(
    "idxstream_delay_seconds",
    "summary",
    "From the time that a value bears to its receipt, sampled; the quantiles are of the last 15 seconds.",
)
METRICS = (
    VALUES,
    BYTES,
    GAPS,
    GAP_SECONDS,
    RECONNECTS,
    HANDOVERS,
    MALFORMED,
    CONNECTED,
    LAST_VALUE,
    DELAY,
)


def exposition(snapshot: Snapshot, run: str) -> str:
    """The whole file. `run` is the label of every sample. A metric without a sample is left out."""
    label = f'run="{escaped(run)}"'
    return "".join(f"{line}\n" for metric in METRICS for line in _family(metric, snapshot, label))


def escaped(label: str) -> str:
    """The value of a label, as it stands between quotes."""
    return label.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _family(metric: Metric, snapshot: Snapshot, label: str) -> Iterator[str]:
    samples = list(_samples(metric, snapshot, label))
    if samples:
        yield f"# HELP {metric.name} {metric.help}"
        yield f"# TYPE {metric.name} {metric.type}"
        yield from samples


def _samples(metric: Metric, snapshot: Snapshot, label: str) -> Iterator[str]:
    if metric is DELAY:
        for quantile in QUANTILES:
            delay_s = _number(snapshot.delays_s.get(quantile, float("nan")))
            yield f'{metric.name}{{{label},quantile="{quantile:g}"}} {delay_s}'
        yield f"{metric.name}_sum{{{label}}} {_number(snapshot.delay_sum_s)}"
        yield f"{metric.name}_count{{{label}}} {snapshot.delay_count}"
        return
    figure = {
        VALUES: snapshot.values,
        BYTES: snapshot.bytes_received,
        GAPS: snapshot.gaps,
        GAP_SECONDS: snapshot.gap_seconds,
        RECONNECTS: snapshot.reconnects,
        HANDOVERS: snapshot.handovers,
        MALFORMED: snapshot.malformed,
        CONNECTED: int(snapshot.is_connected),
        LAST_VALUE: None if snapshot.last_value_ns is None else snapshot.last_value_ns / NS,
    }[metric]
    if figure is not None:
        yield f"{metric.name}{{{label}}} {_number(figure)}"


def _number(figure: float) -> str:
    """NaN as Prometheus writes it; all digits that count."""
    return "NaN" if isnan(figure) else repr(figure)
