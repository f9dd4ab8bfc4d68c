"""`idxstream watch`: its options, and how they become settings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from coinapi_idx_cli.choices import Auth, Sort, Strategy
from coinapi_idx_cli.cli.options.common import (
    BAR_LENGTH,
    COUNT,
    DURATION,
    DURATION_OR_NEVER,
    SIZE,
    Quiet,
    Verbose,
    Version,
    topic,
)
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
from coinapi_idx_cli.cli.options.engine import ENGINE, EngineCreds, EngineUserFile
from coinapi_idx_cli.cli.options.parsers import LONGEST_UPDATE_LIMIT_MS
from coinapi_idx_cli.cli.options.records import INCLUDABLE
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError

WHAT, STAYING = topic("What to subscribe to"), topic("Staying connected")
OUTPUT, END = topic("Output"), topic("When it stops")
ENGINES = topic(ENGINE)


def watch(
    context: typer.Context,
    index_ids: Annotated[list[str] | None, typer.Argument(
        **WHAT, metavar="[INDEX_ID]...", show_default=False,
        help="Ids, short names such as btc_usd, or globs in quotes: 'IDX_REFRATE_PRIMKT_*_USD'. A,B or A B.")] = None,
    ids_from: Annotated[str | None, typer.Option(
        **WHAT, metavar="FILE", help="Read more ids from a file, one per line, with # comments; - is stdin.")] = None,
    everything: Annotated[bool, typer.Option(
        "--all", **WHAT, help="All indexes. Usage is metered.")] = False,
    heartbeat: Annotated[bool, typer.Option(**WHAT, help="Ask the server for heartbeats.")] = True,
    update_limit_ms: Annotated[int | None, typer.Option(
        **WHAT, metavar="N", min=1, max=LONGEST_UPDATE_LIMIT_MS,
        help="At most one value of each index every N ms.")] = None,
    api_key: ApiKeyText = None,
    api_key_file: ApiKeyFile = None,
    auth: AuthWay = Auth.HEADER,
    url: FeedUrl = None,
    rest_url: RestUrl = None,
    allow_plaintext: AllowPlaintext = False,
    ca_file: CaFile = None,
    connect_timeout: ConnectTimeout = "10s",
    demo: Annotated[bool, typer.Option(
        "--demo", **topic(CONNECTION),
        help="Watch a built-in simulator: no key and no network needed.")] = False,
    reconnect: Annotated[Strategy, typer.Option(
        **STAYING, help="What to do when the server announces a restart.")] = Strategy.HANDOVER,
    redundant: Annotated[bool, typer.Option(
        "--redundant", **STAYING,
        help="Two connections at all times, merged into one series: whichever ends, nothing is lost. What is "
        "received, and metered, doubles.")] = False,
    stale_after: Annotated[Any, typer.Option(
        **STAYING, **DURATION,
        help="Reconnect after this long without a frame. [default: 10s, without heartbeats 90s]")] = None,
    give_up_after: Annotated[Any, typer.Option(
        **STAYING, **DURATION_OR_NEVER,
        help="Exit with code 5 after this long without a connection; `never` for daemons.")] = "5m",
    output_format: Annotated[str, typer.Option(
        "-f", "--format", **OUTPUT, metavar="FORMAT",
        help="auto, table, ndjson, csv or a plug-in's. auto goes by the name of -o; without -o it is "
        "table on a terminal and ndjson elsewhere.",
    )] = "auto",
    output: Annotated[list[str] | None, typer.Option(
        "-o", "--output", **OUTPUT, metavar="PATH",
        help="Append to a file. strftime fields in its name rotate it (ticks-%Y-%m-%d.csv, UTC); .gz and .zst "
        "compress it. "
        "- is stdout, nats://HOST/STREAM an engine. Repeat -o for several outputs: each gets every value.")] = None,
    fsync: Annotated[Any, typer.Option(
        **OUTPUT, **DURATION, help="With -o: sync the file to disk every DURATION.")] = None,
    wait_lock: Annotated[Any, typer.Option(
        **OUTPUT, **DURATION,
        help="With -o: wait for another run that writes the file to end, and go on exactly where it stopped.")] = None,
    fields: Annotated[str | None, typer.Option(
        **OUTPUT, metavar="A,B,...", help="Only these: type index_id time_coinapi value time_received latency_ms, "
        "of an engine stream_sequence stream_line, or any other field that the feed sends.")] = None,
    sort: Annotated[Sort, typer.Option(**OUTPUT, help="table: how to sort the rows.")] = Sort.ASKED,
    tab_title: Annotated[bool, typer.Option(hidden=True)] = True,  # a setting
    header: Annotated[bool, typer.Option(**OUTPUT, help="csv: write a header line.")] = True,
    include: Annotated[str | None, typer.Option(
        **OUTPUT, metavar="KIND,...", help="ndjson: also write lines for gap, heartbeat, reconnect.")] = None,
    bars: Annotated[Any, typer.Option(
        **OUTPUT, **BAR_LENGTH,
        help="ndjson, csv: not the values but a bar of each index every DURATION: open, high, low, close.")] = None,
    alert: Annotated[list[str] | None, typer.Option(
        **OUTPUT, metavar="RULE",
        help="Tell when it becomes true: 'btc_usd > 70000', 'btc_usd < 60000', 'btc_usd moves 2% in 5m', "
        "'btc_usd silent 1m', gap. Repeat it for several.")] = None,
    command: Annotated[str | None, typer.Option(
        "--exec", **OUTPUT, metavar="COMMAND",
        help="Run this for each alert, without a shell: IDXSTREAM_ALERT, IDXSTREAM_INDEX_ID, IDXSTREAM_VALUE and "
        "IDXSTREAM_TIME say what happened.")] = None,
    event_log: Annotated[Path | None, typer.Option(
        **OUTPUT, metavar="PATH", help="Append events, such as connects and gaps, to a file as NDJSON.")] = None,
    metrics: Annotated[Path | None, typer.Option(
        **OUTPUT, metavar="PATH",
        help="Keep a file of counters and delays for Prometheus, replaced every 15 s; name it .prom.")] = None,
    stats: Annotated[Any, typer.Option(**OUTPUT, **DURATION, help="Print statistics on stderr every DURATION.")] = None,
    since: Annotated[str | None, typer.Option(
        **ENGINES, metavar="TIME",
        help="With --url nats://…: from that time of receipt on, or `start`. [default: from now on]")] = None,
    engine_user_file: EngineUserFile = None,
    engine_creds: EngineCreds = None,
    spool: Annotated[Path | None, typer.Option(
        **ENGINES, metavar="DIR",
        help="Keep on disk what the engine does not take. [default: 16 MiB in memory]")] = None,
    takeover_after: Annotated[Any, typer.Option(
        **ENGINES, **DURATION,
        help="Write when the stream stands still for so long although values come.")] = "3s",
    engine_name: Annotated[str | None, typer.Option(
        **ENGINES, metavar="NAME", help="This machine's name in the stream. [default: the host's name]")] = None,
    count: Annotated[Any, typer.Option("-n", "--count", **END, **COUNT, help="Stop after N values.")] = None,
    for_duration: Annotated[Any, typer.Option(
        "-d", "--duration", **END, **DURATION, help="Stop after this long: 90s, 10m, 1h30m.")] = None,
    max_bytes: Annotated[Any, typer.Option(**END, **SIZE, help="Stop after receiving this much: 500MB.")] = None,
    idle_timeout: Annotated[Any, typer.Option(**END, **DURATION, help="Stop after this long without a value.")] = None,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> int:  # fmt: skip
    """Subscribe, and write each value as it comes."""
    # Here, because the help needs none of it.
    from msgspec.structs import replace

    from coinapi_idx_cli.cli.options.connection_settings import (
        ConnectionSettings,
        check_key,
        check_redundant,
        default_stale_after_s,
    )
    from coinapi_idx_cli.cli.options.defaults_from_file import in_force, is_flag
    from coinapi_idx_cli.cli.options.engine import engine_credentials, engine_target
    from coinapi_idx_cli.cli.options.resolve import key_of, server_urls, stdout_is_terminal, trust_in
    from coinapi_idx_cli.cli.options.watch_list import WatchList, watch_list
    from coinapi_idx_cli.cli.watch.alert_choice import alerting_of, check_whole_ids, names_in, with_whole_ids
    from coinapi_idx_cli.cli.watch.bars import check_bars
    from coinapi_idx_cli.cli.watch.destinations import IN_A_PIPE, check_about_files, check_include, destinations_of
    from coinapi_idx_cli.cli.watch.engines import EngineOptions, engines_of
    from coinapi_idx_cli.cli.watch.run import run_watch
    from coinapi_idx_cli.cli.watch.settings import (
        Subscription,
        WatchSettings,
        Writing,
        collect_ids,
    )
    from coinapi_idx_cli.cli.watch.stream_choice import check_about_streams, is_stream, since_ns, stream_choice
    from coinapi_idx_cli.formats.fields import parse_fields
    from coinapi_idx_cli.formats.registry import TABLE, check_format
    from coinapi_idx_cli.monitoring.supervision import begin_supervision
    from coinapi_idx_cli.paths import expanded
    from coinapi_idx_cli.protocol.stops import StopRules

    supervision = begin_supervision()
    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    if command is not None and not alert and is_flag(context, "command"):
        raise UsageError("--exec needs --alert", "say when to run it: --alert 'btc_usd > 70000'")
    alerting = alerting_of(alert or [], command)
    listed = WatchList() if index_ids or ids_from or everything else watch_list(context)
    index_ids = index_ids or list(listed.words)
    stream_url = url if is_stream(url) else None
    since_time_ns = since_ns(since, is_reading=stream_url is not None)
    if stream_url is not None:
        check_about_streams(context)
        url, demo = None, False
    address, rest_address = server_urls(context, url, rest_url, allow_plaintext=allow_plaintext)
    servers = [address, rest_address] if _may_need_list([*index_ids, *names_in(alerting)], ids_from) else [address]
    key = None if demo or stream_url is not None else key_of(context, api_key, api_key_file, servers)
    ids = collect_ids(index_ids, ids_from, everything=everything, origin=listed.origin)
    if ids == () and not (demo or stream_url is not None):
        raise UsageError(
            "no index ids given, and the feed is metered: every message costs money",
            "name some (idxstream watch IDX_REFRATE_PRIMKT_BTC_USD), here or as ids in the settings, or use --all",
        )
    if redundant:
        check_redundant(reconnect, update_limit_ms)
    destinations = destinations_of(
        output or [],
        check_format(output_format),
        is_terminal=stdout_is_terminal(),
        is_flag=is_flag(context, "output_format"),
        on_a_terminal=TABLE if bars is None else IN_A_PIPE,
    )
    if bars is not None:
        check_bars(
            destinations, fields=fields is not None, include=include is not None, wait_lock=wait_lock is not None
        )
    check_about_files(destinations, fsync=fsync is not None, wait_lock=wait_lock is not None)
    of_engines = ("spool", "engine_user_file", "engine_creds", "takeover_after", "engine_name")
    trust = trust_in(ca_file)
    engines = engines_of(
        destinations,
        EngineOptions(
            engine_user_file,
            engine_creds,
            takeover_after,
            spool,
            engine_name,
            is_given=stream_url is None and any(is_flag(context, name) for name in of_engines),
        ),
        reporter,
        trust=trust,
        allow_plaintext=allow_plaintext,
        connect_timeout_s=connect_timeout,
        give_up_after_s=give_up_after,
        is_sampled=update_limit_ms is not None,
    )
    settings = WatchSettings(
        subscription=Subscription(ids, heartbeat, update_limit_ms),
        link=ConnectionSettings(
            url=address,
            rest_url=rest_address,
            demo=demo,
            api_key=key,
            auth=auth.value,
            trust=trust,
            allow_plaintext=allow_plaintext,
            connect_timeout_s=connect_timeout,
            strategy=reconnect,
            redundant=redundant,
            stale_after_s=stale_after or default_stale_after_s(heartbeat=heartbeat),
            give_up_after_s=give_up_after,
        ),
        writing=Writing(
            destinations=destinations,
            fsync_s=fsync,
            wait_lock_s=wait_lock,
            fields=parse_fields(fields) if fields is not None else None,
            sort=sort,
            has_tab_title=tab_title,
            header=header,
            bars_ns=bars,
            alerting=alerting,
            include=check_include(_kinds(include), destinations),
            stats_s=stats,
            plugin_settings=in_force(context).plugin_settings,
            event_log=expanded(event_log) if event_log is not None else None,
            metrics=expanded(metrics) if metrics is not None else None,
            engines=engines,
        ),
        rules=StopRules(count, for_duration, max_bytes, idle_timeout),
        supervision=supervision,
    )
    if stream_url is not None:
        if engines:
            raise UsageError("--url and --output are both engines", "write the stream to a file, or to stdout")
        check_whole_ids(alerting)
        credentials = engine_credentials(engine_user_file, engine_creds, reporter)
        target = engine_target(
            "--url",
            stream_url,
            credentials,
            trust=trust,
            allow_plaintext=allow_plaintext,
            connect_timeout_s=connect_timeout,
        )
        return run_watch(replace(settings, reading=stream_choice(target, since_time_ns, ids)), reporter)
    check_key(address, key)
    if ids:
        from coinapi_idx_cli.cli.indexes.resolve_ids import chosen_ids

        ids = chosen_ids(ids, settings.link, reporter)
        settings = replace(settings, subscription=replace(settings.subscription, index_ids=ids))
    if alerting is not None:
        alerting = with_whole_ids(alerting, ids, settings.link, reporter)
        settings = replace(settings, writing=replace(settings.writing, alerting=alerting))
    return run_watch(settings, reporter)


def _may_need_list(words: list[str], ids_from: str | None) -> bool:
    """Then the list of indexes is asked for, which needs a key, too."""
    if not words:
        return ids_from is not None
    from coinapi_idx_cli.catalogue.short_names import needs_list  # here: --all needs none of it

    return ids_from is not None or any(needs_list(part) for word in words for part in word.split(","))


def _kinds(text: str | None) -> frozenset[str]:
    kinds = [kind.strip() for kind in text.split(",")] if text else []
    for kind in kinds:
        if kind not in INCLUDABLE:
            raise UsageError(f"unknown kind {kind!r} in --include", f"there are {', '.join(INCLUDABLE)}")
    return frozenset(kinds)
