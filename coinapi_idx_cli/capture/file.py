"""One file that is being written: locked, whole lines only, appended to what is there."""

from __future__ import annotations

import errno
import mmap
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.capture.encodings import Plain, TornError, encoder_for
from coinapi_idx_cli.capture.lock import holder, try_lock
from coinapi_idx_cli.capture.repair import first_line, last_lines, put_aside, size_of_whole_lines
from coinapi_idx_cli.errors import FileInUseError, OutputError

FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
TORN_KEPT_BYTES = 64 * 1024
LONGEST_LINE_BYTES = 2 * 1024 * 1024  # twice the longest message
Tell = Callable[..., None]  # (event, line, **fields)


class CaptureFile:
    """Opened and locked. Raises OutputError, also for a file whose header names other columns than `head`."""

    def __init__(self, path: str, head: bytes, tell: Tell) -> None:
        self.path = path
        self._head = head
        self._tell = tell
        self._fd = -1
        self._is_regular = False
        self.written_bytes = 0  # by which it grew, as they stand in it
        try:
            self._open()
            self._begin()
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        return self._fd

    def write(self, data: bytes) -> None:
        """Whole lines. When there is no room for all of them the file ends with the last whole one that there is."""
        if self._is_regular and os.fstat(self._fd).st_size != self._end:
            self._begin()  # somebody emptied it (logrotate's copytruncate), or added to it
        if data:
            self._append(data)

    def last_lines(self, count: int) -> list[bytes]:
        """Without their ends."""
        with open(self._fd, "rb", closefd=False) as file:
            return last_lines(self.path, file, count)

    def close(self) -> None:
        """Also gives the lock away."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def is_current(self) -> bool:
        """Whether the name still leads to it: logrotate may have moved it."""
        try:
            there = Path(self.path).stat()
        except OSError:
            return False
        here = os.fstat(self._fd)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def _open(self) -> None:
        self.close()
        self._fd, self._is_regular = _opened(self.path)

    def _begin(self) -> None:
        """From what the file holds now."""
        self._encoder = encoder_for(self.path)
        self._end = 0
        has_lines = False
        if self._is_regular:
            self._lock()
            has_lines = self._mend()
        elif not isinstance(self._encoder, Plain):
            raise OutputError(f"{self.path} is no regular file, which compression needs", "name another one")
        if self._head and not has_lines:
            self._append(self._head)

    def _append(self, data: bytes) -> None:
        before, encoded = self._encoder.end, self._encoder.add(data)
        begin = self._end - len(before)
        try:
            self._put_in_place(encoded, begin, len(before))
        except OSError as error:
            self._take_back(begin, before)
            raise self._error("write", error) from error
        self.written_bytes += begin + len(encoded) - self._end
        self._end = begin + len(encoded)

    def _put_in_place(self, encoded: bytes, begin: int, replaced: int) -> None:
        """Of two pages, a process that is killed may have written one only. So what is there stays as it is until the
        rest stands behind it, with a zero between them, by which `first_line` finds the place."""
        held_back = 0 if isinstance(self._encoder, Plain) else replaced + 1
        if held_back and begin // mmap.PAGESIZE != (begin + len(encoded) - 1) // mmap.PAGESIZE:
            self._put(encoded[held_back:], begin + held_back)
            encoded = encoded[:held_back]
        self._put(encoded, begin)

    def _put(self, data: bytes, offset: int) -> None:
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._fd, rest, offset) if self._is_regular else os.write(self._fd, rest)
            rest, offset = rest[written:], offset + written

    def _take_back(self, begin: int, before: bytes) -> None:
        """Of plain text the whole lines stay; of a compressed member nothing can, but where it ended before."""
        with suppress(OSError):  # what went wrong is told already, and the next start mends it
            if not self._is_regular:
                return
            if isinstance(self._encoder, Plain):
                with open(self._fd, "rb", closefd=False) as file:
                    self._end = size_of_whole_lines(file, os.fstat(self._fd).st_size)
            else:
                os.pwrite(self._fd, before, begin)
                self._encoder = encoder_for(self.path)  # what it remembers is not there
            os.ftruncate(self._fd, self._end)

    def _lock(self) -> None:
        while not (try_lock(self._fd) and self.is_current()):
            if self.is_current():
                raise FileInUseError(self.path, holder(self._fd))
            self._open()  # it was moved between our opening and our locking

    def _mend(self) -> bool:
        """See that the columns are the same, take off a torn end, and find the place where to go on.

        Returns whether there are lines.
        """
        with open(self._fd, "rb", closefd=False) as file:
            size = os.fstat(self._fd).st_size
            try:
                first = first_line(self.path, file)
                self._check_columns(first)
                if isinstance(self._encoder, Plain):
                    size = self._without_torn_line(file, size)
            except TornError as error:
                return self._mend_member(error)
        self._end = size
        return bool(first) and size > 0

    def _check_columns(self, first: bytes) -> None:
        if self._head and first.endswith(b"\n") and first != self._head:
            raise OutputError(
                f"{self.path} has the columns {_shown(first)}, not {_shown(self._head)}",
                "name another file, or give --fields as they are there",
            )

    def _without_torn_line(self, file: BinaryIO, size: int) -> int:
        """Raises TornError for a file without any whole line: it may be somebody else's, and is not cut."""
        whole = size_of_whole_lines(file, size)
        if whole == size:
            return size
        torn = os.pread(self._fd, min(size - whole, TORN_KEPT_BYTES), whole)
        if whole == 0 and not self._head.startswith(torn):
            raise TornError("there is no whole line in it")
        if size - whole > LONGEST_LINE_BYTES:
            raise OutputError(f"{self.path} does not end as a file of lines does", "name another file")
        os.ftruncate(self._fd, whole)
        line = f"{self.path} ended within a line, which was taken off; --event-log keeps it"
        self._tell("repaired", line, file=self.path, text=torn.decode("utf-8", "backslashreplace"))
        return whole

    def _mend_member(self, torn: TornError) -> bool:
        if torn.whole_bytes is None:
            self._put_aside(str(torn))
        else:
            line = f"{self.path} ended with an addition that was never completed, which was taken off"
            unfinished = os.pread(self._fd, TORN_KEPT_BYTES, torn.whole_bytes)
            os.ftruncate(self._fd, torn.whole_bytes)
            self._tell("repaired", line, file=self.path, hex=unfinished.hex())
        return self._mend()

    def _put_aside(self, why: str) -> None:
        try:
            aside = put_aside(self.path)
        except OSError as error:
            raise self._error("move aside", error) from error
        self._open()
        self._lock()
        line = f"{self.path} was not whole ({why}); it is {aside} now, and a new file was begun"
        self._tell("repaired", line, file=self.path, moved_to=aside)

    def _error(self, what: str, error: OSError) -> OutputError:
        hint = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "see to it"
        state = ": it ends with a whole line" if self._is_regular else ""
        return OutputError(f"cannot {what} {self.path}: {error.strerror}", f"{hint}, and start again{state}")


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").strip()[:200]


def _opened(path: str) -> tuple[int, bool]:
    try:
        with suppress(FileExistsError):  # and is no directory, as opening the file will tell
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, FLAGS, 0o644)
    except OSError as error:
        raise OutputError(f"cannot open {path}: {error.strerror}", "check the path and its permissions") from error
    return fd, stat.S_ISREG(os.fstat(fd).st_mode)
