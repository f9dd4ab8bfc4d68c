"""A pipe, a terminal and a socket that are full and that nobody reads, for a program's stderr or stdout."""

from __future__ import annotations

import os
import pty
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

KINDS = ["pipe", "terminal", "socket"]


class Unread:
    """`fd` is for the program; `read` begins to read the other end."""

    def __init__(self, fd: int, theirs: int) -> None:
        self.fd = fd
        self.received = b""
        self._theirs = theirs
        self._changed = threading.Condition()
        self._ended, self._end = os.pipe()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def read(self) -> None:
        self._reader.start()

    def wait_for(self, text: bytes, timeout_s: float) -> bytes:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.received, timeout_s), self.received[-2000:]
            return self.received

    def _read(self) -> None:
        with suppress(OSError):
            while self._ended not in select.select([self._theirs, self._ended], [], [])[0]:
                data = os.read(self._theirs, 1 << 16)
                if not data:
                    return
                with self._changed:
                    self.received += data
                    self._changed.notify_all()

    def close(self) -> None:
        os.write(self._end, b"!")
        if self._reader.ident is not None:
            self._reader.join()
        for fd in (self.fd, self._theirs, self._ended, self._end):
            os.close(fd)


@contextmanager
def unread(kind: str) -> Iterator[Unread]:
    if kind == "pipe":
        theirs, fd = os.pipe()
    elif kind == "terminal":
        theirs, fd = pty.openpty()
    else:
        theirs, fd = (end.detach() for end in socket.socketpair())
    _fill(fd)
    ends = Unread(fd, theirs)
    try:
        yield ends
    finally:
        ends.close()


def _fill(fd: int) -> None:
    """The kernel moves what a terminal was given to its other end by and by, which makes room again."""
    os.set_blocking(fd, False)
    while _filled(fd):
        time.sleep(0.02)
    os.set_blocking(fd, True)


def _filled(fd: int) -> int:
    taken = 0
    for size in (4096, 1):
        with suppress(BlockingIOError):
            while True:
                taken += os.write(fd, b"~" * size)
    return taken
