"""What is left of a file after a crash, and what to do with it."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

from coinapi_idx_cli.capture.encodings import TornError, decoded, is_compressed

BACKWARD_BYTES = 64 * 1024
LONG_LINE_BYTES = 200


def size_of_whole_lines(file: BinaryIO, size: int) -> int:
    """Where the last line that has its end ends."""
    while size > 0:
        begin = max(0, size - BACKWARD_BYTES)
        file.seek(begin)
        if (line_end := file.read(size - begin).rfind(b"\n")) >= 0:
            return begin + line_end + 1
        size = begin
    return 0


def first_line(path: str, file: BinaryIO) -> bytes:
    """Of the content, with its end; nothing, if there is none.

    Reads all of what is compressed: raises TornError when it ends too early, or within a line.
    """
    file.seek(0)
    if not is_compressed(path):
        return file.readline()
    begin, last = b"", b"\n"
    for piece in decoded(path, file):
        if b"\n" not in begin:
            begin += piece
        last = piece[-1:] or last
    if last != b"\n":
        raise TornError("its last line has no end")
    return begin[: begin.find(b"\n") + 1]


def last_lines(path: str, file: BinaryIO, count: int) -> list[bytes]:
    """The last whole ones, `count` at most, without their ends. A torn end of a compressed file is left out."""
    lines: deque[bytes] = deque(maxlen=count)
    rest = b""
    begin = file.seek(_near_end(path, file, count))
    with suppress(TornError):
        if begin:
            file.readline()  # the end of one
        for piece in decoded(path, file):
            *whole, rest = (rest + piece).split(b"\n")
            lines.extend(whole)
    return list(lines)


def _near_end(path: str, file: BinaryIO, count: int) -> int:
    """Where to begin to read for so many lines of plain text; what is compressed can be read from its begin only."""
    size = file.seek(0, os.SEEK_END)
    return max(0, size - count * LONG_LINE_BYTES) if not is_compressed(path) else 0


def put_aside(path: str) -> str:
    """Rename it to NAME.partial, or with a number behind it: a name that is taken is never overwritten."""
    path = os.path.realpath(path)
    for number in count(1):
        aside = f"{path}.partial" if number == 1 else f"{path}.partial.{number}"
        with suppress(FileExistsError):
            _rename_to_new(path, aside)
            return aside
    raise AssertionError("count ends never")


def _rename_to_new(path: str, aside: str) -> None:
    """Raises FileExistsError. Some file systems have no hard links: there the name is taken first."""
    try:
        os.link(path, aside)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        try:
            Path(path).rename(aside)
        except OSError:
            Path(aside).unlink()
            raise
    else:
        Path(path).unlink()
