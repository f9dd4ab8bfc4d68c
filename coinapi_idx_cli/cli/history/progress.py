"""How far a run of `history` is: a bar with the time left on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from coinapi_idx_cli.cli.history.writer import HistoryWriter
from coinapi_idx_cli.cli.reporter import QUIET, Reporter
from coinapi_idx_cli.history.calls import Spent
from coinapi_idx_cli.history.series import Wanted
from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.wording import plural

if TYPE_CHECKING:
    from rich.progress import Progress

EVERY_S = 10.0


class HistoryProgress(Protocol):
    """Somebody who is shown how far the run is."""

    def show(self, last_ns: int | None) -> None:
        """`last_ns`: the time of the last item that was written."""


@contextmanager
def progress_of(
    wanted: Sequence[Wanted], expected: int, spent: Spent, writer: HistoryWriter, reporter: Reporter
) -> Iterator[HistoryProgress]:
    """While it lasts, progress is shown where somebody can see it and nothing else writes."""
    lines = ProgressLines(expected, spent, writer, reporter)
    is_alone = writer.is_file or not _is_terminal(sys.stdout)
    if reporter.verbosity <= QUIET or not _is_terminal(sys.stderr) or not is_alone:
        yield lines if is_alone else Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as bar:
        yield ProgressBar(bar, wanted, expected, spent)


class Silent(HistoryProgress):
    """Nobody is shown anything."""

    def show(self, last_ns: int | None) -> None: ...


class ProgressLines(HistoryProgress):
    """A line each ten seconds."""

    def __init__(self, expected: int, spent: Spent, writer: HistoryWriter, reporter: Reporter) -> None:
        self._expected = expected
        self._spent = spent
        self._writer = writer
        self._reporter = reporter
        self._due_s = time.monotonic() + EVERY_S

    def show(self, last_ns: int | None) -> None:
        if time.monotonic() < self._due_s:
            return
        self._due_s = time.monotonic() + EVERY_S
        self._reporter.notice(_state(self._writer, self._spent, self._expected, last_ns))


class ProgressBar(HistoryProgress):
    """On a terminal: by how much of the time that is asked for is written."""

    def __init__(self, bar: Progress, wanted: Sequence[Wanted], expected: int, spent: Spent) -> None:
        self._stretches = sorted(stretch for one in wanted[:1] for stretch in one.stretches)
        self._bar = bar
        self._expected = expected
        self._spent = spent
        self._task = bar.add_task("", total=sum(end - begin for begin, end in self._stretches) or 1)

    def show(self, last_ns: int | None) -> None:
        done = sum(max(0, min(end, last_ns or 0) - begin) for begin, end in self._stretches)
        self._bar.update(self._task, completed=done, description=_short_state(self._spent, self._expected, last_ns))


def _state(writer: HistoryWriter, spent: Spent, expected: int, last_ns: int | None) -> str:
    at = f", up to {utc_text(last_ns)[:-11]}Z" if last_ns is not None else ""
    limit = f", {spent.limit}" if spent.limit else ""
    return f"{plural(writer.count, 'item')}{at}, {spent.calls:,} of {plural(expected, 'call')}{limit}"


def _short_state(spent: Spent, expected: int, last_ns: int | None) -> str:
    """Beside the bar, in 80 columns."""
    at = f"{utc_text(last_ns)[:16].replace('T', ' ')}  " if last_ns is not None else ""
    limit = f", {spent.limit}" if spent.limit else ""
    return f"{at}{spent.calls:,}/{expected:,} calls{limit}"


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())
