"""The figures of a run, taken in the main loop every 15 seconds and written by a thread."""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from coinapi_idx_cli.monitoring.delay_samples import DelaySamples, DelayTotals
from coinapi_idx_cli.monitoring.exposition import QUANTILES, Snapshot, exposition
from coinapi_idx_cli.monitoring.metrics_file import MetricsFile
from coinapi_idx_cli.monitoring.monitored_output import Monitor
from coinapi_idx_cli.protocol.status import Status

EVERY_S = 15.0


class Metrics(Monitor):
    """Keeps the file: the first one at once, so that Prometheus sees the counters at zero."""

    looks_at_receipt = True

    def __init__(self, file: MetricsFile, run: str, status: Status) -> None:
        self._file = file
        self._run = run
        self._status = status
        self._due_s = -inf
        self._last_value_ns: int | None = None
        self._samples = DelaySamples()
        self._totals = DelayTotals()  # of the thread that writes

    def next_due_s(self) -> float:
        return self._due_s

    def tick(self, now: float) -> None:
        self._due_s = now + EVERY_S
        self._put()

    def saw(self, received_ns: int, time_coinapi: str) -> None:
        self._last_value_ns = received_ns
        self._samples.note(received_ns, time_coinapi)

    def ending(self) -> None:
        """The last file is written when all else is."""

    def close(self) -> None:
        self._put()
        self._file.close()

    def _put(self) -> None:
        status, samples = self._status, self._samples.take()
        snapshot = Snapshot(
            values=status.values,
            bytes_received=status.bytes_received,
            gaps=status.gaps,
            gap_seconds=status.gap_seconds,
            reconnects=status.reconnects,
            handovers=status.handovers,
            malformed=status.malformed,
            is_connected=status.is_connected,
            last_value_ns=self._last_value_ns,
        )
        self._file.put(lambda: self._text(snapshot, samples))

    def _text(self, snapshot: Snapshot, samples: list[tuple[int, str]]) -> str:
        totals = self._totals
        delays_s = totals.take(samples, QUANTILES)
        whole = replace(snapshot, delays_s=delays_s, delay_sum_s=totals.sum_s, delay_count=totals.count)
        return exposition(whole, self._run)
