"""Another process that has a file, and writes to it what it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.harness import environment

_WRITER = """
import sys
from coinapi_idx_cli.sinks.files.file import CaptureFile
file = CaptureFile(sys.argv[1], b"", lambda *event, **fields: None)
print(flush=True)
for line in sys.stdin.buffer:
    file.write(line)
    file.flush()
    print(flush=True)
"""


class OtherRun:
    """Has the lock until the block ends, or `end`."""

    def __init__(self, path: Path) -> None:
        path.touch()  # or it had nothing to lock before its first line
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        self.pid = self._process.pid
        self._wait_for_answer()

    def write(self, *lines: bytes) -> None:
        """Each without its end."""
        assert self._process.stdin is not None
        for line in lines:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
            self._wait_for_answer()

    def end(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0

    def __enter__(self) -> OtherRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.communicate()

    def _wait_for_answer(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"\n"
