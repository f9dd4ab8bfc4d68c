"""A file that is there whole or not at all, and that only its owner can read."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from coinapi_idx_cli.errors import OutputError


class ReportFile:
    """From `with` to the end of the block; nothing of it is left unless `write` was called.

    Raises OutputError: at the begin of the block already where nothing can be written, so that nobody waits in vain.
    """

    def __init__(self, path: Path) -> None:
        self._asked = path
        self._path = path.expanduser()
        self._beside: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._path = self._path.resolve()  # a link stays one
            if self._path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if self._is_replaceable:
                fd, name = tempfile.mkstemp(prefix=f".{self._path.name[:100]}.", dir=self._path.parent)
                os.close(fd)
                self._beside = Path(name)
        except OSError as error:
            raise self._cannot(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beside is not None:
            self._beside.unlink(missing_ok=True)

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        try:
            if self._beside is None:
                self._path.write_bytes(data)
            else:
                self._beside.write_bytes(data)
                self._beside.replace(self._path)
        except OSError as error:
            raise self._cannot(error) from error

    @property
    def _is_replaceable(self) -> bool:
        """A device or a pipe is written to as it is."""
        return self._path.is_file() or not self._path.exists()

    def _cannot(self, error: OSError) -> OutputError:
        what = f"cannot write the report {self._asked}: {error.strerror or error}"
        return OutputError(what, "make room there, or name another file")
