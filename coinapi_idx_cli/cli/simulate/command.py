"""`idxstream simulate`: a local server that speaks the feed's protocol, with faults on request."""

from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options.common import DURATION, Quiet, Verbose, Version, parsed, topic
from coinapi_idx_cli.cli.options.parsers import rate_of_values
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter

ADDRESS, VALUES, FAULTS = topic("Address and key"), topic("Values"), topic("Faults")


def simulate(
    context: typer.Context,
    host: Annotated[str, typer.Option(**ADDRESS, metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(
        **ADDRESS, metavar="N", help="Port to listen on; 0 is any free one.", min=0, max=65535)] = 8765,
    seed: Annotated[int | None, typer.Option(
        **VALUES, metavar="N", help="The same seed gives the same values. [default: a new one each time]")] = None,
    rate: Annotated[Any, typer.Option(
        **VALUES, parser=parsed(rate_of_values), metavar="N", help="Values a second, over all indexes together.",
    )] = "200",
    api_key: Annotated[str | None, typer.Option(
        **ADDRESS, metavar="KEY", help="Ask clients for this key. [default: no key is asked for]")] = None,
    restart_every: Annotated[Any, typer.Option(
        **FAULTS, **DURATION, help="Announce a restart at this interval, and restart.")] = None,
    within: Annotated[Any, typer.Option(**FAULTS, **DURATION, help="From notice to restart.")] = "10s",
    drop_every: Annotated[Any, typer.Option(
        **FAULTS, **DURATION, help="Cut all connections at this interval, without a close frame.")] = None,
    freeze_after: Annotated[Any, typer.Option(
        **FAULTS, **DURATION, help="Each connection goes silent after this long.")] = None,
    error: Annotated[str | None, typer.Option(
        **FAULTS, metavar="TEXT", help="Answer each hello with this error, and close.")] = None,
    delay: Annotated[Any, typer.Option(
        **FAULTS, **DURATION, help="Deliver each message this much later.")] = None,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:  # fmt: skip
    """A local server that speaks the feed's protocol, with faults on request."""
    from coinapi_idx_cli.cli.simulate.serve import CLOSE_WITHIN_S, serve_until_signal  # here: the help needs none of it
    from coinapi_idx_cli.simulator import SIMULATOR, Faults, Simulator

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    faults = Faults(
        restart_every_s=restart_every,
        within_s=within,
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
        server=SIMULATOR,
    )
    raise typer.Exit(128 + serve_until_signal(simulator, host, port, rate, reporter))
