"""Whether there is a status line: only on a terminal, while data goes to a file; nothing of it in a log."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coinapi_idx_cli.cli.reporter import QUIET, Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.formats.base import Sink
from coinapi_idx_cli.protocol.status import Status

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine


@contextmanager
def status_line(settings: WatchSettings, status: Status, sink: Sink, reporter: Reporter) -> Iterator[StatusLine | None]:
    """While it lasts, the lowest line of the terminal tells how the run stands."""
    line = _line(settings, status, sink, reporter)
    if line is None:
        yield None
        return
    line.open()
    try:
        yield line
    finally:
        line.close()
        if line.failure is not None:
            reporter.warning(f"the status line ended early: {type(line.failure).__name__}: {line.failure}")


def _line(settings: WatchSettings, status: Status, sink: Sink, reporter: Reporter) -> StatusLine | None:
    output = settings.writing.output
    if output is None or _is_device(output) or reporter.verbosity <= QUIET or not _stderr_is_terminal():
        return None
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine
    from coinapi_idx_cli.sinks.files.file_sink import FileSink
    from coinapi_idx_cli.terminal.terminal import Terminal

    if not isinstance(sink, FileSink):
        return None
    terminal = Terminal(sys.stderr.fileno(), sys.stderr.encoding)
    line = StatusLine(terminal, os.environ, settings.rules, status, lambda: sink.written_bytes)
    return line if line.can_repaint else None


def _stderr_is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _is_device(path: str) -> bool:
    """Such as /dev/stdout, which may be the very terminal."""
    try:
        return stat.S_ISCHR(Path(path).stat().st_mode)
    except OSError:
        return False
