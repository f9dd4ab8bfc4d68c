"""Many small members become few large ones, when a file is complete: it takes as little room then as it can.

The file is made a second time under another name, which takes its place when all of it is on the disk. So it is whole
at any moment, for every reader and after any kill; what a kill leaves is taken away at the next start. All of it
happens in a thread, while the lock on the file is still held.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.sinks.files.encodings import PAGE_BYTES, Packing, decoded, packing_for
from coinapi_idx_cli.sinks.files.file import CaptureFile

JOINED_BYTES = 2 * 1024 * 1024  # what one of the large members holds
COPIED_BYTES = 1024 * 1024
LEAST_PART = 32  # of what comes before them, the small ones have to be so large a part, or it is not copied for them


class Joiner:
    """One thread for all files; each is closed when it is done. What went wrong is left in `failures`."""

    def __init__(self) -> None:
        self.failures: deque[tuple[str, str]] = deque()  # path and why
        self.saved_bytes = 0
        self._files: deque[CaptureFile] = deque()
        self._changed = threading.Condition()
        self._is_cancelled = threading.Event()
        self._is_running = False

    def add(self, file: CaptureFile) -> None:
        """It was flushed, and is written no more."""
        with self._changed:
            self._files.append(file)
            if not self._is_running:
                self._is_running = True
                # A daemon: a disk that does not answer is not waited for at the end.
                threading.Thread(target=self._run, name="joining", daemon=True).start()

    def wait(self, timeout_s: float) -> bool:
        """Whether all is done."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_running, timeout_s)

    def cancel(self) -> None:
        """What is not done stays as it is."""
        self._is_cancelled.set()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._files:
                    self._is_running = False
                    self._changed.notify_all()
                    return
                file = self._files.popleft()
            try:
                with closing(file):
                    self.saved_bytes += join(file, self._is_cancelled)
            except Exception as error:  # noqa: BLE001 - whatever it is, the end of the run waits for this thread
                why = error.strerror if isinstance(error, OSError) else None
                self.failures.append((file.path, why or str(error) or type(error).__name__))


def join(file: CaptureFile, is_cancelled: threading.Event) -> int:
    """Returns by how many bytes it shrank. Raises OSError, and TornError when what is there cannot be read; the file is
    as it was then."""
    packing = packing_for(file.path)
    if packing is None or file.fileno() < 0 or not _is_alone(file) or not file.is_current():
        return 0
    size = os.fstat(file.fileno()).st_size
    begin = _begin_of_small_ones(packing, file.fileno(), file.began_at)
    if (size - begin) * LEAST_PART < max(begin, 1):
        return 0
    with _made_beside(file) as (name, made):
        for _ in _copied(packing, file.fileno(), begin, made):
            if is_cancelled.is_set():
                return 0
        made.flush()
        os.fsync(made.fileno())
        shutil.copystat(file.path, name)  # mode, times, and access lists
        if (saved := size - made.tell()) > 0 and file.is_current() and not is_cancelled.is_set():
            name.replace(os.path.realpath(file.path))
            return saved
    return 0


def needs_joining(path: str) -> bool:
    """Whether a run left small members, or what it made of them, at its end."""
    packing = packing_for(path)
    if packing is None:
        return False
    with suppress(OSError), Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        last_page = (size - 1) // PAGE_BYTES * PAGE_BYTES
        return _temporary(path).exists() or (last_page > 0 and _begins_at(packing, file.fileno(), last_page))
    return False


def clear(path: str) -> None:
    """Take away what a run that was killed had made. Only for who has the lock."""
    with suppress(OSError):
        _temporary(path).unlink()


def _temporary(path: str) -> Path:
    real = Path(os.path.realpath(path))
    return real.with_name(f".{real.name}.joining")


def _is_alone(file: CaptureFile) -> bool:
    """Another name of it would keep the old one."""
    return os.fstat(file.fileno()).st_nlink == 1


def _begin_of_small_ones(packing: Packing, fd: int, began_at: int) -> int:
    """Of those that this run wrote, from `began_at` on, and of those that others left right before it."""
    begin, page = began_at, (began_at - 1) // PAGE_BYTES * PAGE_BYTES
    while page >= 0 and _begins_at(packing, fd, page):
        begin, page = page, page - PAGE_BYTES
    return begin


def _begins_at(packing: Packing, fd: int, offset: int) -> bool:
    return os.pread(fd, len(packing.magic), offset) == packing.magic


@contextmanager
def _made_beside(file: CaptureFile) -> Iterator[tuple[Path, BinaryIO]]:
    """A file with the same owner; nothing is left of it but under another name."""
    name, old = _temporary(file.path), os.fstat(file.fileno())
    name.unlink(missing_ok=True)
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as made:
            new = os.fstat(fd)
            if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
                os.fchown(fd, old.st_uid, old.st_gid)
            yield name, made
    finally:
        name.unlink(missing_ok=True)


def _copied(packing: Packing, fd: int, begin: int, made: BinaryIO) -> Iterator[None]:
    """What comes before `begin` as it is, then the rest in large members; it may be given up after each step."""
    for offset in range(0, begin, COPIED_BYTES):
        made.write(os.pread(fd, min(COPIED_BYTES, begin - offset), offset))
        yield
    with open(fd, "rb", closefd=False) as file:
        file.seek(begin)
        for data in _in_large_members(packing, decoded(packing, file)):
            made.write(data)
            yield
    room = -made.tell() % PAGE_BYTES
    if 0 < room < packing.least_padding:  # no member could be put there, and none could fill it
        made.write(packing.padding(packing.least_padding))


def _in_large_members(packing: Packing, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Each begins with a line."""
    member, size = packing.stream(), 0
    for piece in pieces:
        size += len(piece)
        end = piece.rfind(b"\n") + 1 if size >= JOINED_BYTES else 0
        yield member.compress(piece[:end] if end else piece)
        if end:
            yield member.flush()
            member, size = packing.stream(), len(piece) - end
            yield member.compress(piece[end:])
    yield member.flush()
