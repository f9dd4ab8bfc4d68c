"""`idxstream get`: its options, and what it does with them."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from coinapi_idx_cli.choices import Auth, Strategy
from coinapi_idx_cli.cli.options.common import DURATION, Quiet, Verbose, Version, topic
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
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter

WHAT = topic("What to get")


class ValueFormat(StrEnum):
    """The formats of `get`."""

    TEXT = "text"
    NDJSON = "ndjson"
    CSV = "csv"


def get(
    context: typer.Context,
    index_ids: Annotated[list[str] | None, typer.Argument(
        metavar="[INDEX_ID]...", show_default=False, **WHAT,
        help="Ids, short names such as btc_usd, or globs in quotes; A,B or A B. Without: ids in the settings.")] = None,
    timeout: Annotated[Any, typer.Option(
        **WHAT, **DURATION, help="How long to wait; then exit with code 5 and name what did not come.")] = "10s",
    output_format: Annotated[ValueFormat, typer.Option(
        "-f", "--format", **WHAT,
        help="text is the value alone, or of several indexes ID, tab, value.")] = ValueFormat.TEXT,
    api_key: ApiKeyText = None,
    api_key_file: ApiKeyFile = None,
    auth: AuthWay = Auth.HEADER,
    url: FeedUrl = None,
    rest_url: RestUrl = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    demo: Annotated[bool, typer.Option(
        "--demo", **topic(CONNECTION), help="Ask a built-in simulator: no key and no network needed.")] = False,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> int:  # fmt: skip
    """The current value of each index, then exit.

    From the feed, in the very text that came, in the order asked.
    """
    # Here, because the help needs none of it.
    from coinapi_idx_cli.cli.get.run import get_values
    from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings, check_key, default_stale_after_s
    from coinapi_idx_cli.cli.options.resolve import key_of, server_urls, trust_in
    from coinapi_idx_cli.cli.options.watch_list import WatchList, watch_list
    from coinapi_idx_cli.cli.watch.settings import collect_ids
    from coinapi_idx_cli.errors import UsageError

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    listed = WatchList() if index_ids else watch_list(context)
    words = collect_ids(index_ids or listed.words, None, everything=False, origin=listed.origin)
    if not words:
        raise UsageError("no index ids given", "name some (idxstream get btc_usd), here or as ids in the settings")
    address, rest_address = server_urls(context, url, rest_url, allow_plaintext=allow_plaintext)
    link = ConnectionSettings(
        url=address,
        rest_url=rest_address,
        demo=demo,
        api_key=None if demo else key_of(context, api_key, api_key_file, [address, rest_address]),
        auth=auth.value,
        trust=trust_in(ca_file),
        allow_plaintext=allow_plaintext,
        connect_timeout_s=connect_timeout,
        strategy=Strategy.HANDOVER,
        stale_after_s=default_stale_after_s(heartbeat=True),
        give_up_after_s=timeout,
    )
    check_key(address, link.api_key)
    return get_values(words, link, timeout, output_format.value, reporter)
