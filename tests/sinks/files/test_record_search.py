"""The newest file of a record, however its name was filled in and whatever it was renamed to."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from coinapi_idx_cli.sinks.files.record_search import files_of, newest_last_line


def left(path: Path, lines: bytes, age_s: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    os.utime(path, (1e9 - age_s, 1e9 - age_s))


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("x.csv", ["x.csv", "x.csv.1", "x.csv.2.gz", "x.csv-20260101", "x.csv-20260101.gz"]),
        ("x-%Y-%m-%d.csv", ["x-2026-01-01.csv", "x-2025-12-31.csv.gz"]),
        ("d/%Y/%m/x.csv.gz", ["d/2026/01/x.csv.gz", "d/2025/12/x.csv.gz"]),
        ("%Y%m%d/%H.ndjson", ["20260101/00.ndjson", "20260101/23.ndjson"]),
    ],
)
def test_all_files_of_an_output_are_found(output: str, names: list[str], tmp_path: Path) -> None:
    others = ["y.csv", "x.csvx", "x.ndjson", "x-2026.csv", "d/x.csv.gz", "d/2026/x.csv.gz", "x.gaps.ndjson", "xx.csv"]
    for name in [*names, *others]:
        left(tmp_path / name, b"a\n", 0)
    assert {str(path.relative_to(tmp_path)) for path in files_of(f"{tmp_path}/{output}")} == set(names)


def test_the_newest_line_is_that_of_the_file_that_was_written_last(tmp_path: Path) -> None:
    left(tmp_path / "x-1.csv", b"old\n", 300)
    output = f"{tmp_path}/x-%u.csv"
    assert newest_last_line(output, but=f"{tmp_path}/x-3.csv") == b"old"
    left(tmp_path / "x-2.csv.gz", b"a\nnewer\n", 200)
    assert newest_last_line(output, but=f"{tmp_path}/x-3.csv") == b"newer"
    left(tmp_path / "x-4.csv", b"", 100)  # has nothing to say
    left(tmp_path / "x-3.csv", b"being written\n", 0)
    assert newest_last_line(output, but=f"{tmp_path}/x-3.csv") == b"newer"
    (tmp_path / "x-2.csv.gz").write_bytes(b"not compressed")
    assert newest_last_line(output, but=f"{tmp_path}/x-3.csv") == b"old"


def test_no_file_and_no_folder_is_nothing(tmp_path: Path) -> None:
    assert newest_last_line(f"{tmp_path}/none/x-%Y.csv", but="") is None
