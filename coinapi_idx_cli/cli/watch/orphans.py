"""Processes that commands of --exec left behind: the first process of a container has to collect them."""

from __future__ import annotations

import os
from collections.abc import Callable
from subprocess import Popen
from threading import Lock

FIRST = 1


class Orphans:
    """Those that the kernel gave to this process when their parent ended; only its process number 1 gets any.

    To be called from any thread. `pid` is for tests.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._may_have_some = (os.getpid() if pid is None else pid) == FIRST
        self._lock = Lock()  # or a child could be collected as an orphan before it is known
        self._ours: set[int] = set()

    def start(self, popen: Callable[[], Popen[bytes]]) -> Popen[bytes]:
        """Start a child, which is not an orphan. Raises what `popen` does."""
        if not self._may_have_some:
            return popen()
        with self._lock:
            process = popen()
            self._ours.add(process.pid)
            return process

    def collect(self, ended: Popen[bytes] | None = None) -> None:
        """Those that ended by now; else each would keep its process number. `ended`: a child that was waited for."""
        if not self._may_have_some:
            return
        with self._lock:
            if ended is not None:
                self._ours.discard(ended.pid)
            for pid in _ended_children() - self._ours:
                os.waitpid(pid, os.WNOHANG)


def _ended_children() -> set[int]:
    """By /proc, since waitid(2) tells of one only, which may be ours. Where there is none nobody is told of."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - of names, not paths
    except OSError:
        return set()
    return {number for number in numbers if _is_ended_child(number)}


def _is_ended_child(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            state, parent = file.read().rpartition(b")")[2].split()[:2]
    except OSError:  # it is gone
        return False
    return state == b"Z" and int(parent) == os.getpid()
