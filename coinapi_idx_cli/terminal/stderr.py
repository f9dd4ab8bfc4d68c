"""stderr, written without ever waiting for its reader: data goes on, and pings are answered, when nobody reads it.

The program puts a `Stderr` where Python has `sys.stderr`, so that this holds for all that is written there: our own
lines, tracebacks, warnings, libraries. On what is not a terminal, such as a log, each line begins with its UTC time.
"""

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Callable
from threading import RLock, Thread

from coinapi_idx_cli.terminal.nonblocking_writer import NonBlockingWriter
from coinapi_idx_cli.terminal.one_line import fitted

KEPT_BYTES = 128 * 1024  # while nobody reads


class Backlog:
    """Whole lines that wait for a reader: when there are too many, the oldest go, and their number is in their place.

    `limit_bytes` bounds what is kept. `stamp` is what a line begins with at this moment.
    """

    def __init__(self, stamp: Callable[[], str] = str, limit_bytes: int = KEPT_BYTES) -> None:
        self._stamp = stamp
        self._limit_bytes = limit_bytes
        self._lines: deque[str] = deque()
        self._bytes = 0
        self._begun = ""
        self._is_within_line = False  # whose beginning was taken
        self._dropped = 0
        self._lock = RLock()  # a handler of signals may write in the middle of a write

    def __bool__(self) -> bool:
        return bool(self._lines or self._dropped)

    def add(self, text: str) -> None:
        """Of a line that is not ended the beginning is kept until its end comes."""
        with self._lock:
            *lines, begun = (self._begun + text).split("\n")
            self._begun = fitted(begun)
            for line in map(self._whole, lines):
                self._lines.append(line)
                self._bytes += _size(line)
            while self._bytes > self._limit_bytes:
                self._bytes -= _size(self._lines.popleft())
                self._dropped += 1

    def take_line(self) -> str:
        """The next line, without its end."""
        with self._lock:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                return self._whole(f"idxstream: {dropped} line{'s' * (dropped > 1)} dropped here: nobody read stderr")
            line = self._lines.popleft()
            self._bytes -= _size(line)
            return line

    def take_rest(self) -> str:
        """Of a line whose end did not come."""
        with self._lock:
            begun, self._begun = self._begun, ""
            if not begun:
                return ""
            begun = self._whole(begun)
            self._is_within_line = True
            return begun

    def _whole(self, line: str) -> str:
        stamp = self._stamp() if line and not self._is_within_line else ""
        self._is_within_line = False
        return stamp + fitted(line)


class Stderr(io.TextIOBase):
    """A text file that never raises and never waits; what is not taken at once a thread writes when there is room."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        """Raises OSError when it is not open."""
        self.encoding = encoding
        self._descriptor = descriptor
        self._writer = NonBlockingWriter(descriptor)
        self._backlog = Backlog(str if os.isatty(descriptor) else _utc)
        self._rest = memoryview(b"")  # of a line that was taken in part
        self._lock = RLock()
        self._follower: Thread | None = None
        self.clean: Callable[[str], str] = str

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Pass on the whole lines; see `flush` for the beginning of one."""
        with self._lock:
            self._backlog.add(self.clean(text))
            self._pass_on()
            self._have_it_followed_up()
        return len(text)

    def flush(self) -> None:
        """Pass on what has no end yet, such as a prompt. Waits for nobody."""
        with self._lock:
            if not self._is_behind:
                self._rest = self._encoded(self._backlog.take_rest())
                self._pass_on()
                self._have_it_followed_up()

    def finish(self, timeout_s: float) -> None:
        """Before the process ends: give the reader so long to take what is left."""
        until_s = time.monotonic() + timeout_s
        self.flush()
        while self._is_behind and self._writer.wait(until_s - time.monotonic()):
            self._pass_on()

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._writer.close()

    @property
    def _is_behind(self) -> bool:
        return bool(self._rest or self._backlog)

    def _pass_on(self) -> None:
        """A line at a time: up to PIPE_BUF bytes a pipe takes whole or not at all."""
        with self._lock:
            while self._is_behind:
                self._rest = self._rest or self._encoded(self._backlog.take_line() + "\n")
                try:
                    taken = self._writer.put(self._rest)
                except OSError:  # a full disk, a reader that left: there is nobody to tell
                    taken = len(self._rest)
                if not taken:
                    return
                self._rest = self._rest[taken:]

    def _encoded(self, text: str) -> memoryview:
        return memoryview(text.encode(self.encoding, self.errors))

    def _have_it_followed_up(self) -> None:
        if self._is_behind and self._follower is None:
            self._follower = Thread(target=self._follow, name="stderr", daemon=True)
            self._follower.start()

    def _follow(self) -> None:
        while True:
            self._writer.wait(None)
            with self._lock:
                self._pass_on()
                if not self._is_behind:
                    self._follower = None
                    return


def _utc() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime())


def _size(line: str) -> int:
    return len(line.encode("utf-8", "backslashreplace"))
