"""One file that is being written: locked, made with its first line, whole lines only, appended to what is there."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.sinks.files.doubt import Doubt
from coinapi_idx_cli.sinks.files.encodings import TornError, decoded, packed, packing_for
from coinapi_idx_cli.sinks.files.file_ends import last_lines, size_of_whole_lines
from coinapi_idx_cli.sinks.files.lock import NoLocksError, holder, try_lock
from coinapi_idx_cli.sinks.files.repair import Repair, Tell, put_above

FLAGS = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY  # O_APPEND: nothing is written over, whoever else writes
MEMBER_S = 1.0
MEMBER_BYTES = 64 * 1024  # before compression


class CaptureFile:
    """Opened, locked and mended if it is there; else only tried out, and made with its first line.

    Raises OutputError, also for a file whose header names other columns than `head`. `lacks_lock` says why the file
    system gives no lock, None when it does. With `needs_lock`, and for what is compressed, that is an error: two runs
    would spoil each other's file, while whole lines of plain text are only mixed.

    What is to be compressed is held until `due_s`, by the monotonic clock, when `flush` is to be called.
    """

    def __init__(self, path: str, head: bytes, tell: Tell, *, needs_lock: bool = False) -> None:
        self.path = path
        self.lacks_lock: str | None = None
        self.written_bytes = 0  # by which it grew, as they are in it
        self.began_at = 0  # where the first member of this run begins
        self.due_s = float("inf")
        self.failed = False
        self._head = head
        self._tell = tell
        self._packing = packing_for(path)
        self._needs_lock = needs_lock or self._packing is not None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._doubt: Doubt | None = None
        self._fd = -1
        self._is_regular = False
        self._has_lines = False
        self._end = 0
        try:
            self._open(make=False)
            if self._fd < 0:
                self._try_out()
            else:
                self._begin()
        except BaseException:
            self._let_go()
            raise

    def fileno(self) -> int:
        """-1 while it is not made yet."""
        return self._fd

    def write(self, data: bytes) -> None:
        """Whole lines. When there is no room for all of them the file ends with the last whole one that there is.

        Raises FileInUseError when another run has made it meanwhile; nothing is written then.
        """
        if not data:
            return
        if self._packing is None or self._fd < 0:
            self._put(data)
            return
        if not self._held:
            self.due_s = time.monotonic() + MEMBER_S
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= MEMBER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._held_bytes, self.due_s = 0, float("inf")
            self._put(data)

    def last_lines(self, count: int) -> list[bytes]:
        """Without their ends; none of a file that is not there yet."""
        if self._fd < 0 or not self._is_regular:
            return []
        with open(self._fd, "rb", closefd=False) as file:
            return last_lines(self.path, file, count)

    def close(self) -> None:
        """Write what is held, and give the lock away."""
        try:
            self.flush()
        finally:
            self._let_go()
            if self._doubt is not None:
                self._doubt.abandon()

    def settle_doubt(self) -> None:
        """Put aside what was in the file before, if that turned out to be torn meanwhile, and go on without it."""
        if self._doubt is None or self._doubt.torn is None or self._packing is None:
            return
        why, self._doubt = self._doubt.torn, None
        self.flush()
        with os.fdopen(os.dup(self._fd), "rb") as before:
            before.seek(self.began_at)
            lines = b"".join(decoded(self._packing, before))
            self._put_above(why)
            self._begin()
            self._put(lines)

    def is_current(self) -> bool:
        """Whether the name still leads to it: logrotate may have moved it."""
        return self._fd < 0 or self._is_at(self.path)

    def takes_name(self, path: str) -> bool:
        """Whether that is another name of it, by a link; then it is known by it from now on."""
        if self._fd < 0 or not self._is_at(path):
            return False
        self.path = path
        return True

    def _is_at(self, path: str) -> bool:
        try:
            return os.path.samestat(Path(path).stat(), os.fstat(self._fd))
        except OSError:
            return False

    def _let_go(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _open(self, *, make: bool) -> None:
        self._let_go()
        try:
            with suppress(FileExistsError):  # and is not a directory, as opening the file will tell
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, FLAGS | (os.O_CREAT if make else 0), 0o644)
        except OSError as error:
            if make or not isinstance(error, FileNotFoundError):
                raise self._cannot_open(error) from error
            return
        self._is_regular = stat.S_ISREG(os.fstat(self._fd).st_mode)
        if not self._is_regular and self._packing is not None:
            raise OutputError(f"{self.path} is not a regular file, which compression needs", "name another one")

    def _try_out(self) -> None:
        """Make another file beside it, lock that and take it away, so that what is wrong is reported at the start."""
        import tempfile  # seldom needed

        try:
            self._fd, name = tempfile.mkstemp(prefix=".idxstream-", dir=Path(self.path).parent)
            Path(name).unlink()
        except OSError as error:
            raise self._cannot_open(error) from error
        self._try_lock()
        self._let_go()

    def _begin(self) -> None:
        """From what the file holds now."""
        self._end = 0
        if not self._is_regular:
            return
        self._lock()
        try:
            ending = Repair(self.path, self._fd, self._head, self._tell)
        except TornError as error:
            self._put_above(str(error))
            self._begin()
            return
        except OSError as error:
            raise self._error("mend", error) from error
        self._end, self._has_lines = ending.end, ending.has_lines
        self.began_at = self._end
        if ending.is_in_doubt:
            self._doubt = Doubt(self.path, self._end)

    def _put(self, data: bytes) -> None:
        try:
            if self._fd < 0:
                self._open(make=True)
                self._begin()
            elif self._is_regular and (size := os.fstat(self._fd).st_size) != self._end:
                self._meet_another_end(size)
            if not self._has_lines:
                data = self._head + data
            for piece in [data] if self._packing is None else packed(self._packing, data, self._end):
                self._append(piece)
        except FileInUseError:
            self._let_go()
            raise
        except OutputError:
            self.failed = True
            raise

    def _meet_another_end(self, size: int) -> None:
        """Somebody emptied it (logrotate's copytruncate), or added to it. Without a lock that is another run, which may
        be in the middle of a line: there is nothing to be mended."""
        if self.lacks_lock is not None and size > self._end:
            self._end = size
        else:
            self._begin()

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            self._take_back(len(data) - len(rest))
            raise self._error("write", error) from error
        self._end += len(data)
        self.written_bytes += len(data)
        self._has_lines = True

    def _take_back(self, added: int) -> None:
        """Of plain text the whole lines stay; of a member nothing can. A file is not left with its header alone."""
        with suppress(OSError):  # what went wrong is reported already, and the next start mends it
            if not self._is_regular or os.fstat(self._fd).st_size != self._end + added:
                return
            end = self._end
            if self._packing is None:
                end = size_of_whole_lines(self._fd, self._end + added) or 0
            if not self._has_lines and end <= len(self._head):
                end = 0
            os.ftruncate(self._fd, end)
            self._end, self._has_lines = end, end > 0
            if end == 0 and self.is_current():
                Path(os.path.realpath(self.path)).unlink()
                self._let_go()

    def _lock(self) -> None:
        while not (self._try_lock() and self.is_current()):
            if self.is_current():
                raise FileInUseError(self.path, holder(self._fd))
            self._open(make=True)  # it was moved between our opening and our locking

    def _try_lock(self) -> bool:
        try:
            return try_lock(self._fd)
        except NoLocksError as error:
            if self._needs_lock:
                what = f"the file system of {self.path} refuses locks ({error})"
                raise OutputError(
                    f"{what}, which compressed files and --wait-lock need",
                    "write a plain .csv or .ndjson there without --wait-lock, or write to another file system",
                ) from error
            self.lacks_lock = str(error)
            return True
        except OSError as error:
            raise self._error("lock", error) from error

    def _put_above(self, why: str) -> None:
        try:
            aside = put_above(self.path)
        except OSError as error:
            raise self._error("move aside", error) from error
        self._open(make=True)
        self._lock()
        line = f"{self.path} was not whole ({why}); it is {aside} now, and a new file was begun"
        self._tell("repaired", line, file=self.path, moved_to=aside)

    def _cannot_open(self, error: OSError) -> OutputError:
        return OutputError(f"cannot open {self.path}: {error.strerror}", "check the path and its permissions")

    def _error(self, what: str, error: OSError) -> OutputError:
        hint = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "see to it"
        state = ": it ends with a whole line" if self._is_regular else ""
        return OutputError(f"cannot {what} {self.path}: {error.strerror}", f"{hint}, and start again{state}")
