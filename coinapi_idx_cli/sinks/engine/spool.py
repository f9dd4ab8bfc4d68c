"""What an engine does not take, on disk: chunks in their order, and a note of how far they are in the stream.

Segments of an append-only journal, named by where they begin; the note is one line, written in its place. A process
that is killed leaves both whole but for half a chunk at the end, which nobody relied on.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.protocol.backlog import Chunk, FeedBacklog
from coinapi_idx_cli.protocol.machine_note import MachineNote

SEGMENT_BYTES = 16 * 1024 * 1024
IN_MEMORY_BYTES = 4 * 1024 * 1024
NOTE_BYTES = 1024
SUFFIX = ".spool"


class _Head(Struct):
    """Of a chunk in the journal: the line before its data."""

    size: int
    count: int
    received_ns: int
    loss: str = ""


_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_note = msgspec.json.Decoder(MachineNote).decode


class Spool(FeedBacklog):
    """The backlog of a capture machine in a folder. Raises OutputError."""

    def __init__(self, folder: Path) -> None:
        self.size_bytes = self.values = 0
        self.note: MachineNote | None = None
        self._folder = folder
        self._memory: deque[Chunk] = deque()
        self._memory_bytes = 0
        self._read_at = 0  # behind the last chunk in memory
        self._segments: list[int] = []
        self._end = 0
        self._file: int | None = None
        with _telling(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise OutputError(
                f"{folder} is the spool of another run", "name another --spool, or end that run"
            ) from None
        with _telling(folder):
            self._note_file = os.open(folder / "note", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._find()

    # -- a backlog -----------------------------------------------------------------------------------------------------

    def put(self, chunk: Chunk) -> None:
        is_next = self._read_at == self._end and self._memory_bytes < IN_MEMORY_BYTES
        origin = self._end
        self._append(chunk)
        self.size_bytes += len(chunk.data)
        self.values += chunk.count
        if is_next:
            self._remember(replace(chunk, origin=origin), self._end)

    def first(self) -> Chunk | None:
        if not self._memory and self._read_at < self._end:
            self._read_on()
        return self._memory[0] if self._memory else None

    def take(self) -> Chunk:
        chunk = self._memory.popleft()
        self._memory_bytes -= len(chunk.data)
        self.size_bytes -= len(chunk.data)
        self.values -= chunk.count
        return chunk

    def give_back(self, chunks: Iterable[Chunk]) -> None:
        for chunk in reversed(list(chunks)):
            self._memory.appendleft(chunk)
            self._memory_bytes += len(chunk.data)
            self.size_bytes += len(chunk.data)
            self.values += chunk.count

    # -- what is kept --------------------------------------------------------------------------------------------------

    def keep(self, note: MachineNote) -> None:
        """How far it is; what lies before that is removed."""
        head = note.head or (self._end, 0)  # what comes from here on is not in it
        note = replace(note, head=head)
        if head[0] < 0 or note == self.note:
            return  # of what a stream forgot: as it was noted before
        self.note = note
        with _telling(self._folder):
            os.pwrite(self._note_file, _encode(note).ljust(NOTE_BYTES - 1) + b"\n", 0)
        self._remove_before(head[0])

    def close(self) -> None:
        for fd in (self._file, self._note_file, self._lock):
            if fd is not None:
                os.close(fd)

    # ------------------------------------------------------------------------------------------------------------------

    def _find(self) -> None:
        """What a run before left."""
        try:
            self.note = _decode_note(os.pread(self._note_file, NOTE_BYTES, 0))
        except msgspec.DecodeError:
            self.note = None
        self._segments = sorted(int(path.stem) for path in self._folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())
        head = self.note.head if self.note is not None else None
        self._end = head[0] if head is not None else 0
        for begin in self._segments:
            self._end = max(self._end, begin)
            for chunk, end in self._chunks(begin, begin):
                self._end = end
                if head is None or chunk.origin >= head[0]:
                    self.size_bytes += len(chunk.data)
                    self.values += chunk.count
        if not self._segments:
            self._read_at = self._end
            return
        os.truncate(self._path(self._segments[-1]), self._end - self._segments[-1])  # half a chunk is of no use
        self._read_at = head[0] if head is not None else self._segments[0]
        if head is not None and head[1]:
            self._cut_first(head[1])

    def _cut_first(self, lines: int) -> None:
        """The first chunk is in the stream in part."""
        if (chunk := self.first()) is None:
            return
        self.take()
        rest = chunk.data.split(b"\n")[lines:]
        count = len(rest) - 1
        if count > 0:
            self.give_back([replace(chunk, data=b"\n".join(rest), count=count, first_line=lines)])

    def _append(self, chunk: Chunk) -> None:
        head = _encode(_Head(len(chunk.data), chunk.count, chunk.received_ns, chunk.loss)) + b"\n"
        with _telling(self._folder):
            if self._file is None or self._end - self._segments[-1] >= SEGMENT_BYTES:
                self._begin_segment()
            assert self._file is not None  # noqa: S101 - it was begun
            data = head + chunk.data
            if (written := os.write(self._file, data)) != len(data):
                os.ftruncate(self._file, self._end - self._segments[-1])
                raise OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes were taken")
        self._end += len(data)

    def _begin_segment(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = os.open(self._path(self._end), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if not self._segments or self._segments[-1] != self._end:
            self._segments.append(self._end)

    def _remember(self, chunk: Chunk, end: int) -> None:
        self._memory.append(chunk)
        self._memory_bytes += len(chunk.data)
        self._read_at = end

    def _read_on(self) -> None:
        begin = max(segment for segment in self._segments if segment <= self._read_at)
        with _telling(self._folder):
            for chunk, end in self._chunks(begin, self._read_at):
                self._remember(chunk, end)
                if self._memory_bytes >= IN_MEMORY_BYTES:
                    return
        later = [segment for segment in self._segments if segment > begin]
        if not self._memory and later:
            self._read_at = later[0]
            self._read_on()

    def _chunks(self, begin: int, at: int) -> Iterator[tuple[Chunk, int]]:
        """Of the segment that begins there, from a place on: each, and where it ends."""
        with self._path(begin).open("rb") as file:
            file.seek(at - begin)
            while line := file.readline():
                try:
                    head = _decode_head(line)
                except msgspec.DecodeError:
                    return
                data = file.read(head.size)
                if len(data) != head.size:
                    return
                end = at + len(line) + head.size
                yield Chunk(data, head.count, head.received_ns, 0.0, head.loss, at), end
                at = end

    def _remove_before(self, place: int) -> None:
        while len(self._segments) > 1 and self._segments[1] <= place:
            self._path(self._segments.pop(0)).unlink(missing_ok=True)

    def _path(self, begin: int) -> Path:
        return self._folder / f"{begin:020}{SUFFIX}"


class _telling:  # noqa: N801 - a context manager that reads as a word
    """OutputError in place of OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            what = f"cannot keep what the engine does not take in {self._folder}: {error.strerror}"
            raise OutputError(what, "free some space, or name another --spool") from error
