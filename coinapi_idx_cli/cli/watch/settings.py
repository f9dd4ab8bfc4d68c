"""The settings of `watch`, checked and complete. Where each value came from: `cli.options.defaults_from_file`."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.watch.destinations import Destination
from coinapi_idx_cli.cli.watch.stream_choice import StreamChoice
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.paths import expanded, read_small
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.sinks.engine.settings import EngineSettings
from coinapi_idx_cli.terminal.one_line import excerpt, ids_in, is_index_id

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.alert_choice import AlertChoice
    from coinapi_idx_cli.monitoring.supervision import Supervision

LARGEST_LIST_BYTES = 4 << 20  # of --ids-from: a dozen times all ids there are


class Subscription(Struct, frozen=True):
    """What is asked of the feed. `index_ids` None: the unfiltered stream."""

    index_ids: tuple[str, ...] | None
    heartbeat: bool
    update_limit_ms: int | None


class Writing(Struct, frozen=True):
    """What is written where."""

    destinations: tuple[Destination, ...] = ()
    fsync_s: float | None = None
    wait_lock_s: float | None = None
    fields: tuple[str, ...] | None = None
    sort: Sort = Sort.ASKED
    has_tab_title: bool = True
    header: bool = True
    include: frozenset[str] = frozenset()
    stats_s: float | None = None
    plugin_settings: Mapping[str, Mapping[str, Any]] = {}  # `[plugin.NAME]` of the settings file
    event_log: Path | None = None
    metrics: Path | None = None
    bars_ns: int | None = None
    alerting: AlertChoice | None = None
    engines: Mapping[str, EngineSettings] = {}  # by the target of -o


class WatchSettings(Struct, frozen=True):
    """All of one run of `watch`."""

    subscription: Subscription
    link: ConnectionSettings
    writing: Writing
    rules: StopRules
    reading: StreamChoice | None = None  # a stream of an engine in place of the feed
    supervision: Supervision | None = None


def collect_ids(
    arguments: Sequence[str], ids_from: str | None, *, everything: bool, origin: str = ""
) -> tuple[str, ...] | None:
    """The ids and globs to subscribe to, each once, in the order asked for; None for all. Raises UsageError.

    `origin`: where the arguments are from, if not from the command line, in words.
    """
    words = [*arguments, *(_ids_in_file(ids_from) if ids_from is not None else [])]
    ids = [index_id for word in words for index_id in ids_in(word)]
    if everything and ids:
        raise UsageError("--all and index ids contradict each other", "give one or the other")
    for index_id in ids:
        if not is_index_id(index_id):
            shown = excerpt(index_id, str)
            place = f" (ids in {origin})" if origin else ""
            raise UsageError(f"{shown!r} is not an index id{place}", "ids look like IDX_REFRATE_PRIMKT_BTC_USD")
    return None if everything else tuple(dict.fromkeys(ids))


def _ids_in_file(path: str) -> list[str]:
    """One id a line, `#` begins a comment; `-` is stdin."""
    try:
        raw = _stdin_bytes() if path == "-" else read_small(expanded(path), LARGEST_LIST_BYTES)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"cannot read --ids-from {path}: {reason}", "name a text file with one id a line") from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _stdin_bytes() -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "stdin is closed")
    raw = sys.stdin.buffer.read(LARGEST_LIST_BYTES + 1)
    if len(raw) > LARGEST_LIST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_LIST_BYTES >> 10} KiB")
    return raw
