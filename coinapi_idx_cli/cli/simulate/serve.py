"""Runs a simulator until a signal comes."""

from __future__ import annotations

import errno
import os
import signal
from queue import SimpleQueue

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.net.urls import is_loopback
from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.wording import plural

CLOSE_WITHIN_S = 1.0
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve_until_signal(simulator: Simulator, host: str, port: int, rate: float, reporter: Reporter) -> int:
    """Returns the signal's number. Raises UsageError when it cannot listen there."""
    # The signals are caught before the line that says we listen: whoever waits for it may stop us at once.
    signals: SimpleQueue[int] = SimpleQueue()
    previous = [
        (number, signal.signal(number, lambda got, _: signals.put(got))) for number in not_ignored(*_STOPPING_SIGNALS)
    ]
    try:
        _start(simulator, host, port)
        try:
            _say_hello(simulator, host, rate, reporter)
            return signals.get()
        finally:
            simulator.stop()
    finally:
        for number, handler in previous:
            signal.signal(number, handler)


def _start(simulator: Simulator, host: str, port: int) -> None:
    try:
        simulator.start()
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            what, hint = f"port {port} on {host} is in use", "choose another --port, or 0 for any free one"
        else:
            what, hint = f"cannot listen on {host} port {port}: {_reason(failure)}", "choose another --host or --port"
        raise UsageError(what, hint) from failure


def _reason(failure: OSError) -> str:
    # asyncio repeats the address in its own text; resolver errors have numbers below zero.
    number = failure.errno or 0
    return os.strerror(number) if number > 0 else str(failure.strerror)


def _say_hello(simulator: Simulator, host: str, rate: float, reporter: Reporter) -> None:
    if not is_loopback(host):
        reporter.warning(f"{host} is reachable from other machines; use --host 127.0.0.1 to prevent that")
    what = f"{plural(len(simulator.index_ids), 'index')}, {rate:g} values/s"
    reporter.notice(f"simulator at {simulator.url} ({what}); Ctrl-C stops it")
