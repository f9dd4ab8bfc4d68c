"""A file that is complete is made a second time with few large members, and is whole at any moment."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import zstandard

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files import joiner
from coinapi_idx_cli.sinks.files.encodings import packing_for
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.joiner import join
from tests.harness import GENEROUS_S, environment
from tests.sinks.files.files import (
    COMPRESSED,
    HEAD,
    MIDNIGHT_NS,
    Told,
    check_with_the_tool,
    content,
    open_files,
    sink_for,
)
from tests.sinks.files.test_encodings import lines, noise

NEVER = threading.Event()
JOIN_AND_BE_KILLED = """
import os, sys, threading
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.joiner import join
at_what, path = sys.argv[1:]
def killed(*_, **__):
    os.kill(os.getpid(), 9)
setattr(os, at_what, killed)
join(CaptureFile(path, b"", print), threading.Event())
"""


def of_small_members(path: Path, written: list[bytes], head: bytes = HEAD) -> CaptureFile:
    """One of a line each, as a feed with a value a second leaves them."""
    file = CaptureFile(str(path), head, Told())
    for line in written:
        file.write(line)
        file.flush()
    return file


def members_in(path: Path) -> int:
    packing, data, count = packing_for(str(path)), path.read_bytes(), 0
    assert packing is not None
    while data:
        member = packing.reader()
        count += bool(member.decompress(data))
        data = member.unused_data
    return count


def in_one(suffix: str, data: bytes, level: int = 6) -> bytes:
    return gzip.compress(data, level) if suffix == ".gz" else zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_it_takes_as_little_room_as_when_compressed_at_once(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joiner, "JOINED_BYTES", 100_000)
    path = tmp_path / f"x.csv{suffix}"
    file = of_small_members(path, lines(3000))
    path.chmod(0o640)
    before = path.stat()
    assert members_in(path) == 3000
    assert join(file, NEVER) == before.st_size - path.stat().st_size > 0
    file.close()
    check_with_the_tool(path)
    whole = HEAD + b"".join(lines(3000))
    assert content(path) == whole
    assert members_in(path) == len(whole) // 100_000 + 1
    assert path.stat().st_size < 1.25 * len(in_one(suffix, whole))
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [path]
    again = CaptureFile(str(path), HEAD, Told())
    assert again.last_lines(1) == [lines(3000)[-1].rstrip(b"\n")]
    again.write(b"more\n")
    again.close()
    assert content(path) == whole + b"more\n"


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_runs_one_after_the_other_leave_large_members_alone(suffix: str, tmp_path: Path) -> None:
    path, chance = tmp_path / f"x{suffix}", random.Random(1)
    written: list[bytes] = []
    for run in range(6):
        more = [noise(chance) for _ in range(30)]
        file = of_small_members(path, more, b"")
        written += more
        if run % 3:  # else it is killed
            before = path.read_bytes()
            join(file, NEVER)
            assert path.read_bytes() != before
        file.close()
        assert content(path) == b"".join(written)
        check_with_the_tool(path)
    assert members_in(path) < 20


@pytest.mark.parametrize("suffix", COMPRESSED)
@pytest.mark.parametrize("at_what", ["pread", "fsync", "chmod", "replace"])
def test_a_kill_in_the_middle_leaves_the_old_file_and_the_next_run_clears_up(
    suffix: str, at_what: str, tmp_path: Path
) -> None:
    path = tmp_path / f"x.csv{suffix}"
    of_small_members(path, lines(500)).close()
    before = path.read_bytes()
    command = [sys.executable, "-c", JOIN_AND_BE_KILLED, at_what, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert not [other for other in tmp_path.iterdir() if other.suffix in COMPRESSED and other != path]
    sink = sink_for(path)
    sink.open(HEAD)
    assert list(tmp_path.iterdir()) == [path]
    sink.write(Batch(0), b"more\n")
    assert sink.finish(GENEROUS_S)
    sink.close()
    assert list(tmp_path.iterdir()) == [path]
    assert content(path) == HEAD + b"".join(lines(500)) + b"more\n"
    assert path.stat().st_size < len(before) / 3


def test_the_file_of_a_run_that_was_killed_is_joined_by_the_next_run_also_after_midnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: MIDNIGHT_NS)
    path = tmp_path / "2026-10-20.csv.gz"
    of_small_members(path, lines(500)).close()
    before = path.stat().st_size
    sink = sink_for(tmp_path / "%F.csv.gz")
    sink.open(HEAD)
    sink.write(Batch(MIDNIGHT_NS), b"1\n")
    assert sink.finish(GENEROUS_S)
    sink.close()
    assert path.stat().st_size < before / 3
    assert content(path) == HEAD + b"".join(lines(500))


def test_while_one_is_joined_the_next_is_written_and_the_end_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that does not answer, until it does."""
    monkeypatch.setattr(time, "time_ns", lambda: MIDNIGHT_NS)
    files, told, may_end, is_syncing = open_files(), Told(), threading.Event(), threading.Event()

    def fsync(_fd: int) -> None:
        is_syncing.set()
        assert may_end.wait(GENEROUS_S)

    monkeypatch.setattr(os, "fsync", fsync)
    sink = sink_for(tmp_path / "%H%M.csv.gz", told)
    sink.open(HEAD)
    for minute in range(3):
        for line in lines(50):
            sink.write(Batch(MIDNIGHT_NS + minute * 60 * NS), line)
            sink.tick(float("inf"))
    assert is_syncing.wait(GENEROUS_S)
    assert not sink.finish(0.01)
    assert f"{tmp_path / '0002.csv.gz'} is whole, but its many small parts were not joined" in sink.unwritten()
    before = [content(tmp_path / f"000{minute}.csv.gz") for minute in range(3)]
    assert before == [HEAD + b"".join(lines(50))] * 3
    sink.close()
    may_end.set()
    assert sink.finish(GENEROUS_S)
    assert open_files() == files
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["0000.csv.gz", "0001.csv.gz", "0002.csv.gz"]
    assert [content(tmp_path / f"000{minute}.csv.gz") for minute in range(3)] == before


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(28, "No space left on device"), "No space left on device"), (MemoryError(), "MemoryError")],
)
def test_what_cannot_be_joined_is_said_and_stays(
    error: Exception, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_fd: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fails)
    path, told = tmp_path / "x.csv.gz", Told()
    sink = sink_for(path, told)
    sink.open(HEAD)
    for line in lines(50):
        sink.write(Batch(0), line)
        sink.tick(float("inf"))
    assert sink.finish(GENEROUS_S)
    sink.close()
    assert told.events == [("not_joined", {"file": str(path), "reason": reason})]
    assert content(path) == HEAD + b"".join(lines(50))
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_with_another_name_or_that_was_moved_is_left_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "x.csv.gz", tmp_path / "other.csv.gz"
    file = of_small_members(path, lines(100))
    os.link(path, other)
    assert join(file, NEVER) == 0
    path.unlink()
    assert join(file, NEVER) == 0
    file.close()
    assert content(other) == HEAD + b"".join(lines(100))
    assert list(tmp_path.iterdir()) == [other]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "x.csv.gz", tmp_path / "link.csv.gz"
    link.symlink_to(path.name)
    file = of_small_members(link, lines(100))
    assert join(file, NEVER) > 0
    file.close()
    assert link.is_symlink()
    assert content(path) == HEAD + b"".join(lines(100))
