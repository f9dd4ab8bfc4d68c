"""Servers that send more than anybody can keep, and how much memory the program took at its peak."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Self

from tests.bench.blaster import greet
from tests.harness import COMMAND, GENEROUS_S, environment
from tests.transport.servers import serving

MIB = 1024 * 1024
HEARTBEAT = b'{"type":"heartbeat"}'


def frame(text: bytes) -> bytes:
    """A text frame, as servers send it (RFC 6455, 5.2)."""
    size = len(text)
    if size < 126:
        return bytes([0x81, size]) + text
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


def value(index_id: str, number: int, *, padding: int = 0) -> bytes:
    """A frame with a value that is like no other; `padding` is a field nobody knows."""
    second, tick = divmod(number, 10_000_000)
    stamp = f"2026-11-26T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.{tick:07}Z"
    message = {"type": "index", "index_id": index_id, "time_coinapi": stamp, "value": number + 0.5}
    if padding:
        message["padding"] = "x" * padding
    return frame(json.dumps(message, separators=(",", ":")).encode())


def sending(*scripts: Callable[[], Iterator[bytes]]) -> AbstractContextManager[int]:
    """The port of a server that sends to each connection what its script gives, the last one to all further ones."""
    count = 0
    lock = threading.Lock()

    def handle(connection: socket.socket) -> None:
        nonlocal count
        with lock:
            script, count = scripts[min(count, len(scripts) - 1)], count + 1
        greet(connection)
        for piece in script():
            connection.sendall(piece)
        connection.sendall(b"\x88\x02\x03\xe8")
        with suppress(OSError):
            while connection.recv(65536):
                pass

    return serving(handle)


# A process inherits the peak of the one that it is a copy of: a small one stands between the tests and the program.
MEASURE = """
import os, subprocess, sys, threading
process = subprocess.Popen(sys.argv[3:])
killer = threading.Timer(float(sys.argv[2]), process.kill)
killer.start()
_, status, usage = os.wait4(process.pid, 0)
killer.cancel()
with open(sys.argv[1], "w") as file:
    file.write(f"{usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")
"""


class Flooded:
    """A run of `watch` that has ended: exit code, stderr, peak memory in bytes, and what it painted on a terminal."""

    def __init__(self, port: int, *arguments: str, on_terminal: bool = False) -> None:
        with tempfile.TemporaryDirectory() as folder, _Painted(on_terminal) as painted:
            figures = Path(folder) / "figures"
            measure = [sys.executable, "-S", "-c", MEASURE, str(figures), str(2 * GENEROUS_S)]
            command = [*measure, *COMMAND, "watch", "--url", f"ws://127.0.0.1:{port}", *arguments]
            env = environment({"TERM": "xterm-256color"})
            done = subprocess.run(command, stdout=painted.stdout, stderr=subprocess.PIPE, env=env, check=True)
            peak, code = figures.read_text().split()
        self.out, self.err, self.code = painted.text, done.stderr.decode(), int(code)
        self.peak_bytes = int(peak) * (1 if sys.platform == "darwin" else 1024)


class _Painted:
    """Nothing, or a terminal of 100 columns and 30 lines that somebody reads."""

    def __init__(self, on_terminal: bool) -> None:
        self.text = ""
        self.stdout = subprocess.DEVNULL
        self._reader: threading.Thread | None = None
        if on_terminal:
            controller, self.stdout = pty.openpty()
            fcntl.ioctl(self.stdout, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            self._reader = threading.Thread(target=self._read, args=(controller,))

    def __enter__(self) -> Self:
        if self._reader is not None:
            self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            os.close(self.stdout)
            self._reader.join()

    def _read(self, controller: int) -> None:
        pieces = []
        with suppress(OSError):  # EIO, when nobody has the other end any more
            while piece := os.read(controller, 65536):
                pieces.append(piece)
        os.close(controller)
        self.text = b"".join(pieces).decode("utf-8", "replace")
