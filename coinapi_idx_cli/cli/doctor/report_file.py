"""A file that is there whole or not at all, and that only its owner can read; or a device or a pipe."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.paths import expanded, replace_whole
from coinapi_idx_cli.terminal.nonblocking_writer import NonBlockingWriter

DEVICES = Path("/dev")  # /dev/stdout may be a file
PATIENCE_S = 30.0  # with the reader of a pipe
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def report_path(asked: Path) -> Path:
    """Where it will be. Raises OutputError already where nothing can be written, so that nobody waits in vain."""
    try:
        path = expanded(asked)
        if _is_replaceable(path):
            path = Path(os.path.realpath(path))  # a link stays one
        if path.is_dir():
            raise _error(errno.EISDIR)
        if not path.parent.is_dir():
            raise _error(errno.ENOENT)
        if not os.access(path.parent if _is_replaceable(path) else path, os.W_OK):
            raise _error(errno.EACCES)
    except OSError as error:
        raise _cannot(asked, error) from error
    return path


def write_report(path: Path, text: str) -> None:
    """Raises OutputError."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_replaceable(path):
            replace_whole(path, data)
        else:
            _put(path, data)
    except OSError as error:
        raise _cannot(path, error) from error


def _put(path: Path, data: bytes) -> None:
    """Without waiting for a reader that is not there, or that does not read. Raises OSError."""
    fd = os.open(path, _FLAGS)
    try:
        writer = NonBlockingWriter(fd)
        try:
            left = memoryview(data)
            while left:
                if not writer.wait(PATIENCE_S):
                    raise TimeoutError(errno.ETIMEDOUT, f"its reader took nothing for {PATIENCE_S:g} s")
                left = left[writer.put(left) :]
        finally:
            writer.close()
    finally:
        os.close(fd)


def _is_replaceable(path: Path) -> bool:
    """A device or a pipe is written to as it is."""
    return (path.is_file() or not path.exists()) and DEVICES not in path.absolute().parents


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _cannot(path: Path, error: OSError) -> OutputError:
    if error.errno == errno.ENXIO and path.is_fifo():
        return OutputError(f"cannot write the report {path}: nobody reads from it", "start its reader first")
    return OutputError(
        f"cannot write the report {path}: {error.strerror or error}", "free some space there, or name another file"
    )
