"""The socket of a service manager, as systemd has it: a datagram socket, in the file system or not."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import GENEROUS_S


class ManagerSocket:
    """Collects what is told, by a thread."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: list[tuple[float, str]] = []
        self.datagrams: list[str] = []
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.told]

    def count(self, line: str) -> int:
        return self.lines.count(line)

    def wait_for(self, line: str, count: int = 1) -> None:
        """Until a line that begins like that came so often."""

        def is_there() -> bool:
            return sum(each.startswith(line) for each in self.lines) >= count

        with self._changed:
            assert self._changed.wait_for(is_there, GENEROUS_S), f"no {count} of {line!r} in {self.lines[-20:]}"

    def wait_for_more(self, line: str, more: int) -> None:
        self.wait_for(line, sum(each.startswith(line) for each in self.lines) + more)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(GENEROUS_S)
        self._socket.close()

    def _collect(self) -> None:
        while data := self._socket.recv(65_536):
            with self._changed:
                self.datagrams.append(data.decode())
                self.told += [(time.monotonic(), line) for line in data.decode().split("\n")]
                self._changed.notify_all()


@contextmanager
def manager_socket(tmp_path: Path, *, is_abstract: bool = False) -> Iterator[ManagerSocket]:
    address = f"@idxstream-test-{os.getpid()}-{id(tmp_path)}" if is_abstract else str(tmp_path / "notify")
    manager = ManagerSocket(address)
    try:
        yield manager
    finally:
        manager.close()
