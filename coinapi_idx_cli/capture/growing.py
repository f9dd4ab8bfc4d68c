"""A file that another run writes: its lines, from near the end on, as they come."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from coinapi_idx_cli.capture.encodings import READ_BYTES, TornError, decoded, is_compressed

# What a run that lags may still have to receive of what the other one wrote before they met: some 65,000 messages.
NEAR_END_BYTES = 8 * 1024 * 1024
LONGEST_LINE_BYTES = 2 * 1024 * 1024  # of ours: twice the longest message
_REST_FACTOR = 20  # what is compressed is unpacked from its beginning each time: for a twentieth of the time at most


class GrowingFile:
    """Raises OSError where it cannot be opened or read. All of it blocks, so it is for a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
        self._is_compressed = is_compressed(path)
        self._read_bytes = 0  # of its content
        self._rest = b""  # the beginning of a line that had no end yet
        self._look_again_s = 0.0
        self._last_look: tuple[int, int] | None = None
        if not self._is_compressed:
            self._read_bytes = max(0, self._size() - NEAR_END_BYTES)
        self._is_within_line = self._read_bytes > 0

    def is_at(self, path: str) -> bool:
        """Whether that name leads to this file."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._file.fileno()), os.stat(path))  # noqa: PTH116
        return False

    def new_lines(self, *, at_last: bool = False) -> Iterator[list[bytes]]:
        """The whole ones that were not read before, without their ends. `at_last`: at whatever cost."""
        if not self._is_compressed:
            yield from self._new_plain_lines()
        elif (at_last or time.monotonic() >= self._look_again_s) and self._has_changed():
            began_s = time.monotonic()
            yield from self._lines_of(self._unpacked())
            now_s = time.monotonic()
            self._look_again_s = now_s + _REST_FACTOR * (now_s - began_s)

    def close(self) -> None:
        self._file.close()

    def _new_plain_lines(self) -> Iterator[list[bytes]]:
        if self._size() < self._read_bytes:  # somebody emptied it
            self._read_bytes, self._rest, self._is_within_line = 0, b"", False
        while piece := os.pread(self._file.fileno(), READ_BYTES, self._read_bytes):
            yield from self._lines_of([piece])

    def _unpacked(self) -> list[bytes]:
        """What was not read yet, at most so much as is near the end."""
        pieces: deque[bytes] = deque()
        begin = end = 0
        self._file.seek(0)
        with suppress(TornError):  # its writer is at work, or was killed
            for piece in decoded(self._path, self._file):
                pieces.append(piece)
                end += len(piece)
                while pieces and begin + len(pieces[0]) <= max(self._read_bytes, end - NEAR_END_BYTES):
                    begin += len(pieces.popleft())
        if begin > self._read_bytes:
            self._read_bytes, self._rest, self._is_within_line = begin, b"", True
        if pieces:
            pieces[0] = pieces[0][self._read_bytes - begin :]
        return list(pieces)

    def _lines_of(self, pieces: list[bytes]) -> Iterator[list[bytes]]:
        for piece in pieces:
            self._read_bytes += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            if self._is_within_line and lines:
                self._is_within_line = False
                del lines[0]
            if len(self._rest) > LONGEST_LINE_BYTES:
                self._rest, self._is_within_line = b"", True
            if lines:
                yield lines

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _has_changed(self) -> bool:
        now = os.fstat(self._file.fileno())
        before, self._last_look = self._last_look, (now.st_size, now.st_mtime_ns)
        return self._last_look != before
