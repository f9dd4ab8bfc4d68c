"""stdout, or a pipe that `-o` names, written without ever waiting for its reader.

What the kernel takes is written at once. The rest is kept, and written when poll says that there is room; by
`pending_bytes` the caller sees how much that is, and stops reading the feed when it is too much.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import time
from collections import deque

from coinapi_idx_cli.errors import OutputError, ReaderGoneError, TerminalGoneError
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.terminal.nonblocking_writer import NonBlockingWriter
from coinapi_idx_cli.terminal.one_line import visible

PIECE_BYTES = 64 * 1024


class StreamSink(Sink):
    """A file descriptor that somebody reads from.

    `is_text`: on a terminal control characters are shown, not obeyed. `name` is what an error calls it.
    """

    def __init__(self, fd: int, *, is_text: bool = False, name: str = "to stdout") -> None:
        self._fd = fd
        self._name = name
        self._is_terminal = os.isatty(fd)
        self._shows_controls = is_text and self._is_terminal
        self._writer = NonBlockingWriter(fd)
        self._queue: deque[memoryview] = deque()
        self._last = bytearray()  # what came last is joined: pieces of a line each would take ten times their bytes
        self._head = b""
        self.pending_bytes = 0

    def open(self, head: bytes) -> None:
        """`head` goes out with the first line: that columns are wrong may show only when values come."""
        self._head = head

    def fileno(self) -> int:
        return self._fd

    def write(self, batch: Batch, data: bytes) -> None:  # noqa: ARG002
        self.put(data)

    def put(self, data: bytes) -> None:
        """Take bytes that do not come from a batch, such as a list of indexes or a report."""
        if self._head:
            data, self._head = self._head + data, b""
        rest = memoryview(visible(data) if self._shows_controls else data)
        if not self.pending_bytes:
            taken = self._write_now(rest)
            if taken == len(rest):
                return
            rest = rest[taken:]
        if rest:
            self._last += rest
            self.pending_bytes += len(rest)
            if len(self._last) >= PIECE_BYTES:
                self._queue_last()

    def ready(self, events: int) -> None:
        if not events & select.POLLOUT:
            raise self._reader_gone()
        self.flush()

    def flush(self) -> None:
        """Write as much of what is pending as is taken without waiting."""
        queue = self._queue
        while self.pending_bytes:
            if not queue:
                self._queue_last()
            taken = self._write_now(queue[0])
            self.pending_bytes -= taken
            if taken < len(queue[0]):
                queue[0] = queue[0][taken:]
                return
            queue.popleft()

    def finish(self, timeout_s: float) -> bool:
        until_s = time.monotonic() + timeout_s
        while self.pending_bytes and self._writer.wait(until_s - time.monotonic()):
            self.flush()
        return not self.pending_bytes

    def close(self) -> None:
        self._writer.close()

    def _queue_last(self) -> None:
        self._queue.append(memoryview(self._last))
        self._last = bytearray()

    def _write_now(self, data: memoryview) -> int:
        """All of it, or as much as there was room for."""
        size, taken = len(data), 0
        try:
            while taken < size and (more := self._writer.put(data[taken:] if taken else data)):
                taken += more
        except OSError as error:
            if error.errno in (errno.EPIPE, errno.ECONNRESET, errno.EIO):
                raise self._reader_gone() from error
            raise OutputError(
                f"cannot write {self._name}: {error.strerror}", "free some space, or write elsewhere"
            ) from error
        return taken

    def _reader_gone(self) -> ReaderGoneError:
        if self._is_terminal:
            return TerminalGoneError("the terminal was closed")
        return ReaderGoneError("the reader of the output ended")


def stdout_sink(*, is_text: bool = False) -> StreamSink:
    """stdout as a sink. Raises OutputError if the program was started without one."""
    if sys.stdout is None:
        raise OutputError("stdout is closed", "redirect it somewhere")
    return StreamSink(sys.stdout.fileno(), is_text=is_text)


def stream_sink(path: str, *, is_text: bool = False) -> StreamSink:
    """The pipe, socket or device of that path. Raises OutputError."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        reason = "nobody reads from it" if error.errno == errno.ENXIO else error.strerror
        raise OutputError(f"cannot open {path}: {reason}", "start its reader first") from error
    sink = StreamSink(fd, is_text=is_text, name=path)
    sink.slow_one = f"the reader of {path}"
    return sink
