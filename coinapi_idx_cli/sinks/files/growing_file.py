"""A file that another run writes: its lines, from near the end on, as they come."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from coinapi_idx_cli.sinks.files.encodings import Packing, TornError, decoded_to, packing_for
from coinapi_idx_cli.sinks.files.file_ends import LONGEST_LINE_BYTES, first_member

# What a run that lags may still have to receive of what the other one wrote before they met: some 65,000 messages.
NEAR_END_BYTES = 8 * 1024 * 1024
NEAR_END_PACKED_BYTES = 1024 * 1024
PIECE_BYTES = 1024 * 1024


class GrowingFile:
    """Raises OSError where it cannot be opened or read. All of it blocks, so it is for a thread."""

    def __init__(self, path: str) -> None:
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
        self._packing = packing_for(path)
        self._rest = b""  # the beginning of a line that had no end yet
        self._read_bytes = max(0, self._size() - NEAR_END_BYTES)
        self._is_within_line = self._read_bytes > 0
        if self._packing is not None:
            self._is_within_line = False
            near_end = max(0, self._size() - NEAR_END_PACKED_BYTES)
            # Nothing of what was compressed as one large member need be read: it was not written while they both ran.
            self._read_bytes = self._size() if (at := first_member(self._packing, self._file, near_end)) is None else at

    def is_at(self, path: str) -> bool:
        """Whether that name leads to this file."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._file.fileno()), os.stat(path))  # noqa: PTH116
        return False

    def new_lines(self) -> Iterator[list[bytes]]:
        """The whole ones that were not read before, without their ends."""
        return self._new_plain_lines() if self._packing is None else self._new_packed_lines(self._packing)

    def close(self) -> None:
        self._file.close()

    def _new_plain_lines(self) -> Iterator[list[bytes]]:
        if self._size() < self._read_bytes:  # somebody emptied it
            self._read_bytes, self._rest, self._is_within_line = 0, b"", False
        while piece := os.pread(self._file.fileno(), PIECE_BYTES, self._read_bytes):
            self._read_bytes += len(piece)
            yield from self._lines_of([piece])

    def _new_packed_lines(self, packing: Packing) -> Iterator[list[bytes]]:
        """Of the members that are whole by now: nothing in them changes any more."""
        if self._size() < self._read_bytes:
            self._read_bytes, self._rest = 0, b""
        self._file.seek(self._read_bytes)
        pieces: list[bytes] = []
        with suppress(TornError):  # its writer is at work, or was killed
            for piece, whole_bytes in decoded_to(packing, self._file):
                pieces.append(piece)
                if whole_bytes > self._read_bytes:
                    self._read_bytes = whole_bytes
                    yield from self._lines_of(pieces)
                    pieces = []

    def _lines_of(self, pieces: list[bytes]) -> Iterator[list[bytes]]:
        for piece in pieces:
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
