"""Writing to what others hold open, too, so that no reader can hold us up."""

from __future__ import annotations

import fcntl
import os
import select
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import RLock

_PAUSE_S = 0.05

# Takes what it can of some bytes and returns how much that was. Raises BlockingIOError, and any other OSError.
_Put = Callable[[memoryview], int]


class NonBlockingWriter:
    """Writes to a descriptor as much as is taken at once. Raises OSError when it is not open.

    O_NONBLOCK belongs to the open file, which the shell and the other programs of a pipeline share with us and do not
    expect it on; so a pipe or a terminal is opened a second time, where the system allows it.
    """

    def __init__(self, fd: int) -> None:
        self._put, self.close = _way_to_put(fd)
        self._fd = fd
        self._had_room_in_vain = False

    def put(self, data: memoryview) -> int:
        """How many of the bytes were taken. Raises OSError."""
        try:
            taken = self._put(data)
        except BlockingIOError:
            return 0
        self._had_room_in_vain = self._had_room_in_vain and not taken
        return taken

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until there is room, for `timeout_s` at most; whether there is."""
        left_s = None if timeout_s is None else max(0.0, timeout_s)
        if self._had_room_in_vain:  # a terminal may poll writable and yet take nothing
            if left_s == 0.0:
                return False
            time.sleep(_PAUSE_S if left_s is None else min(_PAUSE_S, left_s))
        poll = select.poll()  # its own: several threads may wait
        poll.register(self._fd, select.POLLOUT)
        self._had_room_in_vain = bool(poll.poll(None if left_s is None else left_s * 1000))
        return self._had_room_in_vain


def _way_to_put(fd: int) -> tuple[_Put, Callable[[], None]]:
    """And how to end that."""
    mode = os.fstat(fd).st_mode
    is_terminal = os.isatty(fd)
    if stat.S_ISREG(mode):
        _append(fd)
    if stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not is_terminal):
        return partial(os.write, fd), _nothing_to_close  # a file or /dev/null has no reader
    if stat.S_ISSOCK(mode):
        return _to_socket(fd)
    try:
        own_fd = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:  # not on Linux, or it belongs to another user, as after sudo
        return (_for_a_moment(fd) if is_terminal else _in_pieces(fd)), _nothing_to_close
    return partial(os.write, own_fd), lambda: os.close(own_fd)


def _append(fd: int) -> None:
    """Without this, what others write to the file meanwhile is overwritten: with `>log 2>log` or `--event-log
    /dev/stderr 2>log` we are the others, and after a rotation by copy and cut the file would begin with zeros.
    """
    with suppress(OSError):  # a file system that knows nothing of it
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_APPEND)


def _nothing_to_close() -> None: ...


def _to_socket(fd: int) -> tuple[_Put, Callable[[], None]]:
    import socket  # here: the help starts quicker without it

    sock = socket.socket(fileno=os.dup(fd))
    return lambda data: sock.send(data, socket.MSG_DONTWAIT), sock.close


def _in_pieces(fd: int) -> _Put:
    """POSIX: a pipe that polls writable takes PIPE_BUF bytes without waiting."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return lambda data: os.write(fd, data[: select.PIPE_BUF]) if poll.poll(0) else 0


_changing_modes = RLock()


def _for_a_moment(fd: int) -> _Put:
    """A terminal that polls writable may have room for one character: only O_NONBLOCK keeps the second from waiting."""

    def put(data: memoryview) -> int:
        with _changing_modes:  # or one thread would take the moment of another for how it was
            before = os.get_blocking(fd)
            os.set_blocking(fd, False)
            try:
                return os.write(fd, data)
            finally:
                os.set_blocking(fd, before)

    return put
