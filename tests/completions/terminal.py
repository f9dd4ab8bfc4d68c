"""A program in a pseudo-terminal, and what its screen shows."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import pyte

GENEROUS_S = 30.0  # a loaded machine is slow, not wrong
COLUMNS, ROWS = 160, 50
ASKS_WHAT_TERMINAL = (b"\x1b[c", b"\x1b[0c")
IS_A_VT102 = b"\x1b[?6c"


class Terminal:
    """Use as a context; at its end the program is killed."""

    def __init__(self, command: list[str], env: Mapping[str, str], cwd: Path, columns: int = COLUMNS) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._program = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()
        os.close(self._master)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def text(self) -> str:
        """The screen's lines, without the blanks at their ends."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def colour_at(self, column: int, row: int) -> str:
        """The character's, "default" if it has none of its own."""
        return str(self._screen.buffer[row][column].fg)

    def forget(self) -> None:
        """From now on the screen shows only what comes."""
        self._screen.reset()

    def wait_for(self, *expected: str) -> str:
        """The screen, once it shows all of `expected`, in whatever order."""
        deadline = time.monotonic() + GENEROUS_S
        while not all(text in self.text() for text in expected):
            assert self._read(deadline - time.monotonic()), f"{expected} did not come:\n{self.text()}"
        return self.text()

    def wait_to_lose(self, text: str) -> str:
        """The screen, once it does not show `text` any more."""
        deadline = time.monotonic() + GENEROUS_S
        while text in self.text():
            assert self._read(deadline - time.monotonic()), f"{text} is still there:\n{self.text()}"
        return self.text()

    def _read(self, within_s: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(within_s, 0))
        if not ready:
            return False
        shown = os.read(self._master, 65536)
        if any(question in shown for question in ASKS_WHAT_TERMINAL):
            os.write(self._master, IS_A_VT102)
        self._stream.feed(shown)
        return True


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
