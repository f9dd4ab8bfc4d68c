"""Waiting in a thread for another run to let a file go."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress

from coinapi_idx_cli.sinks.files.lock import wait_for_lock


class LockWait:
    """Waits, in a thread, for a lock that another run holds.

    `is_over` from when whoever had the file does not have it any more; the lock itself is taken by who opens it.
    """

    def __init__(self, path: str, notify: Callable[[], None]) -> None:
        self._over = threading.Event()
        self._notify = notify
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # it is moved or gone since a moment ago
            self._over.set()
            return
        threading.Thread(target=self._wait, args=(fd,), name="wait-lock", daemon=True).start()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def _wait(self, fd: int) -> None:
        with suppress(OSError):  # no locks there: then nobody has one
            wait_for_lock(fd)
        os.close(fd)
        self._over.set()
        self._notify()
