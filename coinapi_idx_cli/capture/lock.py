"""One writer a file: an advisory lock that belongs to the process and is gone with it."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from contextlib import suppress

from coinapi_idx_cli.errors import FileInUseError

# struct flock (fcntl(2)), by whose answer the system names the holder.
_FLOCK, _TYPE, _PID = ("=qqihh", 3, 2) if sys.platform == "darwin" else ("hhqqi4x", 0, 4)


def try_lock(fd: int) -> bool:
    """POSIX, not BSD: only the former knows its holder. So no other descriptor of the file may be closed meanwhile."""
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system without locks
    return True


def check_free(path: str) -> None:
    """Raises FileInUseError while another run writes to it. Takes no lock."""
    with suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            pid = holder(fd)
        finally:
            os.close(fd)
        if pid is not None:
            raise FileInUseError(path, pid)


def wait_for_lock(fd: int) -> None:
    """Blocks. For a thread; the lock is the whole process's."""
    fcntl.lockf(fd, fcntl.LOCK_EX)


def holder(fd: int) -> int | None:
    """The id of the process that has it: 0 for one of another container or machine, None if nobody has it."""
    wanted = (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    order = (2, 3, 4, 0, 1) if sys.platform == "darwin" else (0, 1, 2, 3, 4)
    with suppress(OSError):
        answer = struct.unpack(_FLOCK, fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(_FLOCK, *(wanted[i] for i in order))))
        return max(0, int(answer[_PID])) if answer[_TYPE] != fcntl.F_UNLCK else None
    return None
