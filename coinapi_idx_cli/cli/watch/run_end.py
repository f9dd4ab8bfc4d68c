"""The end of a run: the last bytes go out, and one line says what ended it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from coinapi_idx_cli.cli.reporter import NORMAL, Reporter
from coinapi_idx_cli.errors import CountNotReachedError, ExitCode, IdxstreamError, exit_code_for
from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.wording import plural

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.watch.progress_line import StatusLine
    from coinapi_idx_cli.session.stream_session import StreamSession
    from coinapi_idx_cli.sinks.files.file_sink import FileSink

LAST_WRITES_S = 1.2  # from the signal on, for a reader of stdout that is slow; a stop may take 2 s in all, with the log
LOOK_FOR_SIGNALS_S = 0.1
COUNTS = ("values", "bytes_received", "connections", "handovers", "gaps", "malformed", "unknown", "heartbeats")


class RunEnd:
    """How a run ends. Of several errors the first one is what ended it, whichever is raised in the end."""

    def __init__(
        self,
        session: Session | StreamSession,
        output: Output,
        files: Sequence[FileSink],
        status: Status,
        wakeup: Wakeup,
        reporter: Reporter,
    ) -> None:
        self.line: StatusLine | None = None
        self._session = session
        self._output = output
        self._files = files
        self._status = status
        self._wakeup = wakeup
        self._reporter = reporter
        self._error: BaseException | None = None

    @contextmanager
    def written_out(self) -> Iterator[None]:
        """Behind it, what is pending goes out: a slow reader may take its time, but not for long after a signal."""
        try:
            yield
        except BaseException as error:
            self._error = error
            self._write_out()
            raise
        self._write_out()

    def _write_out(self) -> None:
        while not self._output.finish(LOOK_FOR_SIGNALS_S):
            if time.monotonic() > self._wakeup.signalled_s + LAST_WRITES_S:
                self._reporter.warning(self._output.unwritten())
                return

    @contextmanager
    def told(self) -> Iterator[None]:
        """Behind it, what ended the run is reported."""
        try:
            yield
        except BaseException as error:
            self._error = self._error or error
            self._tell()
            raise
        self._tell()

    def check_count(self) -> None:
        """Raises CountNotReachedError if -n was asked for and something else ended the run."""
        wanted, values, reason = self._session.fell_short_of, self._status.values, self._session.stop_reason
        if wanted is None:
            return
        if wanted == 1:
            raise CountNotReachedError(f"no value came before {reason} ended the run", "raise it")
        came = f"{values:,} of {wanted:,} values" if values else f"none of {wanted:,} values"
        raise CountNotReachedError(f"{came} came before {reason} ended the run", "raise it, or lower -n")

    def _tell(self) -> None:
        status, reporter, reason = self._status, self._reporter, self._reason()
        seconds = round(time.monotonic() - status.started_s, 3)
        totals = {name: getattr(status, name) for name in COUNTS}
        if status.malformed:
            messages = plural(status.malformed, "message")
            reporter.warning(f"{messages} did not decode; --event-log keeps the first of each kind")
        sizes = "".join(_size_of(file.path) for file in self._files)
        received = f"{plural(status.values, 'value')}, {plural(status.bytes_received, 'byte')}"
        text = f"stopped after {received}, {seconds:.1f} s: {reason}{sizes}"
        reporter.record(
            "stopped", Level.INFO, text, reason=reason, exit_code=int(self._exit_code()), seconds=seconds, **totals
        )
        if self.line is not None and status.values and reporter.verbosity == NORMAL:  # with -v it was reported already
            reporter.notice(f"{self.line.summary()}{sizes}")

    def _exit_code(self) -> int:
        if self._error is not None:
            return exit_code_for(self._error)
        if self._wakeup.signal_number is not None:
            return 128 + self._wakeup.signal_number
        return ExitCode.OK if self._session.fell_short_of is None else ExitCode.COUNT_NOT_REACHED

    def _reason(self) -> str:
        error = self._error
        if error is not None:
            return error.what if isinstance(error, IdxstreamError) else str(error) or type(error).__name__
        return self._session.stop_reason or signal.Signals(self._wakeup.signal_number or 0).name


def _size_of(path: str) -> str:
    """The end of the last line: which file it is, and how large it has become."""
    with suppress(OSError):  # nothing came, so there is none
        return f"; {path} has {Path(path).stat().st_size:,} bytes"
    return ""
