"""What another run writes is read as it comes, each line once, also when it is compressed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.growing_file import GrowingFile
from coinapi_idx_cli.sinks.files.joiner import join
from tests.sinks.files.files import COMPRESSED, KINDS, Told
from tests.sinks.files.test_encodings import lines


def new_lines(growing: GrowingFile) -> list[bytes]:
    return [line + b"\n" for some in growing.new_lines() for line in some]


@pytest.mark.parametrize("suffix", KINDS)
def test_each_line_comes_once(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    file = CaptureFile(str(path), b"", Told())
    written = lines(3000)
    file.write(b"".join(written[:100]))
    growing = GrowingFile(str(path))
    assert new_lines(growing) == written[:100]
    for begin in range(100, 3000, 290):
        file.write(b"".join(written[begin : begin + 290]))
        file.flush()
        assert new_lines(growing) == written[begin : begin + 290]
        assert new_lines(growing) == []
    os.truncate(path, 0)
    assert new_lines(growing) == []
    file.write(written[0])
    file.flush()
    assert new_lines(growing) == [written[0]]
    growing.close()
    file.close()


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_member_is_read_when_it_is_whole(suffix: str, tmp_path: Path) -> None:
    whole, path = tmp_path / f"whole{suffix}", tmp_path / f"x{suffix}"
    file = CaptureFile(str(whole), b"", Told())
    ends = []
    for line in lines(4):
        file.write(line)
        file.flush()
        ends.append(whole.stat().st_size)
    file.close()
    data = whole.read_bytes()
    path.write_bytes(b"")
    growing = GrowingFile(str(path))
    for size in range(1, len(data) + 1):
        path.write_bytes(data[:size])
        assert new_lines(growing) == ([lines(4)[ends.index(size)]] if size in ends else [])
    growing.close()


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_of_a_large_file_only_what_is_near_the_end_is_read(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinapi_idx_cli.sinks.files.growing_file.NEAR_END_PACKED_BYTES", 10_000)
    path, written = tmp_path / f"x{suffix}", lines(60_000)
    file = CaptureFile(str(path), b"", Told())
    file.write(b"".join(written[:59_000]))
    file.flush()
    assert path.stat().st_size > 100_000
    growing = GrowingFile(str(path))
    near_end = new_lines(growing)
    assert 0 < len(near_end) < 10_000
    assert near_end == written[59_000 - len(near_end) : 59_000]
    join(file, threading.Event())
    joined = GrowingFile(str(path))
    new_lines(joined)
    again = CaptureFile(str(path), b"", Told())
    again.write(b"".join(written[59_000:]))
    again.flush()
    assert new_lines(joined) == written[59_000:]
    growing.close()
    joined.close()
    again.close()
    file.close()
