"""Paths as people write them, small files that are read whole, and files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
import time
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

PATIENCE_S = 30.0  # for who writes to a pipe: a program that unlocks a password store may first ask for one
READ_AT_ONCE_BYTES = 65_536


def expanded(path: str | Path) -> Path:
    """With the home for `~`, as no shell writes it into a settings file; of an unknown user `~name` stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises


def printable(path: str) -> str:
    """As text in UTF-8: names of files may hold bytes that are not."""
    return path.encode("utf-8", "backslashreplace").decode()


def home(environment: Mapping[str, str]) -> Path:
    """Of a user without an entry, as in containers, a place where nothing is and nothing can be written."""
    try:
        return Path(environment.get("HOME") or "~").expanduser()
    except RuntimeError:
        return Path(os.devnull)


class FolderKind(Enum):
    """What a folder of the platform is for: its variable and place by the XDG standard, and its place on macOS."""

    CONFIG = ("XDG_CONFIG_HOME", ".config", "Application Support")
    CACHE = ("XDG_CACHE_HOME", ".cache", "Caches")


def platform_folder(kind: FolderKind, environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The platform's folder of that kind, and ours in it; the standard has a relative path in a variable ignored."""
    variable, default, on_macos = kind.value
    if platform == "darwin":
        return home(environment) / "Library" / on_macos / "idxstream"
    named = Path(environment.get(variable, ""))
    return (named if named.is_absolute() else home(environment) / default) / "idxstream"


def read_small(path: Path, limit_bytes: int, within_s: float | None = None) -> bytes:
    """All of a file, or of a pipe such as the shell's `<(…)`, until who writes to it ends.

    Raises OSError, with its reason in words: also for what is larger than `limit_bytes`, as a device without an end is,
    for a folder, and when nothing comes for `within_s` (default: `PATIENCE_S`), as from a FIFO that nobody writes to.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        return _read_to_the_end(fd, limit_bytes, PATIENCE_S if within_s is None else within_s)
    finally:
        os.close(fd)


def _read_to_the_end(fd: int, limit_bytes: int, within_s: float) -> bytes:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    until_s = time.monotonic() + within_s
    data = bytearray()
    while len(data) <= limit_bytes:
        if not poll.poll(max(0.0, until_s - time.monotonic()) * 1000):
            raise TimeoutError(errno.ETIMEDOUT, f"nothing was written to it within {within_s:g} s")
        try:
            part = os.read(fd, READ_AT_ONCE_BYTES)
        except BlockingIOError:
            continue
        if not part:
            return bytes(data)
        data += part
    raise OSError(errno.EFBIG, f"it is larger than {limit_bytes >> 10} KiB")


def writable_by_others(path: Path) -> Path | None:
    """The file itself, or the folder that it is in, if another user can write there; None for what is not a file.

    Raises OSError.
    """
    file = path.stat()
    if os.name != "posix" or not stat.S_ISREG(file.st_mode):
        return None
    if _others_can_write(file):
        return path
    folder = path.resolve().parent
    within = folder.stat()
    return folder if _others_can_write(within) and not within.st_mode & stat.S_ISVTX else None


def _others_can_write(status: os.stat_result) -> bool:
    by_group = bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_gid)
    return by_group or bool(status.st_mode & stat.S_IWOTH)


def _is_own_group(gid: int) -> bool:
    """Whether nobody else is in it, as far as can be known: many systems give each user a group of the same name."""
    import grp  # seldom needed
    import pwd

    try:
        user, group = pwd.getpwuid(os.getuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return (gid, group.gr_name) == (user.pw_gid, user.pw_name) and set(group.gr_mem) <= {user.pw_name}


def leads_to(path: str | Path, fd: int) -> bool:
    """Whether that name still leads to the open file: somebody may have moved or removed it."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))  # noqa: PTH116
    except OSError:
        return False


def replace_whole(path: Path, data: bytes) -> None:
    """Nobody ever sees a part of it, and only the owner can read it: a name of its own until all is written.

    Raises OSError.
    """
    import tempfile  # seldom needed

    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
