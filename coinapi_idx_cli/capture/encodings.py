"""How a file's bytes stand on the disk: plain, gzip or zstd.

A compressed file is valid whenever it is looked at: what is added ends its member, and the next addition takes the
place of that end. So one member grows for as long as a run lasts, and short additions are compressed as well as long
ones.
"""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, BinaryIO

from coinapi_idx_cli.errors import UsageError

READ_BYTES = 1024 * 1024


class TornError(Exception):
    """The file ends within a member, or is none of its kind.

    `whole_bytes`: so long is what is whole when only an addition was begun behind it (see `CaptureFile`).
    """

    def __init__(self, why: str, whole_bytes: int | None = None) -> None:
        super().__init__(why)
        self.whole_bytes = whole_bytes


class Encoder(ABC):
    """From where the file ends, or begins. `end` is what the next addition replaces."""

    end = b""

    @abstractmethod
    def add(self, data: bytes) -> bytes:
        """What takes the place of `end` and what follows it, for some data: the new `end` stands there again."""


class Plain(Encoder):
    def add(self, data: bytes) -> bytes:
        return data


class Gzip(Encoder):
    """RFC 1952. After a sync flush the next bit is the first of a byte, where an empty last block may stand."""

    _HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    _EMPTY_LAST_BLOCK = b"\x03\0"

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._crc = 0
        self._size = 0

    def add(self, data: bytes) -> bytes:
        head = b"" if self.end else self._HEAD
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self.end = self._EMPTY_LAST_BLOCK + struct.pack("<II", self._crc, self._size & 0xFFFFFFFF)
        return head + self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH) + self.end


class Zstd(Encoder):
    """RFC 8878. A flush ends a block, behind which an empty last block may stand; no checksum follows."""

    _EMPTY_LAST_BLOCK = b"\1\0\0"

    def __init__(self) -> None:
        zstandard = _zstandard()
        self._compress = zstandard.ZstdCompressor().compressobj()
        self._flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def add(self, data: bytes) -> bytes:
        self.end = self._EMPTY_LAST_BLOCK
        added: bytes = self._compress.compress(data) + self._compress.flush(self._flush_block)
        return added + self.end


ENCODERS: dict[str, Callable[[], Encoder]] = {".gz": Gzip, ".zst": Zstd}


def encoder_for(path: str) -> Encoder:
    """By the name's end. Raises UsageError where a package is missing."""
    return ENCODERS.get(PurePath(path).suffix, Plain)()


def is_compressed(path: str) -> bool:
    return PurePath(path).suffix in ENCODERS


def format_of(path: str) -> str | None:
    """The output format that a name asks for."""
    suffixes = [suffix for suffix in PurePath(path).suffixes if suffix not in ENCODERS]
    return {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}.get(suffixes[-1]) if suffixes else None


def decoded(path: str, file: BinaryIO) -> Iterator[bytes]:
    """The content in pieces. Raises TornError where it ends too early."""
    begin = {".gz": _gzip_member, ".zst": _zstd_frame}.get(PurePath(path).suffix)
    return _pieces(file) if begin is None else _members(file, begin)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(READ_BYTES):
        yield piece


def _members(file: BinaryIO, begin: Callable[[], Any]) -> Iterator[bytes]:
    member: Any = None
    whole_bytes = 0
    for piece in _pieces(file):
        rest = piece
        while rest:
            if member is None and whole_bytes and rest[0] == 0:
                raise TornError("an addition to it was not completed", whole_bytes)
            member = member or begin()
            try:
                yield member.decompress(rest)
            except Exception as error:  # zlib.error or zstandard's own
                raise TornError(str(error)) from error
            rest = member.unused_data if member.eof else b""
            if member.eof:
                member, whole_bytes = None, file.tell() - len(rest)
    if member is not None:
        raise TornError("it ends within a member")


def _gzip_member() -> Any:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _zstd_frame() -> Any:
    return _zstandard().ZstdDecompressor().decompressobj()


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise UsageError(
            "--output NAME.zst needs the package zstandard", "pip install 'idxstream[zstd]', or name it .gz"
        ) from error
    return zstandard
