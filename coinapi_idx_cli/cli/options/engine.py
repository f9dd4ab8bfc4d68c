"""The options of all commands that go to an engine: with which credentials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coinapi_idx_cli.cli.reporter import Reporter

if TYPE_CHECKING:
    from coinapi_idx_cli.engine.target import EngineCredentials, EngineTarget
    from coinapi_idx_cli.net.tls import Trust

ENGINE = "An engine"

EngineUserFile = Annotated[Path | None, typer.Option(metavar="PATH", rich_help_panel=ENGINE,
    help="Read USER:PASSWORD, or a token, for the engine from a file. [env: IDXSTREAM_ENGINE_USER]")]  # fmt: skip
EngineCreds = Annotated[Path | None, typer.Option(metavar="PATH", rich_help_panel=ENGINE,
    help="NATS credentials for the engine: a claim and a seed.")]  # fmt: skip


def engine_credentials(user_file: Path | None, creds: Path | None, reporter: Reporter) -> EngineCredentials:
    """From now on they are hidden in all that is printed. Raises CredentialsError."""
    from coinapi_idx_cli.engine.credentials_files import credentials_of  # here: the help needs none of it

    credentials = credentials_of(user_file, creds, reporter.warning)
    for secret in credentials.secrets:
        reporter.hide(secret)
    return credentials


def engine_target(
    option: str,
    url: str | None,
    credentials: EngineCredentials,
    *,
    trust: Trust | None,
    allow_plaintext: bool,
    connect_timeout_s: float,
) -> EngineTarget:
    """Raises UsageError for a URL that does not name an engine and a stream."""
    from coinapi_idx_cli.engine.target import HINT, is_engine, parse_target
    from coinapi_idx_cli.errors import UsageError

    if not url:
        raise UsageError("no engine given", HINT)
    if not is_engine(url):
        raise UsageError(f"{option} is not a nats:// URL", HINT)
    return parse_target(
        option,
        url,
        credentials=credentials,
        trust=trust,
        allow_plaintext=allow_plaintext,
        timeout_s=connect_timeout_s,
    )
