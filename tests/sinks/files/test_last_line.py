"""A last line without its end: it gets it when it is whole, and is never taken for whole when it may be cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.file_ends import last_lines
from tests.sinks.files.files import COMPRESSED, KINDS, Told, content, written
from tests.sinks.files.test_joiner import in_one

HEAD = b"time_coinapi,index_id,value\n"
ROW = b"2026-10-21T00:00:00.0000000Z,IDX_A,67401.1"
OBJECT = b'{"type":"index","index_id":"IDX_A","value":67401.1}'
SECTOR_BYTES = 512


def filled(rows: bytes, last: bytes, size: int) -> bytes:
    """Rows before the last line, so that all of it is so long."""
    times, rest = divmod(size - len(last), len(rows) + 1)
    assert times > 2
    return b"x" * rest + b"," + rows[1:] + b"\n" + (rows + b"\n") * (times - 1) + last


@pytest.mark.parametrize(
    ("head", "before", "line"),
    [
        (HEAD, HEAD, ROW),
        (HEAD, HEAD + ROW + b"\n", ROW),
        (HEAD, HEAD + ROW + b"\n", b'2026,"IDX, ""A""\xc3\xa9",-1e-7'),
        (b"", OBJECT + b"\n", OBJECT),
        (b"", OBJECT + b"\n", b"{}"),
        (b"", b"", OBJECT),
    ],
)
@pytest.mark.parametrize("suffix", KINDS)
def test_a_whole_one_gets_its_end(head: bytes, before: bytes, line: bytes, suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x{suffix}", Told()
    path.write_bytes(in_one(suffix, before + line) if suffix else before + line)
    written(path, b"more\n", head=head, told=told)
    assert content(path) == before + line + b"\nmore\n"
    assert told.names == ["repaired"]
    assert told.lines == [f"the last line of {path} had no line end, which was added"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (HEAD, b"2026-10-21T00:00:00.0000000Z,IDX_A,"),
        (HEAD, b"2026-10-21T00:00:00.0000000Z,IDX_A"),
        (HEAD, b'2026-10-21T00:00:00.0000000Z,"IDX_A,1'),
        (HEAD, ROW + b",1"),
        (OBJECT + b"\n", OBJECT[:-1]),
        (OBJECT + b"\n", OBJECT + b"x"),
        (OBJECT + b"\n", b"x"),
    ],
)
def test_any_other_is_moved_away(before: bytes, line: bytes, tmp_path: Path) -> None:
    path, told = tmp_path / "x", Told()
    path.write_bytes(before + line)
    written(path, b"more\n", told=told)
    assert content(path) == before + b"more\n"
    assert Path(f"{path}.torn").read_bytes() == line
    assert f"{path}.torn" in told.lines[0]


@pytest.mark.parametrize("size", [2 * SECTOR_BYTES, 4096])
def test_a_number_that_ends_where_a_crash_cuts_is_not_believed(size: int, tmp_path: Path) -> None:
    """67401.1 may be the begin of 67401.15."""
    path, told = tmp_path / "x.csv", Told()
    for off in (0, 1, -1):
        whole = filled(ROW, ROW, size + off)
        path.write_bytes(whole)
        written(path, told=told)
        assert content(path) == (whole + b"\n" if off else whole.removesuffix(ROW))
    assert Path(f"{path}.torn").read_bytes() == ROW


def test_an_object_that_ends_there_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    whole = filled(OBJECT, OBJECT, 4096)
    path.write_bytes(whole)
    written(path)
    assert content(path) == whole + b"\n"


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_of_what_is_compressed_it_is_put_above_with_its_file(suffix: str, tmp_path: Path) -> None:
    """What another program made: ours ends no member within a line."""
    path, told = tmp_path / f"x.csv{suffix}", Told()
    before = in_one(suffix, HEAD + ROW[:-10])
    path.write_bytes(before)
    written(path, b"more\n", head=HEAD, told=told)
    assert content(path) == HEAD + b"more\n"
    assert Path(f"{path}.partial").read_bytes() == before


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (HEAD.replace(b"\n", b"\r\n"), "has the right columns, but ends its lines with CR LF"),
        (b"\xef\xbb\xbf" + HEAD, "has the right columns, but begins with a byte order mark"),
        (
            b"\xef\xbb\xbf" + HEAD.replace(b"\n", b"\r\n"),
            "has the right columns, but begins with a byte order mark and ends its lines with CR LF",
        ),
        (HEAD[:-1] + b" \n", f"has the columns '{HEAD.decode()[:-1]} ', not '{HEAD.decode()[:-1]}'"),
        (b"\xef\xbb\xbfvalue\r\n", "has the columns \ufeffvalue, not time_coinapi,index_id,value"),
    ],
)
@pytest.mark.parametrize("suffix", KINDS)
def test_what_differs_in_a_header_is_said(there: bytes, words: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    before = in_one(suffix, there + b"1\r\n") if suffix else there + b"1\r\n"
    path.write_bytes(before)
    with pytest.raises(OutputError) as refused:
        CaptureFile(str(path), HEAD, Told())
    assert words in str(refused.value)
    assert path.read_bytes() == before


def test_what_is_no_header_gets_no_end_and_no_rows_behind_it(tmp_path: Path) -> None:
    path, told = tmp_path / "x.csv", Told()
    path.write_bytes(OBJECT)
    written(path, b"more\n", head=HEAD, told=told)
    assert content(path) == HEAD + b"more\n"
    assert Path(f"{path}.partial").read_bytes() == OBJECT


@pytest.mark.parametrize("length", [10, 199, 200, 201, 5000, 100_000])
@pytest.mark.parametrize("count", [1, 3])
def test_the_last_lines_are_found_however_long_they_are(tmp_path: Path, length: int, count: int) -> None:
    lines = [bytes([letter]) * length for letter in b"abcdef"]
    path = tmp_path / "t.ndjson"
    path.write_bytes(b"\n".join([*lines, b""]))
    with path.open("rb") as file:
        assert last_lines(str(path), file, count) == lines[-count:]
