"""One file: its lock, its end when there is no room, and what others do to it meanwhile."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.sinks.files import file as file_module
from coinapi_idx_cli.sinks.files import lock
from coinapi_idx_cli.sinks.files.file import CaptureFile
from tests.sinks.files.files import COMPRESSED, HEAD, KINDS, Told, check_with_the_tool, content, open_files, written

ROW = b"2026-10-21T00:00:00.0000000Z,IDX_A,1.5\n"
TRY_TO_OPEN = """
import sys
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.errors import OutputError
try:
    CaptureFile(sys.argv[1], b"", print)
except OutputError as error:
    sys.exit(str(error))
"""


class Disk:
    """As `os.write` sees it, with so many bytes left."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if not data[: self.room]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self._write(fd, data[: self.room])
        self.room -= taken
        return taken


def other_process_opens(path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", TRY_TO_OPEN, str(path)], capture_output=True, text=True, check=False)
    return done.stderr


@pytest.mark.parametrize("suffix", KINDS)
def test_a_full_disk_leaves_a_whole_last_line_and_room_lets_it_go_on(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every number of bytes up to three writes."""
    for room in range(0, 400, 7):
        path = tmp_path / f"{room}.csv{suffix}"
        with monkeypatch.context() as patch:
            Disk(room, patch)
            with pytest.raises(OutputError, match=rf"cannot write {path}: No space left on device; make room") as full:
                written(path, *[ROW * 3 + os.urandom(40).hex().encode() + b"\n" for _ in range(9)], head=HEAD)
            assert full.value.exit_code == 6
        left = content(path) if path.exists() else b""
        assert not path.exists() or (left.startswith(HEAD + b"2") and left.endswith(b"\n"))
        told = Told()
        written(path, ROW, head=HEAD, told=told)
        assert content(path) == (left or HEAD) + ROW
        assert told.events == []


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_of_what_finds_no_room_the_whole_members_stay_and_what_was_there(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"x{suffix}"
    lines = [os.urandom(40).hex().encode() + b"\n" for _ in range(500)]
    file = CaptureFile(str(path), b"", Told())
    file.write(ROW)
    file.write(b"".join(lines))
    with monkeypatch.context() as patch:
        Disk(10_000, patch)
        with pytest.raises(OutputError):
            file.flush()
    check_with_the_tool(path)
    left = content(path).splitlines(keepends=True)[1:]
    assert 0 < len(left) < 500
    file.write(ROW)
    file.close()
    assert content(path) == b"".join([ROW, *lines[: len(left)], ROW])


def test_a_disk_that_takes_nothing_any_more_is_named_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    file = CaptureFile(str(tmp_path / "x.gz"), b"", Told())
    file.write(ROW)
    file.write(ROW)
    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(OutputError, match=r"x\.gz: Input/output error"):
        file.flush()
    file.close()


def test_a_second_process_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = CaptureFile(str(path), b"", Told())
    file.write(b"1\n")
    assert f"x is being written by another run, process {os.getpid()};" in other_process_opens(path)
    assert path.read_bytes() == b"1\n"
    file.close()
    assert other_process_opens(path) == ""


@pytest.mark.parametrize("suffix", KINDS)
def test_the_lock_holds_after_a_repair(suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x{suffix}", Told()
    path.write_bytes(b"torn")
    file = CaptureFile(str(path), b"", told)
    assert told.names == ["repaired"]
    assert f"process {os.getpid()}" in other_process_opens(path)
    file.close()


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_that_was_emptied_begins_again(suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x.csv{suffix}", Told()
    file = CaptureFile(str(path), HEAD, told)
    for _ in range(3):
        file.write(ROW)
        file.flush()
        os.truncate(path, 0)
    file.write(ROW)
    file.write(ROW)
    assert f"process {os.getpid()}" in other_process_opens(path)
    file.close()
    assert content(path) == HEAD + ROW + ROW
    assert told.events == []


@pytest.mark.parametrize("suffix", KINDS)
def test_what_somebody_adds_meanwhile_is_not_written_over(suffix: str, tmp_path: Path) -> None:
    path, other = tmp_path / f"x.csv{suffix}", tmp_path / f"other{suffix}"
    written(other, b"by hand\n")
    file = CaptureFile(str(path), HEAD, Told())
    file.write(ROW)
    with path.open("ab") as added:
        added.write(other.read_bytes())
    file.write(ROW)
    file.write(b"")
    file.write(ROW)
    file.close()
    assert content(path) == HEAD + ROW + b"by hand\n" + ROW + ROW


@pytest.mark.parametrize("suffix", KINDS)
def test_nothing_written_is_nothing(suffix: str, tmp_path: Path) -> None:
    written(tmp_path / f"x{suffix}", b"", b"1\n")
    assert content(tmp_path / f"x{suffix}") == b"1\n"


def test_one_that_was_moved_while_it_was_being_locked_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, moved = tmp_path / "x", tmp_path / "moved"
    path.write_bytes(b"1\n")
    try_lock = lock.try_lock

    def lock_late(fd: int) -> bool:
        if not moved.exists():
            path.rename(moved)
        return try_lock(fd)

    monkeypatch.setattr(file_module, "try_lock", lock_late)
    before = open_files()
    written(path, b"2\n")
    assert (path.read_bytes(), moved.read_bytes()) == (b"2\n", b"1\n")
    assert open_files() == before


def test_one_that_cannot_be_opened_again_leaves_no_descriptor_and_closes_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.touch()

    def lock_and_replace(fd: int) -> bool:
        path.unlink()
        path.mkdir()
        return True

    monkeypatch.setattr(file_module, "try_lock", lock_and_replace)
    before = open_files()
    with pytest.raises(OutputError, match=f"cannot open {path}: Is a directory"):
        CaptureFile(str(path), b"", Told())
    assert open_files() == before


def test_a_device_takes_plain_text_only(tmp_path: Path) -> None:
    written(Path("/dev/null"), ROW, head=HEAD)
    with pytest.raises(OutputError, match="cannot write /dev/full: No space left on device; make room"):
        written(Path("/dev/full"), ROW)
    pipe = tmp_path / "x.gz"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match=r"x\.gz is not a regular file, which compression needs"):
        CaptureFile(str(pipe), b"", Told())


def test_directories_are_made_and_what_is_none_is_told(tmp_path: Path) -> None:
    written(tmp_path / "2026" / "10" / "x", b"1\n")
    assert (tmp_path / "2026" / "10" / "x").read_bytes() == b"1\n"
    for path, why in ((tmp_path / "2026" / "10" / "x" / "y", "Not a directory"), (tmp_path / "2026", "Is a directory")):
        with pytest.raises(OutputError, match=f"cannot open {path}: {why}"):
            CaptureFile(str(path), b"", Told())
