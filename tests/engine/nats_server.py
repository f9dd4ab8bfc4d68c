"""A real NATS server with JetStream, in a process of its own, on a port that it chooses."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tests.harness import GENEROUS_S

T = TypeVar("T")
PROGRAM = Path(sys.executable).parent / "nats-server"


class NatsServer:
    """Runs from `with` to the end of the block; `configuration` is added to its own."""

    def __init__(self, configuration: str = "", *, jetstream: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="idxstream-nats-"))
        self.store = self.folder / "store"
        self.port = 0
        self._jetstream = jetstream
        self._configuration = configuration
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> NatsServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def _storage(self) -> str:
        return f'jetstream {{ store_dir: "{self.store}" }}' if self._jetstream else ""

    def start(self) -> None:
        """Once more, after `kill`: on the same port, with the same store."""
        ports = self.folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir()
        settings = self.folder / "server.conf"
        settings.write_text(
            f'host: "127.0.0.1"\nport: {self.port or -1}\nports_file_dir: "{ports}"\n'
            f"{self._storage}\n"
            f'logfile: "{self.folder / "log"}"\n{self._configuration}\n'
        )
        self.process = subprocess.Popen([str(PROGRAM), "-c", str(settings)], stderr=subprocess.DEVNULL)
        self.port = self._wait_for(lambda: self._port(ports))

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(GENEROUS_S)

    def save_store(self) -> Path:
        """A copy of what it has, of a server that is not running."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.store, copy)
        return copy

    def restore_store(self, copy: Path) -> None:
        """It forgets what came after that."""
        shutil.rmtree(self.store)
        shutil.copytree(copy, self.store)

    def _port(self, ports: Path) -> int | None:
        for path in ports.glob("*.ports"):
            try:
                where = json.loads(path.read_text())["nats"][0]
            except (ValueError, LookupError):
                return None
            return int(where.rpartition(":")[2])
        return None

    def _wait_for(self, look: Callable[[], T | None]) -> T:
        until_s = time.monotonic() + GENEROUS_S
        while time.monotonic() < until_s:
            if (found := look()) is not None:
                return found
            assert self.process is not None
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        log = self.folder / "log"
        raise AssertionError(f"no server: {log.read_text() if log.exists() else 'it wrote no log'}")
