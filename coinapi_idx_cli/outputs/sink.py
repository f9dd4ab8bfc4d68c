"""stdout, written without ever waiting for its reader.

What the kernel takes at once is written at once by the caller. The rest goes to a thread that may wait: the caller
goes on, sees by `pending_bytes` how much waits, and stops reading the feed when that is too much.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from coinapi_idx_cli.errors import IdxstreamError, OutputError, ReaderGoneError

PENDING_LIMIT_BYTES = 16 * 1024 * 1024
THREAD_WRITE_BYTES = 1024 * 1024


class StdoutSink:
    """`clean` takes secrets out of the bytes; `wake` is called from the thread when it caught up, or failed."""

    def __init__(self, fd: int, clean: Callable[[bytes], bytes], wake: Callable[[], None]) -> None:
        self._fd = fd
        self._clean = clean
        self._wake = wake
        self._never_waits = _is_file_or_device(fd)
        self._at_once_bytes = select.PIPE_BUF if stat.S_ISFIFO(os.fstat(fd).st_mode) else 0
        self._queue: deque[bytes] = deque()
        self._pending_bytes = 0
        self._changed = Condition()
        self._failure: IdxstreamError | None = None
        self._thread: Thread | None = None

    def fileno(self) -> int:
        return self._fd

    @property
    def pending_bytes(self) -> int:
        return self._pending_bytes

    @property
    def is_full(self) -> bool:
        return self._pending_bytes >= PENDING_LIMIT_BYTES

    @property
    def has_room_again(self) -> bool:
        return self._pending_bytes < PENDING_LIMIT_BYTES // 2

    def write(self, data: bytes) -> None:
        """Raises ReaderGoneError or OutputError, also for what the thread failed to write."""
        self.check()
        data = self._clean(data)
        if self._never_waits or self._takes_at_once(data):
            _write_all(self._fd, data)
        else:
            self._hand_over(data)

    def check(self) -> None:
        """Raises what went wrong in the thread."""
        if self._failure is not None:
            raise self._failure

    def finish(self, timeout_s: float | None) -> bool:
        """Wait until all is written. False when time ran out first."""
        with self._changed:
            done = self._changed.wait_for(lambda: not self._pending_bytes or self._failure is not None, timeout_s)
        self.check()
        return done

    def _takes_at_once(self, data: bytes) -> bool:
        """POSIX: a pipe that polls writable takes PIPE_BUF bytes without waiting."""
        if self._pending_bytes or len(data) > self._at_once_bytes:
            return False
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        return bool(poll.poll(0))

    def _hand_over(self, data: bytes) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._write_forever, name="stdout", daemon=True)
            self._thread.start()
        with self._changed:
            self._queue.append(data)
            self._pending_bytes += len(data)
            self._changed.notify_all()

    def _write_forever(self) -> None:
        while self._failure is None:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                data = self._next_piece()
            try:
                _write_all(self._fd, data)
            except IdxstreamError as error:
                self._failure = error
            with self._changed:
                was_full = not self.has_room_again
                self._pending_bytes -= len(data)
                self._changed.notify_all()
            if self._failure is not None or (was_full and self.has_room_again):
                self._wake()

    def _next_piece(self) -> bytes:
        pieces = [self._queue.popleft()]
        size = len(pieces[0])
        while self._queue and size < THREAD_WRITE_BYTES:
            pieces.append(self._queue.popleft())
            size += len(pieces[-1])
        return b"".join(pieces)


def _is_file_or_device(fd: int) -> bool:
    """Whether a write to it is never held up by a reader: a regular file, /dev/null; no terminal, pipe or socket."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(fd))


def _write_all(fd: int, data: bytes) -> None:
    """Raises ReaderGoneError when nobody reads any more, OutputError for anything else."""
    rest = memoryview(data)
    try:
        while rest:
            try:
                rest = rest[os.write(fd, rest) :]
            except BlockingIOError:  # somebody who shares the pipe with us made it non-blocking
                select.select([], [fd], [])
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.ECONNRESET, errno.EIO):
            raise ReaderGoneError("the reader of the output ended") from error
        raise OutputError(f"cannot write to stdout: {error.strerror}", "make room, or write elsewhere") from error
