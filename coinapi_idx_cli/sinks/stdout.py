"""stdout, written without ever waiting for its reader.

What the kernel takes is written at once. The rest is kept, and written by `flush` when poll says that there is room; by
`pending_bytes` the caller sees how much that is, and stops reading the feed when it is too much.
"""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Callable

from coinapi_idx_cli.errors import OutputError, ReaderGoneError, TerminalGoneError
from coinapi_idx_cli.formats.base import Sink
from coinapi_idx_cli.terminal.nonblocking import NonBlockingWriter
from coinapi_idx_cli.terminal.one_line import visible

PIECE_BYTES = 64 * 1024


class StdoutSink(Sink):
    """`clean` takes secrets out of the bytes. `is_text`: on a terminal control characters are shown, not obeyed.
    `name` is what an error calls it.
    """

    def __init__(
        self, fd: int, clean: Callable[[bytes], bytes], *, is_text: bool = False, name: str = "to stdout"
    ) -> None:
        self._fd = fd
        self._name = name
        self._is_terminal = os.isatty(fd)
        self._clean = (lambda data: visible(clean(data))) if is_text and self._is_terminal else clean
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

    def write(self, data: bytes, received_ns: int) -> None:  # noqa: ARG002
        data, self._head = self._head + data, b""
        rest = memoryview(self._clean(data))
        if not self.pending_bytes:
            rest = rest[self._take(rest) :]
        if rest:
            self._last += rest
            self.pending_bytes += len(rest)
            if len(self._last) >= PIECE_BYTES:
                self._queue_last()

    def reader_gone(self) -> ReaderGoneError:
        return TerminalGoneError("the terminal was closed") if self._is_terminal else super().reader_gone()

    def flush(self) -> None:
        queue = self._queue
        while self.pending_bytes:
            if not queue:
                self._queue_last()
            taken = self._take(queue[0])
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

    def _take(self, data: memoryview) -> int:
        """All of it, or as much as there was room for."""
        taken = 0
        try:
            while taken < len(data) and (more := self._writer.put(data[taken:])):
                taken += more
        except OSError as error:
            if error.errno in (errno.EPIPE, errno.ECONNRESET, errno.EIO):
                raise self.reader_gone() from error
            raise OutputError(
                f"cannot write {self._name}: {error.strerror}", "make room, or write elsewhere"
            ) from error
        return taken
