"""--fsync: in a thread, as a disk may take its time, and what it did not take ends the run."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from tests.harness import GENEROUS_S
from tests.sinks.files.files import open_files, sink_for

FAR_S = 1e12  # long after anything is due


class Disk:
    """In place of `os.fsync`: it takes until `free` is set, and answers with `error`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = threading.Event()
        self.free.set()
        self.error: OSError | None = None
        self.called = threading.Semaphore(0)
        self.paths: list[str] = []
        monkeypatch.setattr(os, "fsync", self.fsync)

    def fsync(self, fd: int) -> None:
        self.paths.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        self.called.release()
        assert self.free.wait(GENEROUS_S)
        if self.error is not None:
            raise self.error

    def wait_for_a_call(self) -> None:
        assert self.called.acquire(timeout=GENEROUS_S)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def opened(path: Path, every_s: float = 1.0) -> FileSink:
    sink = sink_for(path, fsync_s=every_s)
    sink.open(b"")
    sink.write(Batch(0), b"0\n")
    return sink


def in_the_end(raises: Callable[[], None]) -> None:
    """The thread tells its failure a moment after it happened."""
    for _ in range(100_000):
        raises()
        threading.Event().wait(0.001)
    raise AssertionError("nothing was raised")


def test_it_is_called_when_due_and_leaves_nothing_behind(tmp_path: Path, disk: Disk) -> None:
    threads, files = threading.active_count(), open_files()
    sink = opened(tmp_path / "x", 0.5)
    due_s = sink.next_due_s()  # an earlier one than the look at the name a second later
    sink.tick(due_s - 0.1)
    assert disk.paths == []
    sink.tick(due_s)
    disk.wait_for_a_call()
    assert sink.next_due_s() > due_s
    sink.write(Batch(0), b"1\n")
    sink.close()
    assert disk.paths == ["x", "x"]
    assert (threading.active_count(), open_files()) == (threads, files)


def test_without_it_none_is_made(tmp_path: Path, disk: Disk) -> None:
    sink = sink_for(tmp_path / "x")
    sink.open(b"")
    sink.write(Batch(0), b"0\n")
    sink.tick(FAR_S)
    sink.close()
    assert disk.paths == []


def test_a_slow_disk_holds_neither_writing_nor_rotation_up(tmp_path: Path, disk: Disk) -> None:
    files = open_files()
    sink = opened(tmp_path / "%Y-%m-%d")
    disk.free.clear()
    sink.tick(FAR_S)
    disk.wait_for_a_call()
    for day in range(1, 6):
        sink.write(Batch(day * 86400 * NS), b"%d\n" % day)
        sink.tick(FAR_S * 2)
    assert (tmp_path / "1970-01-06").read_bytes() == b"5\n"
    disk.free.set()
    sink.close()
    assert len(disk.paths) == 7
    assert disk.paths[-5:] == [f"1970-01-0{day}" for day in range(2, 7)]
    assert open_files() == files


def test_a_failure_is_told_when_the_next_is_due(tmp_path: Path, disk: Disk) -> None:
    sink = opened(tmp_path / "x")
    disk.error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OutputError, match="x did not reach the disk: Input/output error; check the disk"):
        in_the_end(lambda: sink.tick(sink.next_due_s()))
    disk.error = None
    sink.close()


def test_a_failure_of_the_last_is_told_at_the_end_and_nothing_is_left(tmp_path: Path, disk: Disk) -> None:
    threads, files = threading.active_count(), open_files()
    for due in (False, True):
        sink = opened(tmp_path / "x")
        disk.error = OSError(errno.EIO, "Input/output error")
        if due:
            sink.tick(FAR_S)
            disk.wait_for_a_call()
        with pytest.raises(OutputError, match="x did not reach the disk"):
            sink.close()
        assert (threading.active_count(), open_files()) == (threads, files)


def test_what_cannot_be_forced_is_no_failure(tmp_path: Path, disk: Disk) -> None:
    sink = opened(tmp_path / "x")
    disk.error = OSError(errno.EINVAL, "Invalid argument")
    sink.tick(FAR_S)
    sink.close()
    assert disk.paths
