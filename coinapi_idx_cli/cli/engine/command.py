"""`idxstream engine`: its commands, and their options."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.help import examples
from coinapi_idx_cli.cli.help.typer_classes import CommandLine
from coinapi_idx_cli.cli.options.common import DURATION, SIZE, Quiet, Verbose, Version, topic
from coinapi_idx_cli.cli.options.connection import AllowPlaintext, CaFile, ConnectTimeout
from coinapi_idx_cli.cli.options.engine import EngineCreds, EngineUserFile, engine_credentials, engine_target
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter

engine = CommandLine(
    name="engine",
    help="Make, or look at, the stream of an engine that `watch -o nats://…` writes to.",
    epilog=examples.ENGINE,
)
WHAT, STREAM = topic("Which stream"), topic("The stream")
EngineUrl = Annotated[str | None, typer.Argument(
    **WHAT, metavar="[URL]", show_default=False,
    help="nats://HOST[:PORT][,HOST…]/STREAM, or tls+nats://.")]  # fmt: skip


class InfoFormat(StrEnum):
    """The formats of the report."""

    TEXT = "text"
    NDJSON = "ndjson"


@engine.command(epilog=examples.ENGINE_CREATE)
def create(
    context: typer.Context,
    url: EngineUrl = None,
    replicas: Annotated[int, typer.Option(
        **STREAM, metavar="N", min=1, max=5, help="On how many servers of a cluster it is kept.")] = 1,
    max_age: Annotated[Any, typer.Option(
        **STREAM, **DURATION, help="Delete what is older. [default: keep all]")] = None,
    max_bytes: Annotated[Any, typer.Option(
        **STREAM, **SIZE, help="Delete the oldest when it is larger. [default: what the server allows]")] = None,
    engine_user_file: EngineUserFile = None,
    engine_creds: EngineCreds = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:  # fmt: skip
    """Make the stream, with the settings that its promise needs. One that exists is left as it is."""
    from coinapi_idx_cli.cli.engine.run import run_create  # here: the help needs none of it
    from coinapi_idx_cli.cli.options.resolve import trust_in

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    target = engine_target(
        "URL",
        url,
        engine_credentials(engine_user_file, engine_creds, reporter),
        trust=trust_in(ca_file),
        allow_plaintext=allow_plaintext,
        connect_timeout_s=connect_timeout,
    )
    run_create(target, reporter, replicas=replicas, max_age_s=max_age, max_bytes=max_bytes)


@engine.command(epilog=examples.ENGINE_INFO)
def info(
    context: typer.Context,
    url: EngineUrl = None,
    last: Annotated[int, typer.Option(
        **STREAM, metavar="N", min=1, max=1_000_000, help="Verify the chain of so many messages at its end.")] = 100,
    output_format: Annotated[InfoFormat, typer.Option(
        "-f", "--format", **STREAM, help="text for people, ndjson for programs.")] = InfoFormat.TEXT,
    engine_user_file: EngineUserFile = None,
    engine_creds: EngineCreds = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> int:  # fmt: skip
    """Who writes, what came last and when, and whether the end of the chain is whole."""
    from coinapi_idx_cli.cli.engine.run import run_info  # here: the help needs none of it
    from coinapi_idx_cli.cli.options.resolve import trust_in

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    target = engine_target(
        "URL",
        url,
        engine_credentials(engine_user_file, engine_creds, reporter),
        trust=trust_in(ca_file),
        allow_plaintext=allow_plaintext,
        connect_timeout_s=connect_timeout,
    )
    return run_info(target, last, reporter, is_text=output_format is InfoFormat.TEXT)
