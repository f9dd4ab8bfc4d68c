"""Alerts beside an output: it gets everything as before, and what has become true is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.output_around import OutputAround
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


class AlertsOutput(OutputAround):
    """Passes everything on, looks at what was passed on, and tells."""

    def __init__(self, output: Output, alerts: Alerts, told: Told, clock: Callable[[], float]) -> None:
        super().__init__(output)
        self._alerts = alerts
        self._told = told
        self._clock = clock

    def write(self, batch: Batch) -> None:
        super().write(batch)
        self._tell_all(self._alerts.see(batch, self._clock()))

    def next_due_s(self) -> float:
        return min(super().next_due_s(), self._alerts.next_due_s())

    def tick(self, now: float) -> None:
        super().tick(now)
        self._tell_all(self._alerts.tick(now))

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._told.close()

    def _tell_all(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self._told.tell(alerts)
