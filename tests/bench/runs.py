"""One run of a pipeline: its output is read and timed, its processes are waited for with what they used."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.bench.peers import Pipeline
from tests.harness import environment

HELLO = b'{"type":"hello","heartbeat":true}\n'  # on everybody's stdin, for websocat, which sends what it reads there
READ_BYTES = 1024 * 1024
LIMIT_S = 30.0
ROWS_AND_COLUMNS = (50, 120)  # of the terminal
FRAME_BEGIN = b"\x1b[?7l"  # the table's: without wrapping
# Settings of whoever runs this. Without compiled modules, which an installation has, a start is a third slower.
NOT_PASSED_ON = ("COINAPI_", "IDXSTREAM_", "PYTHONDONTWRITEBYTECODE")
RSS_UNITS_IN_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB on Linux


class RunFailedError(Exception):
    """The run gives no figure: it did not end, not well, or not all came out that went in."""


class Into(Enum):
    PIPE = "a pipe"
    NULL = "/dev/null"
    TERMINAL = "a terminal"


@dataclass(slots=True)
class Reading:
    """For each read of the output: when it returned, by CLOCK_MONOTONIC, and how many lines had come by then; of a
    terminal, how many frames."""

    times_ns: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))

    def note(self, now_ns: int, more_lines: int) -> None:
        self.times_ns.append(now_ns)
        self.lines.append((self.lines[-1] if self.lines else 0) + more_lines)


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu_s` is of all processes of the pipeline.

    `peak_mib` is of the largest of them, and never less than what this process has: the kernel counts that for a child
    which has not become another program yet.
    """

    started_ns: int
    ended_ns: int
    reading: Reading
    cpu_s: float
    peak_mib: float


def run(pipeline: Pipeline, into: Into | Path = Into.NULL, *, stall_s: float = 0.0, limit_s: float = LIMIT_S) -> Run:
    """`stall_s`: how long the reader sleeps after its first read. Raises RunFailedError."""
    with ExitStack() as stack:
        stderr = stack.enter_context(TemporaryFile())
        write_fd, read_fd = _outlet(into)
        started_ns = time.monotonic_ns()
        try:
            processes = _start(pipeline, write_fd, stderr)
        finally:
            os.close(write_fd)
        late = stack.enter_context(_killing(processes, limit_s))
        mark = FRAME_BEGIN if into is Into.TERMINAL else b"\n"
        reading = Reading() if read_fd is None else _read(read_fd, mark, stall_s)
        used = [_wait(process) for process in processes]
        ended_ns = time.monotonic_ns()
        if late.is_set():
            raise RunFailedError(f"did not end within {limit_s:g} s")
        _check(processes, stderr)
    return Run(started_ns, ended_ns, reading, sum(cpu for cpu, _ in used), max(peak for _, peak in used))


def _outlet(into: Into | Path) -> tuple[int, int | None]:
    """Where the pipeline writes, and where to read that."""
    match into:
        case Into.PIPE:
            read_fd, write_fd = os.pipe()
            return write_fd, read_fd
        case Into.TERMINAL:
            master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *ROWS_AND_COLUMNS, 0, 0))
            return slave, master
        case Into.NULL:
            return os.open(os.devnull, os.O_WRONLY), None
        case path:
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), None


def _start(pipeline: Pipeline, write_fd: int, stderr: IO[bytes]) -> list[subprocess.Popen[bytes]]:
    processes: list[subprocess.Popen[bytes]] = []
    for number, command in enumerate(pipeline):
        stdin = processes[-1].stdout if processes else subprocess.PIPE
        stdout = write_fd if number == len(pipeline) - 1 else subprocess.PIPE
        processes.append(subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=_environment()))
    for process in processes[:-1]:
        assert process.stdout is not None
        process.stdout.close()  # the next one has it
    first = processes[0].stdin
    assert first is not None
    with suppress(BrokenPipeError), first:
        first.write(HELLO)
    return processes


def _environment() -> dict[str, str]:
    passed_on = {
        name: text
        for name, text in environment().items()
        if not name.startswith(NOT_PASSED_ON) and not name.lower().endswith("_proxy")
    }
    return {**passed_on, "TERM": "xterm-256color"}


@contextmanager
def _killing(processes: Sequence[subprocess.Popen[bytes]], limit_s: float) -> Iterator[threading.Event]:
    """Kills what runs after the limit or at the end of the block; the event tells of the limit."""
    late = threading.Event()

    def kill() -> None:
        for process in processes:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # not .kill(): it would wait for it, and `_wait` could not

    def kill_late() -> None:
        late.set()
        kill()

    timer = threading.Timer(limit_s, kill_late)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()
        kill()


def _read(fd: int, mark: bytes, stall_s: float) -> Reading:
    reading = Reading()
    buffer = bytearray(READ_BYTES)
    try:
        while size := _read_into(buffer, fd):
            reading.note(time.monotonic_ns(), buffer.count(mark, 0, size))
            if len(reading.lines) == 1:
                time.sleep(stall_s)
    finally:
        os.close(fd)
    return reading


def _read_into(buffer: bytearray, fd: int) -> int:
    try:
        return os.readv(fd, [buffer])
    except OSError as error:
        if error.errno == errno.EIO:  # Linux says so at the end of a terminal
            return 0
        raise


def _wait(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """CPU seconds and peak MiB, of the process and of its children that it waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / RSS_UNITS_IN_MIB


def _check(processes: Sequence[subprocess.Popen[bytes]], stderr: IO[bytes]) -> None:
    for process in processes:
        if process.returncode != 0:
            stderr.seek(0)
            said = stderr.read().decode(errors="replace").strip().splitlines()
            raise RunFailedError(f"exit code {process.returncode}: {said[-1] if said else 'no word on stderr'}")
