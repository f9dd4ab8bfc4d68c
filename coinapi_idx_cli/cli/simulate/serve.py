"""Runs a simulator until a signal comes, or until all that is to be replayed was."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.net.urls import is_loopback
from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.wording import plural

CLOSE_WITHIN_S = 1.0
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    simulator: Simulator,
    host: str,
    port: int,
    what: str,
    reporter: Reporter,
    play: Callable[[Simulator, Event], bool] | None = None,
) -> int:
    """The exit code: that of the signal that came, or 0 when `play` has ended. Raises UsageError when it cannot listen
    there, and what `play` raises.

    `play` publishes values, until its event is set.
    """
    # The signals are caught before the line that says we listen: whoever waits for it may stop us at once.
    signals: SimpleQueue[int] = SimpleQueue()
    previous = [
        (number, signal.signal(number, lambda got, _: signals.put(got))) for number in not_ignored(*_STOPPING_SIGNALS)
    ]
    try:
        _start(simulator, host, port)
        try:
            _say_hello(simulator, host, what, reporter)
            return 128 + signals.get() if play is None else _play(simulator, play, signals)
        finally:
            simulator.stop()
    finally:
        for number, handler in previous:
            signal.signal(number, handler)


def _play(simulator: Simulator, play: Callable[[Simulator, Event], bool], signals: SimpleQueue[int]) -> int:
    """In a thread, so that a signal can end it."""
    ended, error = Event(), list[BaseException]()

    def work() -> None:
        try:
            if play(simulator, ended):
                signals.put(0)
        except BaseException as failure:  # noqa: BLE001 - raised by the main thread
            error.append(failure)
            signals.put(0)

    thread = Thread(target=work, name="replay", daemon=True)
    thread.start()
    number = signals.get()
    ended.set()
    thread.join()
    if error:
        raise error[0]
    if number:
        return 128 + number
    simulator.close_all()
    simulator.wait_until_nobody_is_there()
    return 0


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


def _say_hello(simulator: Simulator, host: str, what: str, reporter: Reporter) -> None:
    if not is_loopback(host):
        reporter.warning(f"{host} is reachable from other machines; use --host 127.0.0.1 to prevent that")
    indexes = plural(len(simulator.index_ids), "index")
    reporter.notice(f"simulator at {simulator.url} ({indexes}, {what}); Ctrl-C stops it")
