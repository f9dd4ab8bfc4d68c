"""`idxstream simulate`: a local server that speaks the feed's protocol, with faults on request."""

from __future__ import annotations

import errno
import os
import signal
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinapi_idx_cli.cli.options import Quiet, Verbose, Version, parsed
from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.cli.values import duration, rate_of_values
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.urls import is_loopback

if TYPE_CHECKING:
    from coinapi_idx_cli.simulator import Simulator

_CLOSE_WITHIN_S = 1.0
_DURATION = parsed(duration)
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def simulate(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", help="Port to listen on; 0 is any free one.", min=0, max=65535)
    ] = 8765,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="The same seed gives the same values.", show_default="a new one each time"),
    ] = None,
    rate: Annotated[
        Any,
        typer.Option(parser=parsed(rate_of_values), metavar="N", help="Values a second, over all indexes together."),
    ] = "200",
    api_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Ask clients for this key.", show_default="no key is asked for")
    ] = None,
    restart_every: Annotated[
        float | None, typer.Option(parser=_DURATION, metavar="DURATION", help="Announce and do a restart that often.")
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(parser=_DURATION, metavar="DURATION", help="From notice to restart.", show_default="10s"),
    ] = None,
    drop_every: Annotated[
        float | None,
        typer.Option(
            parser=_DURATION, metavar="DURATION", help="Cut all connections that often, without a close frame."
        ),
    ] = None,
    freeze_after: Annotated[
        float | None,
        typer.Option(parser=_DURATION, metavar="DURATION", help="Each connection falls silent when this old."),
    ] = None,
    error: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Answer each hello with this error, and close.")
    ] = None,
    delay: Annotated[
        float | None, typer.Option(parser=_DURATION, metavar="DURATION", help="Deliver each message this much later.")
    ] = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:
    """A local server that speaks the feed's protocol, with faults on request."""
    from coinapi_idx_cli.simulator import Faults, Simulator

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    faults = Faults(
        restart_every_s=restart_every,
        within_s=10.0 if within is None else within,
        drop_every_s=drop_every,
        freeze_after_s=freeze_after,
        error_text=error,
        delay_s=delay or 0.0,
    )
    simulator = Simulator(
        host=host,
        port=port,
        rate=rate,
        seed=seed,
        api_key=api_key,
        faults=faults,
        close_within_s=_CLOSE_WITHIN_S,
        forget_closed=True,
    )
    raise typer.Exit(128 + _serve_until_signal(simulator, host, port, rate, reporter))


def _serve_until_signal(simulator: Simulator, host: str, port: int, rate: float, reporter: Reporter) -> int:
    # The signals are caught before the line that says we listen: whoever waits for it may stop us at once.
    signals: SimpleQueue[int] = SimpleQueue()
    previous = [(number, signal.signal(number, lambda got, _: signals.put(got))) for number in _STOPPING_SIGNALS]
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
            what, hint = f"port {port} on {host} is in use", "choose another with --port, or 0 for any free one"
        else:
            what, hint = f"cannot listen on {host} port {port}: {_reason(failure)}", "choose another --host or --port"
        raise UsageError(what, hint) from failure


def _reason(failure: OSError) -> str:
    # asyncio repeats the address in its own text; resolver errors have numbers below zero.
    number = failure.errno or 0
    return os.strerror(number) if number > 0 else str(failure.strerror)


def _say_hello(simulator: Simulator, host: str, rate: float, reporter: Reporter) -> None:
    if not is_loopback(host):
        reporter.warning(f"{host} is open to other machines; --host 127.0.0.1 is not")
    what = f"{len(simulator.index_ids)} indexes, {rate:g} values/s"
    reporter.notice(f"simulator at {simulator.url} ({what}); Ctrl-C stops it")
