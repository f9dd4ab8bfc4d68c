"""`--event-log`: the session's events as NDJSON, appended, each with the operating system soon after it happened."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

import orjson

from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.errors import OutputError, UsageError
from coinapi_idx_cli.paths import leads_to
from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.sinks.files.names import FileName
from coinapi_idx_cli.terminal.one_line import excerpt

FIELD_BYTES = 1024  # of foreign text in an event
PATIENCE_S = 1.0  # with what takes no line: a FIFO, a full disk
PATIENCE_AT_THE_END_S = 0.1
LOOK_EVERY_S = 1.0  # whether the path still leads to the file
LINES_WAITING = 10_000  # when the disk does not answer at all
_PAUSE_S = 0.05
_NO_READER = "nobody reads it"

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class EventLog:
    """Written by a thread, so that nothing waits for the file. Raises OutputError when it cannot be opened.

    A log that does not take a line within a second is given up until `reopen`, and `warn` hears of it. A file that
    was moved or removed is made again.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self._warn = warn
        self._fd: int | None = None
        self._lines: deque[bytes] = deque()
        self._news = Condition()
        self._is_given_up = self._is_lost = self._is_ended = False
        try:
            self._open()
        except OSError as error:
            if error.errno != errno.ENXIO:  # a FIFO without a reader: one may come
                what = f"cannot write --event-log {path}: {error.strerror}"
                raise OutputError(what, "check its path and permissions") from error
        self._thread = Thread(target=self._run, name="event-log", daemon=True)
        self._thread.start()

    def write(self, event: str, fields: dict[str, object], redactor: Redactor) -> None:
        """One line in one write, so that lines of several processes do not mix."""
        known = {name: _field(content, redactor) for name, content in fields.items()}
        line = redactor.clean_bytes(orjson.dumps({"event": event, "time": utc_text(time.time_ns()), **known}))
        with self._news:
            if not self._is_given_up and len(self._lines) < LINES_WAITING:
                self._lines.append(line + b"\n")
                self._news.notify()

    def reopen(self) -> None:
        """Open the path again, also after the log was given up; within a second. For handlers of signals, too."""
        self._is_given_up = False

    def close(self) -> None:
        """After what is to be written still, unless the file does not take it."""
        with self._news:
            self._is_ended = True
            self._news.notify()
        self._thread.join(PATIENCE_S)

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        looked_s = time.monotonic()
        while True:
            with self._news:
                self._news.wait_for(lambda: self._lines or self._is_ended, LOOK_EVERY_S)
                lines, self._lines = self._lines, deque()
                is_ended = self._is_ended
            if time.monotonic() - looked_s >= LOOK_EVERY_S:
                self._look()
                looked_s = time.monotonic()
            for line in lines:
                self._write(line)
            if is_ended:
                self._let_go()
                return

    def _look(self) -> None:
        if self._is_given_up or (self._fd is not None and leads_to(self.path, self._fd)):
            return
        try:
            self._open()
            self._is_lost = False
        except OSError as error:
            if error.errno != errno.ENXIO and not self._is_lost:
                self._is_lost = True
                self._warn(f"cannot make --event-log {self.path} again: {error.strerror}; retrying every second")

    def _write(self, line: bytes) -> None:
        left = memoryview(line)
        began_s = time.monotonic()
        while left and not self._is_given_up:
            try:
                left = left[os.write(self._open() if self._fd is None else self._fd, left) :]
            except OSError as error:
                reason = _NO_READER if error.errno in (errno.ENXIO, errno.EAGAIN, errno.EPIPE) else error.strerror
                if time.monotonic() - began_s > (PATIENCE_AT_THE_END_S if self._is_ended else PATIENCE_S):
                    self._give_up(str(reason))
                    return
                time.sleep(_PAUSE_S)

    def _give_up(self, reason: str) -> None:
        with self._news:
            self._is_given_up = True
            self._lines.clear()
        self._let_go()
        what = f"it took no line for {PATIENCE_S:g} s ({reason})"
        self._warn(f"--event-log {self.path} is abandoned: {what}; SIGHUP opens it again")

    def _open(self) -> int:
        fd = os.open(self.path, _FLAGS, 0o644)
        self._let_go()
        self._fd = fd
        return fd

    def _let_go(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def check_name(path: Path, output: str | None) -> None:
    """Values go to `output`, or to stdout. Raises UsageError when that is the log, or its name promises compression."""
    from coinapi_idx_cli.sinks.files.suffixes import suffixes_of  # here: not needed without a log

    if suffix := suffixes_of(str(path)).compression:
        what = f"--event-log {path}: the log is plain NDJSON, not {suffix}"
        raise UsageError(what, "name it .ndjson; logrotate can compress old logs")
    check_is_another("--event-log", path, output)


def check_is_another(option: str, path: Path, output: str | None) -> None:
    """Values go to `output`, or to stdout. Raises UsageError when that is the file that `option` names."""
    if output is not None:
        values = Path(FileName(output).at(time.time_ns()))
        is_same = os.path.realpath(values) == os.path.realpath(path) or _is_file(path, lambda: values.stat())
    else:
        is_same = sys.stdout is not None and _is_file(path, lambda: os.fstat(sys.stdout.fileno()))
    if is_same:
        raise UsageError(f"{option} {path} is the file that values go to", "name another one")


def _is_file(path: Path, other: Callable[[], os.stat_result]) -> bool:
    """A regular one: on a terminal both have a place."""
    try:
        there = path.stat()
        return stat.S_ISREG(there.st_mode) and os.path.samestat(there, other())
    except OSError:
        return False


def _field(content: object, redactor: Redactor) -> object:
    if not isinstance(content, str):
        return content
    # File names may hold bytes that are not valid text.
    return excerpt(content, redactor.clean, FIELD_BYTES).encode("utf-8", "backslashreplace").decode()
