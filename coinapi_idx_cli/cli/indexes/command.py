"""`idxstream indexes`: its options, and what it does with them."""

from enum import StrEnum
from typing import Annotated

import typer

from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version, topic
from coinapi_idx_cli.cli.options.connection import (
    AllowPlaintext,
    ApiKeyFile,
    ApiKeyText,
    CaFile,
    ConnectTimeout,
    ListedFeedUrl,
    RestUrl,
)
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter

WHICH = topic("What to list")


class ListFormat(StrEnum):
    """The formats of the list of indexes."""

    AUTO = "auto"
    TABLE = "table"
    NDJSON = "ndjson"
    CSV = "csv"


def indexes(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(
        metavar="[WORD]...", show_default=False, **WHICH,
        help="Only those with this in their names: btc; or globs in quotes: 'IDX_REFRATE_VWAP_*'; * ? [A-F] [!A-F].",
    )] = None,
    refresh: Annotated[bool, typer.Option(
        "--refresh", **WHICH,
        help="Ask the server even if the saved list is less than a day old.")] = False,
    output_format: Annotated[ListFormat, typer.Option(
        "-f", "--format", **WHICH,
        help="auto is a table by family on a terminal, else one id a line; ndjson and csv have a field id.",
    )] = ListFormat.AUTO,
    api_key: ApiKeyText = None,
    api_key_file: ApiKeyFile = None,
    url: ListedFeedUrl = None,
    rest_url: RestUrl = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:  # fmt: skip
    """List the index ids there are."""
    # Here, because the help needs none of it.
    from coinapi_idx_cli.catalogue.server import RestServer
    from coinapi_idx_cli.cli.indexes.fetch import listed_ids
    from coinapi_idx_cli.cli.indexes.render import rendered, shape_of, write
    from coinapi_idx_cli.cli.options.resolve import key_of, server_urls, stdout_is_terminal, trust_in

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    shape = shape_of(output_format.value, is_terminal=stdout_is_terminal())
    _, address = server_urls(context, url, rest_url, allow_plaintext=allow_plaintext, is_feed_asked=False)
    key = key_of(context, api_key, api_key_file, [address])
    server = RestServer(address, key, trust_in(ca_file), connect_timeout, allow_plaintext)
    ids = listed_ids(words or [], server, reporter, refresh=refresh)
    write(rendered(ids, shape), reporter)
