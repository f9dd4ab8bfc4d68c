"""What was left by a crash is mended or put aside at the next start, and nothing of it is lost in silence."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.sinks.files import file_ends, repair
from coinapi_idx_cli.sinks.files.file import CaptureFile
from tests.sinks.files.files import COMPRESSED, HEAD, KINDS, Told, check_with_the_tool, content, written

LONG = b"".join(os.urandom(20).hex().encode() + b"\n" for _ in range(1000))  # some pages, also compressed


class Killed(BaseException):
    """No handler of errors stops it, as none stops SIGKILL."""


def test_a_torn_last_line_is_taken_off_and_kept_where_the_message_says(tmp_path: Path) -> None:
    path, told = tmp_path / "x.csv", Told()
    for number in range(1, 3):
        torn_to = tmp_path / ("x.csv.torn" if number == 1 else "x.csv.torn.2")
        path.write_bytes(HEAD + b"1,A,2\n2,B\xff")
        written(path, b"3,C,4\n", head=HEAD, told=told)
        assert path.read_bytes() == HEAD + b"1,A,2\n3,C,4\n"
        assert torn_to.read_bytes() == b"2,B\xff"
        assert told.events[-1] == ("repaired", {"file": str(path), "torn_to": str(torn_to), "text": "2,B\\xff"})
        assert told.lines[-1] == f"{path} ended within a line; the torn end is in {torn_to} now"


@pytest.mark.parametrize("torn", [b"1,A,2", HEAD[:-1], HEAD[:3], b"\0" * 5000])
def test_a_file_of_only_a_torn_line_begins_with_the_header(torn: bytes, tmp_path: Path) -> None:
    path, told = tmp_path / "x.csv", Told()
    path.write_bytes(torn)
    written(path, b"3,C,4\n", head=HEAD, told=told)
    assert path.read_bytes() == HEAD + b"3,C,4\n"
    assert told.names == ["repaired"]


def test_a_torn_line_of_a_megabyte(tmp_path: Path) -> None:
    path, told = tmp_path / "x", Told()
    path.write_bytes(b"1\n" + b"x" * (file_ends.LONGEST_LINE_BYTES - 1))
    written(path, b"2\n", told=told)
    assert path.read_bytes() == b"1\n2\n"
    assert Path(f"{path}.torn").stat().st_size == file_ends.LONGEST_LINE_BYTES - 1
    assert told.events[0][1]["text"] == "x" * repair.SHOWN_BYTES


@pytest.mark.parametrize("suffix", KINDS)
def test_an_empty_file_gets_the_header_and_one_with_lines_gets_no_second(suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x.csv{suffix}", Told()
    path.touch()
    for number in range(3):
        written(path, b"%d,A,1\n" % number, head=HEAD, told=told)
    assert content(path) == HEAD + b"0,A,1\n1,A,1\n2,A,1\n"
    assert told.events == []


def test_a_member_without_content_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b""))
    written(path, b"1,A,1\n", head=HEAD)
    assert content(path) == HEAD + b"1,A,1\n"
    check_with_the_tool(path)


@pytest.mark.parametrize("suffix", KINDS)
def test_without_a_header_nothing_is_compared(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    written(path, b"1,A,1\n", head=HEAD)
    written(path, b"other,columns\n", head=b"")
    assert content(path) == HEAD + b"1,A,1\nother,columns\n"


@pytest.mark.parametrize("suffix", KINDS)
def test_other_columns_are_refused_and_both_are_named(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    written(path, b"1,A,1\n", head=HEAD)
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"has the columns time,id,value, not index_id,value; name another file"):
        CaptureFile(str(path), b"index_id,value\n", Told())
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_of_a_file_cut_anywhere_the_whole_members_stay(suffix: str, tmp_path: Path) -> None:
    """And the rest is kept; a file without any whole member is put aside."""
    path = tmp_path / f"x.csv{suffix}"
    written(path, b"1,A,1\n", head=HEAD)
    first = path.stat().st_size
    written(path, b"2,A,1\n", head=HEAD)
    whole = path.read_bytes()
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        told = Told()
        written(path, b"3,A,1\n", head=HEAD, told=told)
        assert content(path) == HEAD + (b"1,A,1\n" if size >= first else b"") + b"3,A,1\n"
        if size == first:
            assert told.events == []
            continue
        ((event, fields),) = told.events
        assert (event, fields["file"]) == ("repaired", str(path))
        kept = Path(str(fields["moved_to" if size < first else "torn_to"]))
        assert kept.read_bytes() == whole[0 if size < first else first : size]
        assert str(kept) in told.lines[0]


@pytest.mark.parametrize("suffix", COMPRESSED)
@pytest.mark.parametrize("data", [b"time,id,value\n", b"\x1f", b"\x28\xb5"])
def test_what_is_no_compressed_file_at_all_is_put_above(suffix: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data)
    written(path, b"1\n")
    assert content(path) == b"1\n"
    assert Path(f"{path}.partial").read_bytes() == data


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_whole_member_whose_last_line_has_no_end_is_put_above(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    written(path, b"1\n2")
    written(path, b"3\n")
    assert content(path) == b"3\n"
    assert content(Path(f"{path}.partial").rename(tmp_path / f"aside{suffix}")) == b"1\n2"


def test_a_file_that_cannot_be_put_above_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "x.gz"
    path.write_bytes(b"no gzip")
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "rename", no_links)
    with pytest.raises(OutputError, match=rf"cannot move aside {path}: Operation not permitted"):
        CaptureFile(str(path), b"", Told())
    assert path.read_bytes() == b"no gzip"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("runs", [1, 2])
def test_a_kill_between_two_pages_of_a_write_costs_what_was_not_written_only(
    suffix: str, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of them: the system stops a process that is killed only there."""
    to_write: int | None = None
    write = os.write

    def up_to_the_end_of_a_page(fd: int, data: memoryview) -> int:
        nonlocal to_write
        if to_write is None:
            return write(fd, data)
        size = min(len(data), 4096 - os.fstat(fd).st_size % 4096)
        if to_write == 0:
            raise Killed
        to_write -= 1
        return write(fd, data[:size])

    monkeypatch.setattr(os, "write", up_to_the_end_of_a_page)
    seen_whole = False
    for pages in range(30):
        path, told = tmp_path / f"{pages}.csv{suffix}", Told()
        to_write = None
        for number in range(runs - 1):
            written(path, b"%d,A,1\n" % number, head=HEAD)
        file = CaptureFile(str(path), HEAD, Told())
        file.write(b"9,A,1\n")
        file.flush()
        before = content(path)
        to_write = pages
        try:
            file.write(LONG)
            file.flush()
            seen_whole = True
        except Killed:
            pass
        finally:
            to_write = None
            file.close()
        if suffix:
            check_with_the_tool(path)
        written(path, b"10,A,1\n", head=HEAD, told=told)
        assert content(path).startswith(before)
        assert content(path).endswith(b"\n10,A,1\n")
        assert set(content(path).splitlines()) <= set((before + LONG).splitlines()) | {b"10,A,1"}
        assert told.names in ([], [] if suffix else ["repaired"])
        assert "moved_to" not in str(told.events)
    assert seen_whole


def test_a_file_is_put_above_also_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_names: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    for number in range(3):
        (tmp_path / "x").write_text(str(number))
        repair.put_above(str(tmp_path / "x"))
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"x.partial": "0", "x.partial.2": "1", "x.partial.3": "2"}
