"""Alerts beside an output: it gets everything as before, and what has become true is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.alerts import Alert, Alerts
from coinapi_idx_cli.protocol.batch import Batch


class Told(ABC):
    """Who is told of alerts."""

    @abstractmethod
    def tell(self, alerts: Sequence[Alert]) -> None:
        """These have become true. Waits for nothing."""

    @abstractmethod
    def close(self) -> None:
        """Called once, at the end."""


class AlertsOutput(Output):
    """Passes everything on, looks at what was passed on, and tells."""

    def __init__(self, output: Output, alerts: Alerts, told: Told, clock: Callable[[], float]) -> None:
        self.nap_s = output.nap_s  # of this one
        self.sinks = output.sinks
        self._output = output
        self._alerts = alerts
        self._told = told
        self._clock = clock

    @property
    def pending_bytes(self) -> int:
        return self._output.pending_bytes

    @property
    def slow_one(self) -> str:
        return self._output.slow_one

    def open(self) -> None:
        self._output.open()
        self.shows_warnings = self._output.shows_warnings

    def write(self, batch: Batch) -> None:
        self._output.write(batch)
        self._tell_all(self._alerts.see(batch, self._clock()))

    def note_loss(self) -> None:
        self._output.note_loss()

    def reopen(self) -> None:
        self._output.reopen()

    def next_due_s(self) -> float:
        return min(self._output.next_due_s(), self._alerts.next_due_s())

    def tick(self, now: float) -> None:
        if now >= self._output.next_due_s():
            self._output.tick(now)
        self._tell_all(self._alerts.tick(now))

    def finish(self, timeout_s: float) -> bool:
        return self._output.finish(timeout_s)

    def unwritten(self) -> str:
        return self._output.unwritten()

    def close(self) -> None:
        try:
            self._output.close()
        finally:
            self._told.close()

    def _tell_all(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self._told.tell(alerts)
