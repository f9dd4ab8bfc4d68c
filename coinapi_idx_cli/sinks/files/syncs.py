"""--fsync, in a thread: a disk may take seconds, and the feed does not wait for it."""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.sinks.files.file import CaptureFile


class Syncs:
    """Forces files to the disk, one at a time, and releases those that are complete when they are there."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self.due_s = time.monotonic() + every_s
        self._thread = ThreadPoolExecutor(1, "fsync")
        self._under_way: deque[Future[None]] = deque()

    def begin(self, file: CaptureFile, now: float) -> None:
        """When it is due, and all earlier ones are done."""
        if now < self.due_s:
            return
        self.due_s = now + self._every_s
        self._check()
        if not self._under_way and file.fileno() >= 0:
            self._submit(_sync, file.path, file.fileno())

    def let_go(self, file: CaptureFile, release: Callable[[CaptureFile], None]) -> None:
        """After all of it is on the disk."""
        self._submit(_sync_and_release, file, release)
        self._check()

    def wait(self, timeout_s: float) -> bool:
        """Whether nothing is under way any more."""
        return not wait(self._under_way, timeout_s).not_done

    def finish(self) -> None:
        self._thread.shutdown()
        self._check()

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        self._under_way.append(self._thread.submit(work, *arguments))

    def _check(self) -> None:
        """Raises what went wrong in those that are done; waits for none."""
        while self._under_way and self._under_way[0].done():
            self._under_way.popleft().result()


def _sync(path: str, fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a pipe, a device
            raise OutputError(f"{path} did not reach the disk: {error.strerror}", "check the disk") from error


def _sync_and_release(file: CaptureFile, release: Callable[[CaptureFile], None]) -> None:
    try:
        if file.fileno() >= 0:
            _sync(file.path, file.fileno())
    finally:
        release(file)
