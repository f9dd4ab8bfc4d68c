"""`idxstream history`: its options, and what it does with them."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options.common import COUNT, PAGE_SIZE, PERIOD, Quiet, Verbose, Version, topic
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

WHAT = topic("What to get")
OUTPUT = topic("Output")
COST = topic("Cost")


class HistoryFormat(StrEnum):
    """The formats of `history`."""

    AUTO = "auto"
    NDJSON = "ndjson"
    CSV = "csv"


def history(
    context: typer.Context,
    index_ids: Annotated[list[str] | None, typer.Argument(
        metavar="[INDEX_ID]...", show_default=False, **WHAT,
        help="Ids, short names such as btc_usd, or globs in quotes; A,B or A B. Without: ids in the settings.")] = None,
    since: Annotated[str | None, typer.Option(
        metavar="TIME", **WHAT, show_default=False,
        help="From then on: 2026-11-26T10:00:00Z, UTC unless it says otherwise, or 2h, which is two hours ago.",
    )] = None,
    until: Annotated[str | None, typer.Option(
        metavar="TIME", **WHAT, show_default=False,
        help="Up to then, which is not included; up to now, if left out.")] = None,
    gaps: Annotated[str | None, typer.Option(
        metavar="FILE", **WHAT, show_default=False,
        help="Instead of --since and --until: what a .gaps.ndjson says that a capture lacks.")] = None,
    period: Annotated[Any, typer.Option(
        **WHAT, **PERIOD,
        help="raw: values. Else the length of bars: 1SEC, 1MIN, 5MIN, 1HRS, 1DAY, 1MTH; 1m and 1h do, too.")] = "raw",
    output: Annotated[str | None, typer.Option(
        "-o", "--output", **OUTPUT, metavar="PATH", show_default=False,
        help="Write to a file; one that an earlier run left is continued. %Y-%m-%d and other strftime fields begin "
        "another file by the time of the value, UTC; .gz and .zst compress.")] = None,
    output_format: Annotated[HistoryFormat, typer.Option(
        "-f", "--format", **OUTPUT, help="auto: by the name of the file, else ndjson.")] = HistoryFormat.AUTO,
    header: Annotated[bool, typer.Option(
        "--header/--no-header", **OUTPUT, help="csv: a header line at the top of each file or of stdout.")] = True,
    max_calls: Annotated[Any, typer.Option(
        **COST, **COUNT, help="Ask for nothing if it would take more calls than that; 100 items count as one call.",
    )] = "1000",
    page_size: Annotated[Any, typer.Option(
        **COST, **PAGE_SIZE,
        help="Items a request. More take less time; a run that is killed has asked in vain for as many at most.",
    )] = "100",
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
) -> int:  # fmt: skip
    """Past values or bars, over REST, in order of time.

    Values are rounded to seconds by the vendor and may be corrected later, so each line bears source rest.
    """
    import time  # here and below: the help needs none of it

    from coinapi_idx_cli.catalogue.server import RestServer
    from coinapi_idx_cli.cli.history.gap_stretches import gap_stretches
    from coinapi_idx_cli.cli.history.run import run_history
    from coinapi_idx_cli.cli.history.settings import HistorySettings, stretch_between
    from coinapi_idx_cli.cli.indexes.resolve_ids import chosen_ids
    from coinapi_idx_cli.cli.options.connection_settings import check_history_key, link_to
    from coinapi_idx_cli.cli.options.resolve import key_of, server_urls, trust_in
    from coinapi_idx_cli.cli.options.watch_list import WatchList, watch_list
    from coinapi_idx_cli.cli.watch.destinations import check_is_file, destinations_of
    from coinapi_idx_cli.cli.watch.settings import collect_ids
    from coinapi_idx_cli.errors import UsageError

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    now_ns = time.time_ns()
    listed = WatchList() if index_ids else watch_list(context)
    words = collect_ids(index_ids or listed.words, None, everything=False, origin=listed.origin)
    if not words:
        raise UsageError(
            "no index ids given", "name some (idxstream history btc_usd --since 2h), here or as ids in the settings"
        )
    if gaps is None:
        stretches = [stretch_between(since, until, period, now_ns)]
    elif since is not None or until is not None:
        raise UsageError("--gaps and --since or --until contradict each other", "the gaps say from when to when")
    else:
        stretches = gap_stretches(gaps, period, now_ns, reporter)
    outputs = [] if output is None else [output]
    (destination,) = destinations_of(outputs, output_format.value, is_terminal=False)
    check_is_file(destination, "history")
    feed, address = server_urls(context, url, rest_url, allow_plaintext=allow_plaintext, is_feed_asked=False)
    key = key_of(context, api_key, api_key_file, [address])
    check_history_key(address, key)
    link = link_to(feed, address, key, trust_in(ca_file), connect_timeout, allow_plaintext=allow_plaintext)
    settings = HistorySettings(
        ids=chosen_ids(words, link, reporter),
        stretches=stretches,
        period=period,
        server=RestServer(address, key, link.trust, connect_timeout, allow_plaintext),
        destination=destination,
        header=header,
        page_size=page_size,
        max_calls=max_calls,
        now_ns=now_ns,
    )
    return run_history(settings, reporter)
