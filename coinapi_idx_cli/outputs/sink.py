"""stdout, written without ever waiting for its reader.

What the kernel takes is written at once. The rest is kept, and written by `flush` when poll says that there is room; by
`pending_bytes` the caller sees how much that is, and stops reading the feed when it is too much.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import time
from collections import deque
from collections.abc import Callable

from coinapi_idx_cli.errors import OutputError, ReaderGoneError
from coinapi_idx_cli.outputs.base import Sink

# Takes what it can of some bytes, without waiting, and says how much that was. Raises OSError.
Put = Callable[[memoryview], int]


class StdoutSink(Sink):
    """`clean` takes secrets out of the bytes."""

    def __init__(self, fd: int, clean: Callable[[bytes], bytes]) -> None:
        self._fd = fd
        self._clean = clean
        self._put, self._close = _way_to_put(fd)
        self._queue: deque[memoryview] = deque()
        self.pending_bytes = 0

    def fileno(self) -> int:
        return self._fd

    def write(self, data: bytes, received_ns: int) -> None:  # noqa: ARG002
        rest = memoryview(self._clean(data))
        if not self._queue:
            rest = rest[self._take(rest) :]
        if rest:
            self._queue.append(rest)
            self.pending_bytes += len(rest)

    def flush(self) -> None:
        queue = self._queue
        while queue:
            taken = self._take(queue[0])
            self.pending_bytes -= taken
            if taken < len(queue[0]):
                queue[0] = queue[0][taken:]
                return
            queue.popleft()

    def finish(self, timeout_s: float) -> bool:
        until_s = time.monotonic() + timeout_s
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        while self.pending_bytes and (left_s := until_s - time.monotonic()) > 0:
            if poll.poll(left_s * 1000):
                self.flush()
        return not self.pending_bytes

    def close(self) -> None:
        self._close()

    def _take(self, data: memoryview) -> int:
        """All of it, or as much as there was room for."""
        taken = 0
        try:
            while taken < len(data) and (more := self._put(data[taken:])):
                taken += more
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in (errno.EPIPE, errno.ECONNRESET, errno.EIO):
                raise ReaderGoneError("the reader of the output ended") from error
            raise OutputError(f"cannot write to stdout: {error.strerror}", "make room, or write elsewhere") from error
        return taken


def _way_to_put(fd: int) -> tuple[Put, Callable[[], None]]:
    """How to write to it so that no reader can hold us up, and how to end that.

    O_NONBLOCK belongs to the open file, which the shell and the other programs of the pipeline share with us and do not
    expect it on; so a pipe or a terminal is opened a second time, where the system lets us (Linux).
    """
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(fd)):
        return lambda data: os.write(fd, data), _nothing_to_close  # a file or /dev/null has no reader
    if stat.S_ISSOCK(mode):
        sock = socket.socket(fileno=os.dup(fd))
        return lambda data: sock.send(data, socket.MSG_DONTWAIT), sock.close
    try:
        own_fd = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return _in_pieces(fd), _nothing_to_close
    return lambda data: os.write(own_fd, data), lambda: os.close(own_fd)


def _nothing_to_close() -> None: ...


def _in_pieces(fd: int) -> Put:
    """POSIX: what polls writable takes PIPE_BUF bytes without waiting."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return lambda data: os.write(fd, data[: select.PIPE_BUF]) if poll.poll(0) else 0
