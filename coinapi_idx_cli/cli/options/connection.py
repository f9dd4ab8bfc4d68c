"""The options of all commands that go to a server: which one, by what way, with which key."""

from pathlib import Path
from typing import Annotated, Any

import typer

from coinapi_idx_cli.choices import Auth
from coinapi_idx_cli.cli.options.common import DURATION

CONNECTION = "Connection and credentials"


ApiKeyText = Annotated[str | None, typer.Option(metavar="KEY", rich_help_panel=CONNECTION,
    help="The API key. Process lists show it: the environment or --api-key-file is safer. "
    "[env: COINAPI_KEY]")]  # fmt: skip
ApiKeyFile = Annotated[Path | None, typer.Option(metavar="PATH", rich_help_panel=CONNECTION,
    help="Read the API key from a file. [env: COINAPI_KEY_FILE]")]  # fmt: skip
AuthWay = Annotated[Auth, typer.Option(rich_help_panel=CONNECTION, help="Where the key goes.")]
FeedUrl = Annotated[str | None, typer.Option(
    metavar="URL", envvar="IDXSTREAM_URL", show_envvar=False, rich_help_panel=CONNECTION,
    help="The feed. [env: IDXSTREAM_URL] [default: wss://ws-api.indexes.coinapi.io]")]  # fmt: skip
ListedFeedUrl = Annotated[str | None, typer.Option(
    metavar="URL", envvar="IDXSTREAM_URL", show_envvar=False, rich_help_panel=CONNECTION,
    help="The feed. If it is on this machine, its own list is shown. [env: IDXSTREAM_URL]")]  # fmt: skip
RestUrl = Annotated[str | None, typer.Option(
    metavar="URL", envvar="IDXSTREAM_REST_URL", show_envvar=False, rich_help_panel=CONNECTION,
    help="The REST server, which has the list of indexes, for globs and short names. "
    "[env: IDXSTREAM_REST_URL] "
    "[default: https://rest-api.indexes.coinapi.io, or that of a --url on this machine]")]  # fmt: skip
AllowPlaintext = Annotated[bool, typer.Option("--allow-plaintext", rich_help_panel=CONNECTION,
    help="Allow ws:// and http:// to other machines: the key and the data are sent in the clear.")]  # fmt: skip
CaFile = Annotated[Path | None, typer.Option(metavar="PATH", rich_help_panel=CONNECTION,
    help="Also trust the certificates in this PEM file.")]  # fmt: skip
ConnectTimeout = Annotated[Any, typer.Option(**DURATION, rich_help_panel=CONNECTION,
    help="How long one attempt to connect may take.")]  # fmt: skip
