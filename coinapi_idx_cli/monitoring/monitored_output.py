"""An output beside which somebody watches the run: called from the main loop, so that what hangs there is seen."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from typing import ClassVar

from coinapi_idx_cli.outputs.base import RECEIPT_NAP_S, Output
from coinapi_idx_cli.outputs.output_around import OutputAround
from coinapi_idx_cli.protocol.batch import Batch


class Monitor(ABC):
    """Somebody who watches a run. Times are seconds of the monotonic clock; nothing here waits."""

    looks_at_receipt: ClassVar[bool] = False  # then values are not gathered for long, or their delay would be wrong

    @abstractmethod
    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""

    @abstractmethod
    def tick(self, now: float) -> None:
        """The main loop is alive. Called when it is due, or later."""

    def saw(self, received_ns: int, time_coinapi: str) -> None:  # noqa: B027 - most look at no value
        """Values were written: receipt and the feed's time of the last one."""

    @abstractmethod
    def ending(self) -> None:
        """The run is about to end; what is pending is still being written."""

    @abstractmethod
    def close(self) -> None:
        """Called once, at the end, after all was written."""


class MonitoredOutput(OutputAround):
    """Passes everything on. Where nobody watches there is none of it, so that it costs nothing."""

    def __init__(self, output: Output, monitors: Sequence[Monitor]) -> None:
        super().__init__(output)
        if any(monitor.looks_at_receipt for monitor in monitors):
            self.nap_s = min(output.nap_s, RECEIPT_NAP_S)
        self._monitors = monitors

    def write(self, batch: Batch) -> None:
        super().write(batch)
        if batch.values:
            time_coinapi = batch.values[-1].time_coinapi
            for monitor in self._monitors:
                monitor.saw(batch.time_received_ns, time_coinapi)

    def next_due_s(self) -> float:
        return min(super().next_due_s(), *[monitor.next_due_s() for monitor in self._monitors])

    def tick(self, now: float) -> None:
        super().tick(now)
        self._tick_monitors(now)

    def finish(self, timeout_s: float) -> bool:
        is_finished = super().finish(timeout_s)
        for monitor in self._monitors:
            monitor.ending()
        self._tick_monitors(time.monotonic())
        return is_finished

    def close(self) -> None:
        with ExitStack() as stack:
            for monitor in self._monitors:
                stack.callback(monitor.close)
            super().close()

    def _tick_monitors(self, now: float) -> None:
        for monitor in self._monitors:
            if now >= monitor.next_due_s():
                monitor.tick(now)
