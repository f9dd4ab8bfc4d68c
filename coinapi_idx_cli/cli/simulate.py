"""`idxstream simulate`: a local server that speaks the feed's protocol, with faults on request."""

from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options import Quiet, Verbose, Version, parsed
from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.cli.settings_options import Profile, SettingsFile
from coinapi_idx_cli.cli.values import duration, rate_of_values

_DURATION = parsed(duration)


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
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:
    """A local server that speaks the feed's protocol, with faults on request."""
    from coinapi_idx_cli.cli.serving import CLOSE_WITHIN_S, serve_until_signal  # here: the help needs none of it
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
        close_within_s=CLOSE_WITHIN_S,
        forget_closed=True,
    )
    raise typer.Exit(128 + serve_until_signal(simulator, host, port, rate, reporter))
