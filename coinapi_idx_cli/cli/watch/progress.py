"""Whether there is a status line: only on a terminal, while data goes to a file; nothing of it in a log."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coinapi_idx_cli.cli.reporter import QUIET, Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.protocol.status import Status

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine
    from coinapi_idx_cli.sinks.files.file_sink import FileSink


@contextmanager
def status_line(
    settings: WatchSettings, status: Status, files: Sequence[FileSink], reporter: Reporter
) -> Iterator[StatusLine | None]:
    """While it lasts, the lowest line of the terminal tells the state of the run."""
    line = _line(settings, status, files, reporter)
    if line is None:
        yield None
        return
    line.open()
    try:
        yield line
    finally:
        line.close()
        if line.failure is not None:
            reporter.warning(f"the status line stopped: {type(line.failure).__name__}: {line.failure}")


def _line(settings: WatchSettings, status: Status, files: Sequence[FileSink], reporter: Reporter) -> StatusLine | None:
    destinations = settings.writing.destinations
    quiet_ones = len(files) + sum(each.is_engine for each in destinations)
    if quiet_ones < len(destinations) or any(_is_device(file.path) for file in files):
        return None  # something else may write to the terminal
    if reporter.verbosity <= QUIET or not _stderr_is_terminal():
        return None
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine
    from coinapi_idx_cli.terminal.terminal import Terminal

    terminal = Terminal(sys.stderr.fileno(), sys.stderr.encoding)
    written = (lambda: sum(file.written_bytes for file in files)) if files else None
    line = StatusLine(terminal, os.environ, settings.rules, status, written)
    return line if line.can_repaint else None


def _stderr_is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _is_device(path: str) -> bool:
    """Such as /dev/stdout, which may be the very terminal."""
    try:
        return stat.S_ISCHR(Path(path).stat().st_mode)
    except OSError:
        return False
