"""One file that is being written: locked, whole lines only, appended to what is there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.capture.encodings import Plain, TornError, encoder_for
from coinapi_idx_cli.capture.lock import holder, try_lock
from coinapi_idx_cli.capture.repair import first_line, last_lines, put_aside, size_of_whole_lines
from coinapi_idx_cli.errors import FileInUseError, OutputError

FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
TORN_KEPT_BYTES = 64 * 1024
Tell = Callable[..., None]  # (event, line, **fields)


class CaptureFile:
    """Opened and locked. Raises OutputError, also for a file whose header names other columns than `head`."""

    def __init__(self, path: str, head: bytes, tell: Tell) -> None:
        self.path = path
        self._head = head
        self._tell = tell
        self._encoder = encoder_for(path)
        self._fd, self._is_regular = _opened(path)
        self._end = 0
        self.written_bytes = 0  # by which it grew, as they stand in it
        try:
            if self._is_regular:
                self._lock()
                self._mend()
            if self._end == 0 and head:
                self.write(head)
        except BaseException:
            os.close(self._fd)
            raise

    def fileno(self) -> int:
        return self._fd

    def write(self, data: bytes) -> None:
        """Whole lines. When there is no room for all of them the file ends with the last whole one that there is."""
        before, encoded = self._encoder.end, self._encoder.add(data)
        begin = self._end - len(before)
        written = 0
        try:
            while written < len(encoded):
                written += self._put(encoded[written:], begin + written)
        except OSError as error:
            self._take_back(begin, before, encoded[:written])
            raise self._error("write", error) from error
        self.written_bytes += begin + written - self._end
        self._end = begin + written

    def last_lines(self, count: int) -> list[bytes]:
        """Without their ends."""
        with open(self._fd, "rb", closefd=False) as file:
            return last_lines(self.path, file, count)

    def close(self) -> None:
        """Also gives the lock away."""
        os.close(self._fd)

    def is_current(self) -> bool:
        """Whether the name still leads to it: logrotate may have moved it."""
        try:
            there = Path(self.path).stat()
        except OSError:
            return False
        here = os.fstat(self._fd)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def _put(self, data: bytes, offset: int) -> int:
        return os.pwrite(self._fd, data, offset) if self._is_regular else os.write(self._fd, data)

    def _take_back(self, begin: int, before: bytes, written: bytes) -> None:
        """Of plain text the whole lines stay; of a compressed member nothing can, but where it ended before."""
        if not self._is_regular:
            return
        end = begin + len(before)
        if before or self._encoder.end:
            os.pwrite(self._fd, before, begin)  # on room that the file has already
        else:
            end = begin + written.rfind(b"\n") + 1
        os.ftruncate(self._fd, end)
        self._end = end

    def _lock(self) -> None:
        while not (try_lock(self._fd) and self.is_current()):
            if self.is_current():
                pid = holder(self._fd)
                raise FileInUseError(self.path, f", process {pid}" if pid else "")
            os.close(self._fd)  # it was moved between our opening and our locking
            self._fd, self._is_regular = _opened(self.path)

    def _mend(self) -> None:
        """Take off a torn end, see that the columns are the same, and find the place where to go on."""
        with open(self._fd, "rb", closefd=False) as file:
            size = os.fstat(self._fd).st_size
            if isinstance(self._encoder, Plain):
                size = self._without_torn_line(file, size)
            try:
                begin = first_line(self.path, file) if self._head or not isinstance(self._encoder, Plain) else b""
            except TornError as error:
                self._begin_anew(str(error))
                return
        if self._head and size and begin != self._head:
            raise OutputError(
                f"{self.path} has the columns {_shown(begin)}, not {_shown(self._head)}",
                "name another file, or give --fields as they are there",
            )
        self._end = size

    def _without_torn_line(self, file: BinaryIO, size: int) -> int:
        whole = size_of_whole_lines(file, size)
        if whole < size:
            torn = os.pread(self._fd, min(size - whole, TORN_KEPT_BYTES), whole)
            os.ftruncate(self._fd, whole)
            line = f"{self.path} ended within a line, which was taken off; --event-log keeps it"
            self._tell("repaired", line, file=self.path, text=torn.decode("utf-8", "backslashreplace"))
        return whole

    def _begin_anew(self, why: str) -> None:
        aside = put_aside(self.path)
        os.close(self._fd)
        self._fd, self._is_regular = _opened(self.path)
        self._lock()
        line = f"{self.path} was not whole ({why}); it is {aside} now, and a new file was begun"
        self._tell("repaired", line, file=self.path, moved_to=aside)

    def _error(self, what: str, error: OSError) -> OutputError:
        hint = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "see to it"
        return OutputError(
            f"cannot {what} {self.path}: {error.strerror}", f"{hint}, and start again: it ends with a whole line"
        )


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").strip()[:200]


def _opened(path: str) -> tuple[int, bool]:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, FLAGS, 0o644)
    except OSError as error:
        raise OutputError(f"cannot open {path}: {error.strerror}", "check the path and its permissions") from error
    return fd, stat.S_ISREG(os.fstat(fd).st_mode)
