"""The settings of `watch`, checked and complete. Where each value came from: `cli.options.defaults_from_file`."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from coinapi_idx_cli.cli.options.connection_settings import Link
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.paths import expanded, read_small
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.sinks.files.encodings import packing_for
from coinapi_idx_cli.sinks.files.names import FileName
from coinapi_idx_cli.sinks.files.suffixes import check_compression, format_named_by
from coinapi_idx_cli.terminal.one_line import excerpt, ids_in, is_index_id

LARGEST_LIST_BYTES = 4 << 20  # of --ids-from: a dozen times all ids there are


class Subscription(Struct, frozen=True):
    """`index_ids` None: the unfiltered stream."""

    index_ids: tuple[str, ...] | None
    heartbeat: bool
    update_limit_ms: int | None


class Writing(Struct, frozen=True):
    """`output` None: stdout."""

    format: str
    output: str | None
    fsync_s: float | None
    wait_lock_s: float | None
    fields: tuple[str, ...] | None
    sort: str
    header: bool
    include: frozenset[str]
    stats_s: float | None
    event_log: Path | None


class WatchSettings(Struct, frozen=True):
    subscription: Subscription
    link: Link
    writing: Writing
    rules: StopRules


def collect_ids(arguments: Sequence[str], ids_from: str | None, *, everything: bool) -> tuple[str, ...] | None:
    """The ids and globs to subscribe to, each once, in the order asked for; None for all. Raises UsageError."""
    words = [*arguments, *(_ids_in_file(ids_from) if ids_from is not None else [])]
    ids = [index_id for word in words for index_id in ids_in(word)]
    if everything and ids:
        raise UsageError("--all and index ids contradict each other", "give one or the other")
    for index_id in ids:
        if not is_index_id(index_id):
            shown = excerpt(index_id, str)
            raise UsageError(f"{shown!r} is not an index id", "ids look like IDX_REFRATE_PRIMKT_BTC_USD")
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


def resolve_format(
    name: str,
    output: str | None,
    *,
    is_terminal: bool,
    is_flag: bool = True,
    plugins: Callable[[], Iterable[str]] = tuple,
) -> str:
    """`auto` goes by the file's name, else it is the table on a terminal and ndjson in a pipe.

    `is_flag`: `name` is of this command line; a setting gives way to the name of a file. `plugins`: their formats.
    Raises UsageError for a table that nobody could see, and for a name that says another format.
    """
    if output is not None:
        if name == "table" and is_flag:
            raise UsageError("-f table needs a terminal, and -o writes to a file", "use -f ndjson or -f csv")
        named = format_named_by(output, plugins)
        if named is not None and name not in ("auto", named) and is_flag:
            what = f"-f {name} and --output {output} contradict each other: such a file is {named}"
            raise UsageError(what, "leave -f out, or name the file otherwise")
        return named or ("ndjson" if name in ("auto", "table") else name)
    if name == "auto":
        return "table" if is_terminal else "ndjson"
    if name == "table" and not is_terminal:
        raise UsageError("-f table needs a terminal, and stdout is not one", "use -f ndjson or -f csv")
    return name


def check_include(kinds: frozenset[str], output_format: str) -> frozenset[str]:
    """`kinds`, unless the format has no place for them. A plug-in's gets them, and says for itself what it takes.

    Raises UsageError.
    """
    if kinds and output_format in ("csv", "table"):
        raise UsageError(
            f"--include adds lines to ndjson, and the output is {output_format}",
            "use -f ndjson, or leave --include out",
        )
    return kinds


def check_output(output: str | None, *, fsync: bool, wait_lock: bool) -> str | None:
    """The path of -o, None for stdout, which is also `-`. Raises UsageError."""
    if output in (None, "-"):
        for option, given in (("--fsync", fsync), ("--wait-lock", wait_lock)):
            if given:
                raise UsageError(f"{option} is about the file of --output, and there is none", "give -o FILE, too")
        return None
    if scheme := re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://", output or ""):  # what follows may hold a password
        what = f"--output: idxstream does not know the scheme {scheme[0]}"
        raise UsageError(what, "give the path of a file, or pipe the output into a program that does")
    path = os.path.expanduser(output or "")  # noqa: PTH111 - Path would take a trailing slash off
    if not path or path.endswith("/"):
        raise UsageError(f"--output {output!r} names no file", "give a file's name, such as ticks-%Y-%m-%d.csv")
    check_compression(path)
    packing_for(path)
    FileName(path)
    return path
