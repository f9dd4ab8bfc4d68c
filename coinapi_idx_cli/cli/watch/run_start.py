"""The first event of a run: what was started, and with which settings. Months later it says what a record is."""

from __future__ import annotations

import os

from coinapi_idx_cli import __version__
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.paths import printable
from coinapi_idx_cli.protocol.times import NS

MOST_IDS = 1000  # more are only counted


def report_start(settings: WatchSettings, server: str, index_ids: tuple[str, ...] | None, reporter: Reporter) -> None:
    """`server`: host and port; never the query of the URL, and never the key."""
    writing, link, rules = settings.writing, settings.link, settings.rules
    ids: object = "all" if index_ids is None else list(index_ids[:MOST_IDS])
    outputs = [{"output": printable(each.shown), "format": each.format} for each in writing.destinations]
    in_force = {
        "auth": link.auth if link.api_key is not None else None,
        "reconnect": str(link.strategy.value),
        "redundant": link.redundant,
        "stale_after_s": link.stale_after_s,
        "give_up_after_s": link.give_up_after_s,
        "connect_timeout_s": link.connect_timeout_s,
        "heartbeat": settings.subscription.heartbeat,
        "update_limit_ms": settings.subscription.update_limit_ms,
        "fsync_s": writing.fsync_s,
        "wait_lock_s": writing.wait_lock_s,
        "fields": writing.fields,
        "header": writing.header,
        "bars_s": None if writing.bars_ns is None else writing.bars_ns / NS,
        "include": sorted(writing.include),
        "count": rules.count,
        "duration_s": rules.duration_s,
        "max_bytes": rules.max_bytes,
        "idle_timeout_s": rules.idle_s,
    }
    reporter.record(
        "started",
        Level.DEBUG,
        f"idxstream {__version__}, process {os.getpid()}, {server}",
        version=__version__,
        pid=os.getpid(),
        server=server,
        ids=ids,
        id_count=None if index_ids is None else len(index_ids),
        outputs=outputs,
        settings=in_force,
    )
