"""Runs the real command in a process of its own, and waits for what it says instead of sleeping."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple
from unittest.mock import patch

from coinapi_idx_cli.cli import run as run_command

GENEROUS_S = 30.0  # a loaded machine is slow, not wrong
COMMAND = [sys.executable, "-m", "coinapi_idx_cli"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, where conftest took the user's settings out."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **(extra or {})}


TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")  # which lines on stderr begin with, but not on a terminal


class Stream:
    """Lines of a pipe, collected by a thread; `wait_for` blocks until enough have come.

    `is_timed`: each begins with its time, which is left out.
    """

    def __init__(self, pipe: IO[bytes], *, is_timed: bool = False) -> None:
        self._is_timed = is_timed
        self.lines: list[str] = []
        self.times_s: list[float] = []
        self.ended = False
        self._changed = threading.Condition()
        self.thread = threading.Thread(target=self._collect, args=(pipe,), daemon=True)
        self.thread.start()

    def _collect(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            with self._changed:
                text = line.decode().rstrip("\n")
                self.lines.append(TIME.sub("", text) if self._is_timed else text)
                self.times_s.append(time.monotonic())
                self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()
        pipe.close()

    def wait_for(self, count: int, timeout_s: float = GENEROUS_S) -> list[str]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.lines) >= count or self.ended, timeout_s):
                raise TimeoutError(f"{len(self.lines)} lines of {count}: {self.lines[-5:]}")
        assert len(self.lines) >= count, self.lines
        return self.lines

    def wait_until(self, pattern: str, timeout_s: float = GENEROUS_S) -> str:
        """The first line that `pattern` is found in."""

        def found() -> str | None:
            return next((line for line in self.lines if re.search(pattern, line)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self.ended, timeout_s)
            line = found()
        assert line is not None, f"no {pattern!r} in {self.lines}"
        return line

    @property
    def text(self) -> str:
        """All of it. While more can come use `wait_until`: what the other stream shows says nothing of this one."""
        assert self.ended, "not ended yet: wait for the process, or for a line"
        return "\n".join(self.lines)


class Running:
    """`idxstream …` in a process; ended at the latest when the block ends."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            env=environment(env),
        )
        if stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out = Stream(self.process.stdout)
        self.err = Stream(self.process.stderr, is_timed=True)

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.thread.join(GENEROUS_S)
        self.err.thread.join(GENEROUS_S)

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def wait(self, timeout_s: float = GENEROUS_S) -> int:
        """The exit code, when all that was printed is collected."""
        code = self.process.wait(timeout_s)
        self.out.thread.join(timeout_s)
        self.err.thread.join(timeout_s)
        return code


def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> Running:
    """Run to the end."""
    with Running(*arguments, env=env, stdin=stdin) as running:
        running.wait()
    return running


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def run_here(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """The whole command in this process: the start of Python takes longer than most of it."""
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        patch.dict(os.environ, env or {}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = run_command(list(arguments))
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())
