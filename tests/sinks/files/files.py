"""What the tests of files share: a record of what was told, a sink by a clock of one's own, and the standard tools."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from coinapi_idx_cli.sinks.files.names import FileName

HEAD = b"time,id,value\n"
MIDNIGHT_NS = 1_792_540_800 * NS  # 2026-10-21
KINDS = ("", ".gz", ".zst")
COMPRESSED = (".gz", ".zst")


class Told:
    """The events, as `Tell` gets them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.lines: list[str] = []

    def __call__(self, event: str, line: str, **fields: object) -> None:
        self.events.append((event, fields))
        self.lines.append(line)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


def sink_for(pattern: Path | str, told: Told | None = None, fsync_s: float | None = None) -> FileSink:
    return FileSink(FileName(str(pattern)), told or Told(), fsync_s)


def written(path: Path, *pieces: bytes, head: bytes = b"", told: Told | None = None) -> None:
    """One run: opened, each piece in a write of its own, closed."""
    file = CaptureFile(str(path), head, told or Told())
    try:
        for piece in pieces:
            file.write(piece)
    finally:
        file.close()


def content(path: Path) -> bytes:
    """By Python's own readers, which raise for what is not whole."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True) as reader:
            return cast("BinaryIO", reader).read()
    return path.read_bytes()


def check_with_the_tool(path: Path) -> None:
    """`gzip -t` or `zstd -t`, whose warnings count too."""
    tool = {".gz": ["gzip", "-t"], ".zst": ["zstd", "-qt"]}[path.suffix]
    done = subprocess.run([*tool, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
