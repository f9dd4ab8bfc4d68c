"""Which sink a target of `-o` means: stdout, the scheme of a URL, a pipe or device, or else a file."""

from __future__ import annotations

import os
import re
import stat

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.extensions import Registry
from coinapi_idx_cli.sinks.base import Sink, SinkContext
from coinapi_idx_cli.sinks.stream import stdout_sink, stream_sink

SINKS = Registry(
    kind="sink",
    folder="coinapi_idx_cli.sinks.builtin",
    attribute="SINK",
    group="idxstream.sinks.v1",
    base="coinapi_idx_cli.sinks.base:Sink",
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")


def scheme_of(target: str) -> str | None:
    """Of a URL, in small letters: `nats` of `NATS://host/stream`. None for a path."""
    found = _SCHEME.match(target)
    return found[1].lower() if found else None


def check_scheme(scheme: str) -> None:
    """Raises UsageError if no sink has this scheme. What follows the scheme may hold a password: it is not repeated."""
    if not SINKS.has(scheme):
        others = [*SINKS.built_in(), *SINKS.plugins()]
        hint = "give the path of a file, or pipe the output into a program that knows it"
        if others:
            hint = f"give the path of a file; there are {', '.join(f'{name}://' for name in others)}"
        raise UsageError(f"--output: idxstream does not know the scheme {scheme}://", hint)


def is_stream(path: str) -> bool:
    """A pipe, a socket or a device: it has a reader, and nothing in it can be mended or locked."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path refuses what the system takes
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def sink_for(target: str | None, context: SinkContext) -> Sink:
    """The sink that `-o` names; None is stdout. Raises UsageError for a URL that the sink refuses, OutputError."""
    if target is None:
        return stdout_sink(is_text=context.is_text)
    scheme = scheme_of(target)
    if scheme is not None:
        sink: Sink = SINKS.load(scheme)(target, context)
        return sink
    if is_stream(target):
        return stream_sink(target, is_text=context.is_text)
    from coinapi_idx_cli.sinks.files.file_sink import FileSink, tell_into
    from coinapi_idx_cli.sinks.files.names import FileName

    return FileSink(FileName(target), tell_into(context.journal), context.fsync_s, needs_locks=context.needs_locks)
