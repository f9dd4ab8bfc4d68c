"""The record of gaps beside an output: what is known to be missing there, a line each."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping

import orjson

from coinapi_idx_cli.paths import printable
from coinapi_idx_cli.sinks.files.gaps_name import gaps_path
from coinapi_idx_cli.sinks.files.repair import Tell

LOCK_TRIES = 1000  # about a millisecond: nobody holds it for longer than a line takes, and nothing here may wait
FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


class GapsFile:
    """Made with the first gap. Each line goes out in one write, so that several runs may share the file.

    `output` is the -o of this run, by which a reader knows which files a line speaks of.
    """

    def __init__(self, output: str, tell: Tell) -> None:
        self.path = gaps_path(output)
        self._output = output
        self._tell = tell
        self._has_failed = False

    def add(self, kind: str, gap: Mapping[str, object]) -> None:
        """`kind`: "connection", "not_running" or "not_written". `gap` has `from` and what else belongs to it.

        A record that cannot be written is reported once, and ends no run: the values themselves are more important.
        """
        fields = {"type": "gap", "kind": kind, "output": self._output, **gap}
        texts = {name: printable(content) for name, content in fields.items() if isinstance(content, str)}
        line = orjson.dumps({**fields, **texts}) + b"\n"
        try:
            self._append(line)
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                span = {"from": gap["from"], "to": gap.get("to")}
                shown = f"from {span['from']} to {span['to'] or 'the end of the run'}"
                what = f"cannot write the gap {shown} to {self.path}: {error.strerror}"
                text = f"{what}; others may be missing there, too"
                self._tell("gap_not_recorded", text, file=self.path, reason=error.strerror, **span)

    def _append(self, line: bytes) -> None:
        fd = os.open(self.path, FLAGS, 0o644)
        try:
            _lock(fd)
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":  # a crash, or a full disk, left half a line there
                line = b"\n" + line
            if (written := os.write(fd, line)) != len(line):
                os.ftruncate(fd, os.fstat(fd).st_size - written)
                raise OSError(None, "there is no room for it")
        finally:
            os.close(fd)


def _lock(fd: int) -> None:
    """Else another writer's line that is only half there would be taken for one that a crash left. At worst, and where
    the file system has no locks, a blank line comes of that."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0)  # lets the other one go on
        except OSError:
            return
        else:
            return
