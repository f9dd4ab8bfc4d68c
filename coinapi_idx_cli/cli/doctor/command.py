"""`idxstream doctor`: its options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coinapi_idx_cli.choices import Auth
from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version, topic
from coinapi_idx_cli.cli.options.connection import (
    CONNECTION,
    AllowPlaintext,
    ApiKeyFile,
    ApiKeyText,
    AuthWay,
    CaFile,
    ConnectTimeout,
    FeedUrl,
    RestUrl,
)
from coinapi_idx_cli.cli.options.engine import (
    ENGINE,
    EngineCreds,
    EngineUserFile,
    engine_credentials,
    engine_target,
)
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError

OUTPUT, LINK = topic("Output"), topic(CONNECTION)


class StepFormat(StrEnum):
    """The formats of the doctor's report."""

    AUTO = "auto"
    TABLE = "table"
    NDJSON = "ndjson"


def doctor(
    context: typer.Context,
    index_id: Annotated[str | None, typer.Argument(
        metavar="[INDEX_ID]", show_default=False,
        help="Also wait for a value of this index: an id, or a short name such as btc_usd.")] = None,
    output_format: Annotated[StepFormat, typer.Option(
        "-f", "--format", **OUTPUT, help="auto is a table on a terminal, else ndjson: step, ok, seconds, detail, hint.",
    )] = StepFormat.AUTO,
    report: Annotated[Path | None, typer.Option(
        **OUTPUT, metavar="FILE",
        help="Write everything, with details of the system, to a file for support; never the key.")] = None,
    api_key: ApiKeyText = None,
    api_key_file: ApiKeyFile = None,
    auth: AuthWay = Auth.HEADER,
    url: FeedUrl = None,
    rest_url: RestUrl = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    engine: Annotated[str | None, typer.Option(
        **topic(ENGINE), metavar="URL",
        help="Examine the stream nats://HOST/STREAM of an engine instead of the feed.")] = None,
    engine_user_file: EngineUserFile = None,
    engine_creds: EngineCreds = None,
    demo: Annotated[bool, typer.Option(
        "--demo", **LINK, help="Examine a built-in simulator: no key and no network needed.")] = False,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> int:  # fmt: skip
    """Check step by step why a feed does not come.

    From the settings by way of names, TCP, TLS and the key to the first value: each step with the time it took, and
    what to do when it fails. Exits with 0, or with the code of the first step that failed. To find out where the server
    takes the key it is sent in all three ways.
    """
    # Here, because the help needs none of it.
    from coinapi_idx_cli.cli.doctor.run import DoctorSettings, examine, examine_engine
    from coinapi_idx_cli.cli.options.defaults_from_file import in_force
    from coinapi_idx_cli.cli.options.resolve import found_key, server_urls, stdout_is_terminal, trust_in, url_origin

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    if engine is not None:
        if report is not None or index_id is not None:
            raise UsageError("--engine examines no feed", "leave the index id and --report out")
        credentials = engine_credentials(engine_user_file, engine_creds, reporter)
        target = engine_target(
            "--engine",
            engine,
            credentials,
            trust=trust_in(ca_file),
            allow_plaintext=allow_plaintext,
            connect_timeout_s=connect_timeout,
        )
        return examine_engine(target, _shape(output_format, is_terminal=stdout_is_terminal()), reporter)
    feed, rest = server_urls(context, url, rest_url, allow_plaintext=allow_plaintext)
    asked = DoctorSettings(
        url=feed,
        url_origin=url_origin(context),
        rest_url=rest,
        settings_problem=in_force(context).problem,
        find_key=lambda: found_key(context, api_key, api_key_file, [feed, rest]),
        demo=demo,
        auth=auth.value,
        trust=trust_in(ca_file),
        allow_plaintext=allow_plaintext,
        timeout_s=connect_timeout,
        index_id=index_id,
        report=report,
        shape=_shape(output_format, is_terminal=stdout_is_terminal()),
    )
    return examine(asked, reporter)


def _shape(asked: StepFormat, *, is_terminal: bool) -> str:
    """A table that is asked for goes anywhere: into a pager, a file, a mail."""
    if asked is StepFormat.AUTO:
        return StepFormat.TABLE if is_terminal else StepFormat.NDJSON
    return asked.value
