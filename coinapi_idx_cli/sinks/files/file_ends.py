"""The end of a file, found without reading what comes before it, in memory that does not grow with the file."""

from __future__ import annotations

import errno
import io
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

from msgspec import Struct

from coinapi_idx_cli.sinks.files.encodings import Packing, TornError, decoded, decoded_to, packing_for

BLOCK_BYTES = 1024 * 1024
LONGEST_LINE_BYTES = 2 * 1024 * 1024  # twice the longest message
LONG_LINE_BYTES = 200
LOOKED_AT_BYTES = (64 * 1024, 512 * 1024, 4 * BLOCK_BYTES)  # more than what is joined to one member, however it packs
MOST_TRIES = 20_000  # to read a member where one seems to begin
_PLAUSIBLE_ZEROS = 16  # so many can be the end of a member
_ZEROS = bytes(BLOCK_BYTES)


class Members(Struct):
    """The last whole members of a compressed file.

    `end`: where the last whole one ends. `content`: of the last that hold anything.
    """

    end: int
    content: bytes


def size_without_zeros(fd: int, size: int) -> int:
    """Where the zeros begin that a file of `size` ends with: a power cut leaves them where data was still to come.

    A few are nothing of that kind, but perhaps the end of a member.
    """
    end, span = size, BLOCK_BYTES
    while end > 0:
        begin = max(0, end - span)
        if _is_hole(fd, begin):
            end, span = begin, 2 * span
            continue
        begin, span = max(0, end - BLOCK_BYTES), BLOCK_BYTES
        block = os.pread(fd, end - begin, begin)
        if block != _ZEROS[: len(block)]:
            end = begin + len(block.rstrip(b"\0"))
            break
        end = begin
    return end if size - end > _PLAUSIBLE_ZEROS else size


def _is_hole(fd: int, begin: int) -> bool:
    """Whether nothing was ever written from there on, as far as the file system tells: it need not be read then."""
    if not hasattr(os, "SEEK_DATA"):
        return False
    try:
        os.lseek(fd, begin, os.SEEK_DATA)
    except OSError as error:
        return error.errno == errno.ENXIO
    return False


def size_of_whole_lines(fd: int, size: int) -> int | None:
    """Where the last line that has its end ends. None: further back than any line of ours is long."""
    least = max(0, size - LONGEST_LINE_BYTES)
    block = os.pread(fd, size - least, least)
    end = block.rfind(b"\n") + 1
    return least + end if end or not least else None


def whole_members(packing: Packing, fd: int, size: int) -> Members | None:
    """Of a file that has `size` bytes, but for zeros behind them. Raises TornError when it does not begin with a whole
    member.

    None: there is none that begins near its end, as in a file that was compressed as one; nothing is known of it.
    """
    for span in LOOKED_AT_BYTES:
        begin = max(0, size - span)
        block = os.pread(fd, size - begin + _PLAUSIBLE_ZEROS, begin)
        end = 0
        for at in islice(_seeming_begins(packing, block), MOST_TRIES):
            content, read = _read_whole(packing, block, at)
            end = end or read
            if content:
                return Members(begin + end, content)
        if begin == 0 and end:
            return Members(end, b"")
        if begin == 0:
            raise TornError("it does not begin with a whole member")
    return None


def first_line(path: str, file: BinaryIO) -> bytes:
    """Of the content, with its end; less, if there is none. Raises TornError when it cannot be read."""
    file.seek(0)
    packing = packing_for(path)
    if packing is None:
        return file.readline(LONGEST_LINE_BYTES)
    begin = b""
    for piece in decoded(packing, file):
        begin += piece
        if b"\n" in piece or len(begin) > LONGEST_LINE_BYTES:
            break
    return begin[: begin.find(b"\n") + 1]


def last_lines(path: str, file: BinaryIO, count: int) -> list[bytes]:
    """The last whole ones, `count` at most, without their ends: fewer, or none, where they are not found near the end
    of what is compressed. A torn end of it is left out."""
    packing = packing_for(path)
    size = file.seek(0, os.SEEK_END)
    if packing is None:
        return _last_plain_lines(file, size, count)
    found: list[bytes] = []
    for span in LOOKED_AT_BYTES:
        begin = max(0, size - span)
        if (at := first_member(packing, file, begin)) is not None:
            file.seek(at)
            found = _lines(file, packing, count, whole_at_first=True)
        if len(found) >= count or begin == 0:
            break
    return found


def _last_plain_lines(file: BinaryIO, size: int, count: int) -> list[bytes]:
    """Looked for further and further back, where lines are longer than they usually are."""
    span = count * LONG_LINE_BYTES
    while True:
        begin = max(0, size - span)
        file.seek(begin)
        found = _lines(file, None, count, whole_at_first=begin == 0)
        if len(found) == count or begin == 0 or span >= count * LONGEST_LINE_BYTES:
            return found
        span *= 8


def _lines(file: BinaryIO, packing: Packing | None, count: int, *, whole_at_first: bool) -> list[bytes]:
    lines: deque[bytes] = deque(maxlen=count)
    rest = b""
    with suppress(TornError):
        for piece in decoded(packing, file):
            *whole, rest = (rest + piece).split(b"\n")
            if whole and not whole_at_first:
                whole_at_first = True
                del whole[0]
            lines.extend(whole)
    return list(lines)


def first_member(packing: Packing, file: BinaryIO, begin: int) -> int | None:
    """Where the first whole member from there on begins; None if none does."""
    if begin == 0:
        return 0
    file.seek(begin)
    block = file.read()
    ascending = reversed(list(_seeming_begins(packing, block)))
    return next((begin + at for at in islice(ascending, MOST_TRIES) if _read_whole(packing, block, at, 1)[1]), None)


def _seeming_begins(packing: Packing, block: bytes) -> Iterator[int]:
    """The last one first. Those of other programs have other flags, and a time, so only three bytes tell them."""
    mark = packing.magic[: packing.mark_bytes]
    at = len(block)
    while (at := block.rfind(mark, 0, at + len(mark) - 1)) >= 0:
        yield at


def _read_whole(packing: Packing, block: bytes, at: int, count: int | None = None) -> tuple[bytes, int]:
    """What the members from there on hold, as far as they are whole, and where these end; 0 if none is."""
    file = io.BytesIO(block)
    file.seek(at)
    pieces, whole, end = [], 0, at
    with suppress(TornError):
        for piece, so_far in decoded_to(packing, file):
            pieces.append(piece)
            if so_far > end:
                end, whole = so_far, len(pieces)
                if count is not None:
                    break
    return b"".join(pieces[:whole]), end if end > at else 0
