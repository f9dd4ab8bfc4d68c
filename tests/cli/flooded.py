"""Servers that send more than anybody can keep, and how much memory the program took at its peak."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

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
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")
"""


class Flooded:
    """A run of `watch` that has ended: its exit code, stderr, and its peak memory in bytes."""

    def __init__(self, port: int, *arguments: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "figures"
            measure = [sys.executable, "-S", "-c", MEASURE, str(figures)]
            command = [*measure, *COMMAND, "watch", "--url", f"ws://127.0.0.1:{port}", *arguments]
            done = subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), timeout=3 * GENEROUS_S
            )
            peak, code = figures.read_text().split()
        self.err, self.code = done.stderr.decode(), int(code)
        self.peak_bytes = int(peak) * (1 if sys.platform == "darwin" else 1024)
