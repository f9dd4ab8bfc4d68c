"""`watch --url nats://…`: a stream of an engine in place of the feed, on any machine and without the vendor's key."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from fnmatch import translate
from re import compile as compiled
from typing import TYPE_CHECKING

from msgspec import Struct

from coinapi_idx_cli.cli.options.parsers import duration
from coinapi_idx_cli.engine.target import EngineTarget, is_engine
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns

if TYPE_CHECKING:
    import typer

_OF_THE_FEED = ("update_limit_ms", "redundant", "reconnect", "api_key", "api_key_file", "auth", "rest_url", "demo")
_PATTERN = frozenset("*?[")


class StreamChoice(Struct, frozen=True):
    """What is read. `exact_ids`: those that are asked for by name; `wants` says it of any index, None wants all."""

    target: EngineTarget
    since_ns: int | None
    exact_ids: tuple[str, ...]
    wants: Callable[[str], bool] | None


def is_stream(url: str | None) -> bool:
    """Whether --url names a stream."""
    return url is not None and is_engine(url)


def check_about_streams(context: typer.Context) -> None:
    """Raises UsageError for options that are about the feed."""
    from coinapi_idx_cli.cli.options.defaults_from_file import is_flag

    for name in _OF_THE_FEED:
        if is_flag(context, name):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is about the feed, and --url names a stream of an engine", "leave it out")


def since_ns(text: str | None, *, is_reading: bool, now_ns: int | None = None) -> int | None:
    """Of --since: 0 for the start, None for what comes from now on. Raises UsageError."""
    if text is None:
        return None
    if not is_reading:
        raise UsageError(
            "--since is for a stream of an engine", "add --url nats://HOST/STREAM, or use idxstream history"
        )
    if text == "start":
        return 0
    if (time_ns := parse_utc_ns(text)) is not None:
        return time_ns
    try:
        ago_s = duration(text)
    except ValueError:
        what = f"--since {text!r} is not a time"
        raise UsageError(what, "write start, 2026-11-26T10:00:00Z, or a duration ago such as 2h") from None
    return (time.time_ns() if now_ns is None else now_ns) - round(ago_s * NS)


def stream_choice(target: EngineTarget, since: int | None, ids: Sequence[str] | None) -> StreamChoice:
    """Ids and globs filter what is written; none are needed. Raises UsageError."""
    words = tuple(ids or ())
    for word in words:
        if not (word.upper().startswith("IDX_") or _PATTERN & set(word)):
            what = (
                f"{word!r} is not an index id, and a short name needs the list of indexes, which a stream does not have"
            )
            raise UsageError(what, "give the id, or a glob in quotes")
    exact = tuple(word for word in words if not _PATTERN & set(word))
    globs = [compiled(translate(word)) for word in words if _PATTERN & set(word)]
    if not words:
        return StreamChoice(target, since, (), None)
    known = frozenset(exact)

    def wants(index_id: str) -> bool:
        return index_id in known or any(glob.match(index_id) for glob in globs)

    return StreamChoice(target, since, exact, wants)
