"""Who watches a run of `watch`: a file of metrics, and the service manager that started it."""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import TYPE_CHECKING

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.status import Status

if TYPE_CHECKING:
    from coinapi_idx_cli.monitoring.monitored_output import Monitor


def check_metrics(settings: WatchSettings) -> None:
    """Raises UsageError when --metrics names a file that something else is in: it would be replaced."""
    path, writing = settings.writing.metrics, settings.writing
    if path is None:
        return
    from coinapi_idx_cli.cli.event_log import check_is_another  # here: not needed without metrics
    from coinapi_idx_cli.sinks.files.gaps_name import gaps_path

    if str(path) == "-":
        raise UsageError("--metrics - does not name a file, and stdout is for the values", "name one, such as btc.prom")
    for destination in writing.destinations:
        if destination.target is None:
            check_is_another("--metrics", path, None)
        elif destination.is_file:
            check_is_another("--metrics", path, destination.target)
            if os.path.realpath(gaps_path(destination.target)) == os.path.realpath(path):
                raise UsageError(f"--metrics {path} is where gaps are recorded", "name another file for the metrics")
    key = settings.link.api_key
    others = {"--event-log": writing.event_log, "--api-key-file": None if key is None else key.file}
    for option, other in others.items():
        if other is not None and os.path.realpath(other) == os.path.realpath(path):
            raise UsageError(f"--metrics {path} is the file of {option}", "name another one for the metrics")


def monitored(output: Output, settings: WatchSettings, status: Status, reporter: Reporter) -> Output:
    """The output, beside which those watch that are wanted. Raises OutputError when metrics cannot be written."""
    monitors: list[Monitor] = []
    if (path := settings.writing.metrics) is not None:
        from coinapi_idx_cli.monitoring.metrics import Metrics  # here and below: most runs have none
        from coinapi_idx_cli.monitoring.metrics_file import MetricsFile, run_name

        monitors.append(Metrics(MetricsFile(path, reporter.warning), run_name(path), status))
    if settings.supervision is not None:
        from coinapi_idx_cli.monitoring.service_manager import ServiceManager

        if settings.supervision.watchdog_s is not None and sys.stderr is not None:
            faulthandler.enable(2)  # it ends a hang by SIGABRT: the log tells where that was, by lines and no values
        monitors.append(ServiceManager(settings.supervision, status, reporter.clean, reporter.warning))
    if not monitors:
        return output
    from coinapi_idx_cli.monitoring.monitored_output import MonitoredOutput

    return MonitoredOutput(output, monitors)
