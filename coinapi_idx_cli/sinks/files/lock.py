"""One writer a file: an advisory lock that belongs to the open file and is gone with it.

Not a POSIX record lock (`F_SETLK`): that belongs to the process, and closing any other descriptor of the same file,
also by another name, gives it away. Linux has record locks of the open file (`F_OFD_SETLK`, fcntl(2)); they do not say
who holds them, so a POSIX lock on a byte far behind any data does that, and nothing else depends on it. Elsewhere it is
`flock`, which names nobody.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from contextlib import suppress

from coinapi_idx_cli.errors import FileInUseError

_NONE_THERE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
_IN_USE = (errno.EAGAIN, errno.EACCES)  # fcntl(2) and flock(2); EPERM says that locks are forbidden
_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, process
_TAG_AT = 1 << 62
_LOCKED = (0, _TAG_AT)  # from where, how many bytes
_TAG = (_TAG_AT, 1)


class NoLocksError(Exception):
    """The file system refuses locks: a network mount without a lock service, some FUSE. The text says how."""


def try_lock(fd: int) -> bool:
    """Whether it is ours now. Raises NoLocksError, and OSError for what is wrong otherwise."""
    try:
        _lock(fd, wait=False)
    except OSError as error:
        if error.errno in _IN_USE:
            return False
        if error.errno in _NONE_THERE:
            raise NoLocksError(error.strerror) from error
        raise
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
    """Until nobody has it; it is not taken. Blocks, so it is for a thread. Raises OSError where there are no locks."""
    _lock(fd, wait=True)
    if _has_record_locks(fd):
        _record_lock(fd, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, _LOCKED)
    else:
        fcntl.flock(fd, fcntl.LOCK_UN)


def holder(fd: int) -> int | None:
    """The id of the process that has it: 0 where that is not known, None if nobody has it."""
    with suppress(OSError):
        if not _has_record_locks(fd):
            return _holder_of_flock(fd)
        if _record_lock(fd, fcntl.F_OFD_GETLK, fcntl.F_WRLCK, _LOCKED) is not None:
            return _record_lock(fd, fcntl.F_GETLK, fcntl.F_WRLCK, _TAG) or 0
    return None


def _lock(fd: int, *, wait: bool) -> None:
    if not _has_record_locks(fd):
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return
    _record_lock(fd, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, fcntl.F_WRLCK, _LOCKED)
    if not wait:
        with suppress(OSError):  # the tag of one that is being let go
            _record_lock(fd, fcntl.F_SETLK, fcntl.F_WRLCK, _TAG)


def _has_record_locks(fd: int) -> bool:
    """Old kernels, and some that only look like Linux, answer EINVAL, and have `flock`."""
    if not hasattr(fcntl, "F_OFD_GETLK"):
        return False
    try:
        _record_lock(fd, fcntl.F_OFD_GETLK, fcntl.F_WRLCK, _LOCKED)
    except OSError as error:
        return error.errno != errno.EINVAL
    return True


def _record_lock(fd: int, command: int, kind: int, place: tuple[int, int]) -> int | None:
    """For the commands that ask: the process that is in the way, -1 if a lock names none, None if nobody is."""
    asked = struct.pack(_FLOCK, kind, os.SEEK_SET, *place, 0)
    kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(fd, command, asked))
    return None if kind == fcntl.F_UNLCK else max(0, int(pid))


def _holder_of_flock(fd: int) -> int | None:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    fcntl.flock(fd, fcntl.LOCK_UN)
    return None
