"""`idxstream simulate`: a local server that speaks the feed's protocol, with faults on request."""

from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options.common import DURATION, Quiet, Verbose, Version, parsed, topic
from coinapi_idx_cli.cli.options.parsers import count_of_values, rate_of_values, speed
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
    replay: Annotated[list[str] | None, typer.Option(
        **VALUES, metavar="FILE", help="Captured values as a live feed, from the first hello on; then close and end. "
        "Repeat for several files, or give the name that -o had, in quotes.")] = None,
    replay_speed: Annotated[Any, typer.Option(
        "--speed", **VALUES, parser=parsed(speed), metavar="N", help="With --replay: N times their own pace, or max.",
    )] = "1",
    past: Annotated[Any, typer.Option(
        **VALUES, **DURATION, help="How far back the past goes that REST gives; none at rate 0. [default: 400 days]",
    )] = None,
    rest_calls: Annotated[Any, typer.Option(
        **FAULTS, parser=parsed(count_of_values), metavar="N", help="REST calls in 24 hours; more get 429.")] = None,
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
    from coinapi_idx_cli.cli.simulate.serve import CLOSE_WITHIN_S, serve  # here: the help needs none of it
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
    captured = None
    if replay:
        from coinapi_idx_cli.audit.record_files import files_named, in_order
        from coinapi_idx_cli.cli.simulate.replay import Replay

        captured = Replay(in_order([path for name in replay for path in files_named(name)[0]]), replay_speed)
    simulator = Simulator(
        host=host,
        port=port,
        rate=0.0 if captured is not None else rate,
        index_ids=captured.index_ids() if captured is not None else None,
        seed=seed,
        api_key=api_key,
        faults=faults,
        close_within_s=CLOSE_WITHIN_S,
        forget_closed=True,
        server=SIMULATOR,
        past_s=past,
        past_of_files=captured.stored_values if captured is not None else None,
        rest_calls=rest_calls,
    )
    what = f"{rate:g} values/s" if captured is None else f"replay of {', '.join(replay or [])}"
    raise typer.Exit(serve(simulator, host, port, what, reporter, captured.run if captured is not None else None))
