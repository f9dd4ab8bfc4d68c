"""`--metrics`: a file of the run's figures, replaced whole by a thread, so that nothing waits for the disk."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from glob import escape
from pathlib import Path
from threading import Condition, Thread

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.paths import printable

MODE = 0o644  # who collects the files is another user
AT_THE_END_S = 0.3  # a stop may take 2 s in all
LITTER_AFTER_S = 3600.0


class MetricsFile:
    """Raises OutputError when there is no folder that it can be in.

    What goes wrong later is a warning, the first time: a run does not end for its metrics. `warn` is called from the
    thread.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self._path = path
        self._warn = warn
        self._text: Callable[[], str] | None = None
        self._news = Condition()
        self._is_ended = self._is_failing = False
        _check(path)
        self._thread = Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def put(self, text: Callable[[], str]) -> None:
        """What is to be in the file from now on; called in the thread. Of several that wait, the last one counts."""
        with self._news:
            self._text = text
            self._news.notify()

    def close(self) -> None:
        """After the last text, unless the disk is slow."""
        with self._news:
            self._is_ended = True
            self._news.notify()
        self._thread.join(AT_THE_END_S)
        if self._thread.is_alive():
            self._warn(f"--metrics {self._path}: the disk is slow, so the last figures are not in the file")

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        _remove_litter(self._path)
        while True:
            with self._news:
                self._news.wait_for(lambda: self._text is not None or self._is_ended)
                text, self._text = self._text, None
            if text is None:
                return
            try:
                _replace(self._path, text().encode())
                self._is_failing = False
            except OSError as error:
                if not self._is_failing:
                    self._is_failing = True
                    what = f"cannot write --metrics {self._path}: {error.strerror}"
                    self._warn(f"{what}; trying again every 15 s, and what is there becomes old")


def run_name(path: Path) -> str:
    """The label `run` of all samples in that file."""
    return printable(path.stem)


def _check(path: Path) -> None:
    if reason := _obstacle(path):
        what = f"cannot write --metrics {path}: {os.strerror(reason)}"
        raise OutputError(what, "name a file in a folder that exists and that you may write to")


def _obstacle(path: Path) -> int:
    """Why there cannot be a file, as an `errno`; 0 if there can."""
    try:
        with suppress(FileNotFoundError):  # it need not be there, its folder has to
            if stat.S_ISDIR(path.stat().st_mode):
                return errno.EISDIR
        path.parent.stat()
    except OSError as error:
        return error.errno or errno.EIO
    return 0 if os.access(path.parent, os.W_OK | os.X_OK) else errno.EACCES


def _remove_litter(path: Path) -> None:
    """What runs left that were killed while they wrote it."""
    with suppress(OSError):
        path = Path(os.path.realpath(path))
        for each in path.parent.glob(f".{escape(path.stem)}.*.tmp"):
            if time.time() - each.stat().st_mtime > LITTER_AFTER_S:
                each.unlink()


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, and readable by all. Raises OSError, also for a pipe or a device in its place.

    Where a link leads is replaced, not the link. The temporary name does not end with .prom, or it would be read.
    """
    path = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
    fd, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), MODE)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
