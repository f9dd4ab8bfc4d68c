"""Locks that belong to the open file; and a file system that has none."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.lock import check_free, holder, wait_for_lock
from tests.harness import GENEROUS_S
from tests.sinks.files.files import COMPRESSED, HEAD, KINDS, MIDNIGHT_NS, Told, content, sink_for, written
from tests.sinks.files.test_file import other_process_opens

REFUSALS = [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL]
IN_USE = f"is being written by another run, process {os.getpid()};"


def refuse(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "fcntl", refused)
    monkeypatch.setattr(fcntl, "flock", refused)


def test_another_descriptor_of_the_file_may_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = CaptureFile(str(path), b"", Told())
    file.write(b"1\n")
    path.read_bytes()
    with path.open("ab"):
        pass
    assert "is being written by another run" in other_process_opens(path)
    file.close()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_two_names_of_one_file_are_one_file_with_one_lock(
    link: Callable[[Path, Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: MIDNIGHT_NS)
    first, second, told = tmp_path / "0000.csv", tmp_path / "0001.csv", Told()
    written(first, b"0\n", head=HEAD)
    link(first, second)
    sink = sink_for(tmp_path / "%H%M.csv", told)
    sink.open(HEAD)
    for minute in range(2):
        sink.write(Batch(MIDNIGHT_NS + minute * 60 * NS), b"%d\n" % minute)
        assert IN_USE in other_process_opens(first)
        assert IN_USE in other_process_opens(second)
    sink.close()
    assert content(first) == content(second) == HEAD + b"0\n0\n1\n"
    assert told.names == []


def test_where_locks_are_not_of_the_open_file_flock_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS; who has it is not known there."""
    monkeypatch.delattr(fcntl, "F_OFD_GETLK")
    path = tmp_path / "x"
    path.touch()
    with path.open("ab") as mine, path.open("ab") as other:
        assert holder(other.fileno()) is None
        check_free(str(path))
        file = CaptureFile(str(path), b"", Told())
        assert holder(other.fileno()) == 0
        with pytest.raises(FileInUseError, match="is being written by another run;"):
            check_free(str(path))
        with pytest.raises(FileInUseError):
            CaptureFile(str(path), b"", Told())
        waiting = threading.Thread(target=wait_for_lock, args=(mine.fileno(),))
        waiting.start()
        assert holder(other.fileno()) == 0
        file.close()
        waiting.join(GENEROUS_S)
        assert holder(other.fileno()) is None


def test_who_waits_does_not_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = CaptureFile(str(path), b"", Told())
    file.write(b"1\n")
    with path.open("ab") as other:
        waiting = threading.Thread(target=wait_for_lock, args=(other.fileno(),))
        waiting.start()
        file.close()
        waiting.join(GENEROUS_S)
        assert holder(other.fileno()) is None


@pytest.mark.parametrize("number", REFUSALS)
def test_without_locks_it_is_said_once_and_lines_are_mixed_whole(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(number, monkeypatch)
    monkeypatch.setattr(time, "time_ns", lambda: MIDNIGHT_NS)
    told = Told()
    sinks = [sink_for(tmp_path / "%H%M.csv", told), sink_for(tmp_path / "%H%M.csv")]
    for sink in sinks:
        sink.open(HEAD)
    assert told.events == [("no_locks", {"file": str(tmp_path / "0000.csv"), "reason": os.strerror(number)})]
    assert "refuses locks" in told.lines[0]
    for value in range(200):
        batch = Batch(MIDNIGHT_NS + value // 100 * 60 * NS)
        sinks[value % 3 // 2].write(batch, b"%d,%s\n" % (value, b"x" * value))
    for sink in sinks:
        sink.close()
    rows = [content(tmp_path / name) for name in ("0000.csv", "0001.csv")]
    assert [row.count(HEAD) for row in rows] == [1, 1]
    lines = b"".join(row.removeprefix(HEAD) for row in rows)
    assert lines == b"".join(b"%d,%s\n" % (value, b"x" * value) for value in range(200))
    assert told.names.count("no_locks") == 1


@pytest.mark.parametrize("number", REFUSALS)
@pytest.mark.parametrize("suffix", COMPRESSED)
def test_without_locks_nothing_is_compressed(
    number: int, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(number, monkeypatch)
    with pytest.raises(OutputError, match=r"refuses locks \(.*which compressed files and --wait-lock need; write a"):
        CaptureFile(str(tmp_path / f"x{suffix}"), b"", Told())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EIO, errno.EPERM])
@pytest.mark.parametrize("suffix", KINDS)
def test_other_trouble_with_locking_is_an_error(
    number: int, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(number, monkeypatch)
    with pytest.raises(OutputError, match=rf"cannot lock .*: {os.strerror(number)}"):
        CaptureFile(str(tmp_path / f"x{suffix}"), b"", Told())
