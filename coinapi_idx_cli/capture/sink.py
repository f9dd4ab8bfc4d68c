"""Where `-o` writes: the file of the moment, which may become another with each value."""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from coinapi_idx_cli.capture.file import CaptureFile, Tell
from coinapi_idx_cli.capture.lock import check_free
from coinapi_idx_cli.capture.names import CurrentName, FileName
from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.outputs.base import Sink


class FileSink(Sink):
    """`clean` takes secrets out of the bytes. What is written is with the operating system when `write` returns."""

    def __init__(self, name: FileName, clean: Callable[[bytes], bytes], tell: Tell, fsync_s: float | None) -> None:
        self.name = name
        self._current = CurrentName(name, time.time_ns())
        self._clean = clean
        self.tell = tell
        self._head = b""
        self._file: CaptureFile | None = None
        self._written_before = 0  # to the files that were let go
        self._syncs = None if fsync_s is None else _Syncs(fsync_s)

    @property
    def written_bytes(self) -> int:
        """By which all files grew, as they stand in them. To another thread it may skip for a moment."""
        file = self._file
        return self._written_before + (file.written_bytes if file is not None else 0)

    def open(self, head: bytes, now_ns: int | None = None) -> None:
        """At the start, so that what is wrong is told at once. Raises OutputError."""
        self._head = head
        now_ns = time.time_ns() if now_ns is None else now_ns
        for path in self.name.before(now_ns):
            check_free(path)  # who has it will want the same next name as we
        self._current.moves(now_ns)
        self._file = CaptureFile(self._current.text, head, self.tell)

    def last_lines(self, count: int) -> list[bytes]:
        """Of the file of the moment, as it was found."""
        return [] if self._file is None else self._file.last_lines(count)

    def write(self, data: bytes, received_ns: int) -> None:
        if self._current.moves(received_ns):
            self._rotate()
        if self._file is not None:
            self._file.write(self._clean(data))

    def reopen(self) -> None:
        """Let go a file that was moved away, and begin one under its name.

        Not else: to close any descriptor of a file gives our lock on it away.
        """
        if self._file is not None and not self._file.is_current():
            before, self._file = self._file, CaptureFile(self._current.text, self._head, self.tell)
            self._let_go(before)

    def next_due_s(self) -> float:
        return float("inf") if self._syncs is None else self._syncs.due_s

    def tick(self, now: float) -> None:
        """Raises OutputError when the disk did not take what was written earlier."""
        if self._syncs is not None and self._file is not None:
            self._syncs.begin(self._file, now)

    def close(self) -> None:
        file, self._file = self._file, None
        try:
            if file is not None:
                self._let_go(file)
        finally:
            if self._syncs is not None:
                self._syncs.finish()

    def _rotate(self) -> None:
        """The new one first: at any time one is locked, and who waits for us sees that we are alive."""
        before = self._file
        self._file = CaptureFile(self._current.text, self._head, self.tell)
        if before is not None:
            self._let_go(before)
            fields = {"from": before.path, "to": self._file.path}
            self.tell("rotated", f"{before.path} is complete; {self._file.path} goes on", **fields)

    def _let_go(self, file: CaptureFile) -> None:
        self._written_before += file.written_bytes
        if self._syncs is None:
            file.close()
        else:
            self._syncs.close(file)


class _Syncs:
    """--fsync, in a thread: a disk may take seconds, and the feed does not wait for it."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self.due_s = time.monotonic() + every_s
        self._thread = ThreadPoolExecutor(1, "fsync")
        self._under_way: deque[Future[None]] = deque()

    def begin(self, file: CaptureFile, now: float) -> None:
        """When it is due, and all earlier ones are done."""
        if now < self.due_s:
            return
        self.due_s = now + self._every_s
        self._check()
        if not self._under_way:
            self._submit(_sync, file.path, file.fileno())

    def close(self, file: CaptureFile) -> None:
        """After all of it is on the disk."""
        self._submit(_sync_and_close, file)
        self._check()

    def finish(self) -> None:
        self._thread.shutdown()
        self._check()

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        self._under_way.append(self._thread.submit(work, *arguments))

    def _check(self) -> None:
        """Raises what went wrong in those that are done; waits for none."""
        while self._under_way and self._under_way[0].done():
            self._under_way.popleft().result()


def _sync(path: str, fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a pipe, a device
            raise OutputError(f"{path} did not reach the disk: {error.strerror}", "check the disk") from error


def _sync_and_close(file: CaptureFile) -> None:
    try:
        _sync(file.path, file.fileno())
    finally:
        file.close()
