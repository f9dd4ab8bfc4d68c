"""The terminal that the table is on: its size, its echo, and bytes to it. Nothing here raises or is buffered."""

from __future__ import annotations

import io
import os
import termios
import time
from contextlib import suppress
from typing import Any

from coinapi_idx_cli.terminal.nonblocking_writer import NonBlockingWriter

_LOCAL_FLAGS, _CHARACTERS = 3, 6  # where tcgetattr keeps them

_SIZE_IF_UNKNOWN = (80, 24)


class Terminal(io.TextIOBase):
    """A file descriptor as a text file that never raises.

    No buffer and so no lock: a write that a stopped terminal (Ctrl-S) holds up for ever must not hold up the end of
    the program, where Python would wait for the lock of `sys.stdout`.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        self._descriptor = descriptor
        self.encoding = encoding
        self.gives_keys = False  # they are read one by one while it is muted
        self._muted_from: list[Any] | None = None  # its modes before
        self._writer = NonBlockingWriter(descriptor)

    def isatty(self) -> bool:
        """Whether it is still there."""
        try:
            return os.isatty(self._descriptor)
        except OSError:
            return False

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now."""
        try:
            columns, lines = os.get_terminal_size(self._descriptor)
        except OSError:
            return _SIZE_IF_UNKNOWN
        return (columns, lines) if columns and lines else _SIZE_IF_UNKNOWN

    def is_ours(self) -> bool:
        """Whether we are in its foreground: in the background it shows another program."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True  # it controls no session, so there is nothing like a foreground

    def stops_writers(self) -> bool:
        """Whether who writes from the background is stopped, by `stty tostop`."""
        try:
            return bool(termios.tcgetattr(self._descriptor)[_LOCAL_FLAGS] & termios.TOSTOP)
        except termios.error:
            return False

    def write(self, text: str, timeout_s: float | None = None) -> int:
        """Write all of it, waiting while the terminal takes nothing, for `timeout_s` at most.

        Nothing, when the terminal is gone: then nobody is there to miss it.
        """
        left = memoryview(text.encode(self.encoding, "replace"))
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        with suppress(OSError):
            while left := left[self._writer.put(left) :]:
                if not self._writer.wait(None if until_s is None else until_s - time.monotonic()):
                    break
        return len(text)

    def write_if_it_listens(self, text: str) -> None:
        """A few characters, unless that would have to wait."""
        with suppress(OSError):
            self._writer.put(memoryview(text.encode(self.encoding, "replace")))

    def close(self) -> None:
        """Let go of it; the descriptor stays open."""
        if not self.closed:
            super().close()
            self._writer.close()

    def mute(self) -> None:
        """Let keys not show: they would appear across the table. Ctrl-C, Ctrl-Z and Ctrl-S do what they do."""
        with suppress(termios.error):
            before, modes = (termios.tcgetattr(self._descriptor) for _ in range(2))
            if not modes[_LOCAL_FLAGS] & termios.ECHO:
                return
            modes[_LOCAL_FLAGS] &= ~termios.ECHO
            if self.gives_keys:
                modes[_LOCAL_FLAGS] &= ~termios.ICANON
                modes[_CHARACTERS][termios.VMIN] = modes[_CHARACTERS][termios.VTIME] = 0  # a read never waits
            termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)
            self._muted_from = before

    def unmute(self) -> None:
        """Undo `mute`, and forget what was typed blindly: the shell is not to run it."""
        before, self._muted_from = self._muted_from, None
        if before is None:
            return
        with suppress(termios.error):
            modes = termios.tcgetattr(self._descriptor)
            modes[_LOCAL_FLAGS] |= before[_LOCAL_FLAGS] & (termios.ECHO | termios.ICANON)
            for place in (termios.VMIN, termios.VTIME):
                modes[_CHARACTERS][place] = before[_CHARACTERS][place]
            # TCSANOW: to wait for the output to drain would be for ever on a terminal that is stopped.
            termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
