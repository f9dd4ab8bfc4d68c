"""How lines are kept in a file: plain, or in members of gzip (RFC 1952), or in those of zstd, its frames (RFC 8878).

A compressed file grows by whole members, and nothing in it is ever written over, so whoever reads it meets no error at
any time. Since a reader may come, or a kill, between two pages of one write, a member lies within one page: what does
not fit is preceded by a member that holds nothing and fills the page. So also in a file of any size the last
members are found at once: some begin where its last pages do.
"""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, BinaryIO

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.sinks.files.suffixes import suffixes_of

PAGE_BYTES = 4096  # of the system, or an even part of it
READ_BYTES = 16 * 1024  # little, since what is left behind each member is copied


class TornError(Exception):
    """The file ends within a member, or is none of its kind."""


class Packing(ABC):
    """One kind of compression. `magic` begins each member made here."""

    magic: bytes
    mark_bytes: int  # of it also begin the members of other programs
    least_padding: int

    @abstractmethod
    def member(self, data: bytes) -> bytes:
        """One that holds it."""

    @abstractmethod
    def stream(self) -> Any:
        """Makes one long member: `compress`, then `flush`."""

    @abstractmethod
    def padding(self, size: int) -> bytes:
        """One that holds nothing and is so long; `least_padding` at the least."""

    @abstractmethod
    def reader(self) -> Any:
        """Reads one member, and has `eof` and `unused_data` then."""


class Gzip(Packing):
    """The members of .gz files (RFC 1952)."""

    magic = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    mark_bytes = 3
    least_padding = 40

    _EMPTY_BLOCKS = (b"\x02\0\0\0\xff\xff", b"\0\0\0\xff\xff")  # of six and five bytes: they make up any number from 20
    _EMPTY_END = b"\x03\0" + bytes(8)

    def member(self, data: bytes) -> bytes:
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        size = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
        return self.magic + deflate.compress(data) + deflate.flush() + size

    def stream(self) -> Any:
        return zlib.compressobj(wbits=zlib.MAX_WBITS | 16)

    def padding(self, size: int) -> bytes:
        room = size - len(self.magic) - len(self._EMPTY_END)
        long_ones = room % 5
        blocks = self._EMPTY_BLOCKS[0] * long_ones + self._EMPTY_BLOCKS[1] * ((room - 6 * long_ones) // 5)
        return self.magic + blocks + self._EMPTY_END

    def reader(self) -> Any:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


class Zstd(Packing):
    """The frames of .zst files (RFC 8878), here called members, too."""

    magic = b"\x28\xb5\x2f\xfd"
    mark_bytes = 4
    least_padding = 8

    _SKIPPABLE = 0x184D2A50

    def __init__(self) -> None:
        self._zstandard = _zstandard()
        self._compressor = self._zstandard.ZstdCompressor(write_checksum=True)
        self._decompressor = self._zstandard.ZstdDecompressor()

    def member(self, data: bytes) -> bytes:
        frame: bytes = self._compressor.compress(data)
        return frame

    def stream(self) -> Any:
        return self._compressor.compressobj()

    def padding(self, size: int) -> bytes:
        filling = size - self.least_padding
        return struct.pack("<II", self._SKIPPABLE, filling) + b"." * filling  # zeros are what power cuts leave

    def reader(self) -> Any:
        return self._decompressor.decompressobj()


_PACKINGS: dict[str, type[Packing]] = {".gz": Gzip, ".zst": Zstd}


def packing_for(path: str) -> Packing | None:
    """By the name's end, None for plain text. Raises UsageError where a package is missing."""
    kind = _PACKINGS.get(suffixes_of(path).compression)
    return None if kind is None else kind()


def is_compressed(path: str) -> bool:
    return suffixes_of(path).compression in _PACKINGS


def packed(packing: Packing, data: bytes, offset: int) -> Iterator[bytes]:
    """Members that hold these lines, for a file that ends at `offset`: each is to be written at once.

    Only a line that by itself takes more than a page has a member that does, too.
    """
    expected = 4.0  # times as long as its member
    begin = 0
    while begin < len(data):
        room = PAGE_BYTES - offset % PAGE_BYTES
        end = _line_end(data, begin, begin + int(room * expected))
        member = packing.member(data[begin:end])
        while not _fits(packing, member, room):
            shorter = _line_end(data, begin, begin + int((end - begin) * min(0.9, 0.9 * room / len(member))))
            if shorter >= end or room < PAGE_BYTES // 4:
                break
            end = shorter
            member = packing.member(data[begin:end])
        expected = max(1.0, (end - begin) / len(member))
        if not _fits(packing, member, room) and packing.least_padding <= room < PAGE_BYTES:
            member = packing.padding(room)
        else:
            begin = end
        yield member
        offset += len(member)


def _fits(packing: Packing, member: bytes, room: int) -> bool:
    """With what could be filled, or nothing, behind it."""
    left = room - len(member)
    return left == 0 or left >= packing.least_padding


def _line_end(data: bytes, begin: int, wanted: int) -> int:
    """The last one at or before the wanted place, but at least one line."""
    end = data.rfind(b"\n", begin, wanted) + 1 or data.find(b"\n", wanted) + 1
    return end or len(data)


def decoded(packing: Packing | None, file: BinaryIO) -> Iterator[bytes]:
    """The content in pieces, from the current position of the file. Raises TornError where it ends too early."""
    for piece, _ in decoded_to(packing, file):
        yield piece


def decoded_to(packing: Packing | None, file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """As `decoded`, each piece with the place where the last member ended that is whole by then."""
    member: Any = None
    whole_bytes = position = file.tell() if file.seekable() else 0
    while rest := file.read(READ_BYTES):
        position += len(rest)
        if packing is None:
            yield rest, position
            continue
        while rest:
            member = member or packing.reader()
            try:
                piece = member.decompress(rest)
            except Exception as error:  # zlib.error or zstandard's own
                raise TornError(str(error)) from error
            rest = member.unused_data if member.eof else b""
            if member.eof:
                member, whole_bytes = None, position - len(rest)
            yield piece, whole_bytes
    if member is not None:
        raise TornError("it ends within a member")


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise UsageError(
            "--output NAME.zst needs the package zstandard", "pip install 'idxstream[zstd]', or name it .gz"
        ) from error
    return zstandard
