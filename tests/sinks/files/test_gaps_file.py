"""The record of gaps: made with the first one, whole lines whatever happened, never a reason to end a run."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coinapi_idx_cli.sinks.files.gaps_file import GapsFile

GAP = {"from": "2026-01-01T00:00:00.000000000Z", "to": None, "seconds": 1.5}


def told_nothing(event: str, line: str, **fields: object) -> None:
    raise AssertionError(line)


def test_it_is_made_with_the_first_gap_and_says_whose_gap_it_is(tmp_path: Path) -> None:
    output = f"{tmp_path}/btc-%Y-%m-%d.csv.gz"
    gaps = GapsFile(output, told_nothing)
    assert list(tmp_path.iterdir()) == []
    gaps.add("connection", GAP)
    assert json.loads((tmp_path / "btc.gaps.ndjson").read_text()) == {
        "type": "gap",
        "kind": "connection",
        "output": output,
        **GAP,
    }


@pytest.mark.parametrize("torn", [b'{"type":"gap","ki', b"\0\0\0\0", b"{}"])
def test_a_torn_end_stays_a_line_of_its_own(torn: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.gaps.ndjson").write_bytes(torn)
    GapsFile(f"{tmp_path}/x.csv", told_nothing).add("not_running", GAP)
    first, second, rest = (tmp_path / "x.gaps.ndjson").read_bytes().split(b"\n")
    assert (first, json.loads(second)["kind"], rest) == (torn, "not_running", b"")


def test_many_writers_mix_no_lines(tmp_path: Path) -> None:
    writers = [GapsFile(f"{tmp_path}/x-%d.{kind}", told_nothing) for kind in ("csv", "ndjson", "csv.gz", "ndjson.zst")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: writers[number % 4].add("connection", {**GAP, "number": number}), range(400)))
    lines = (tmp_path / "x.gaps.ndjson").read_text().splitlines()
    assert sorted(json.loads(line)["number"] for line in lines) == list(range(400))


def test_a_record_that_cannot_be_written_is_reported_once(tmp_path: Path) -> None:
    told = []
    (tmp_path / "x.gaps.ndjson").mkdir()
    gaps = GapsFile(f"{tmp_path}/x.csv", lambda event, line, **fields: told.append((event, line, fields)))
    for _ in range(3):
        gaps.add("connection", GAP)
    ((event, line, fields),) = told
    assert event == "gap_not_recorded"
    path = f"{tmp_path}/x.gaps.ndjson"
    assert fields == {"from": GAP["from"], "to": None, "file": path, "reason": "Is a directory"}
    span = f"from {GAP['from']} to the end of the run"
    assert line == f"cannot write the gap {span} to {path}: Is a directory; others may be missing there, too"


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    output = os.fsdecode(os.fsencode(tmp_path) + b"/x\xff-%Y.csv")
    GapsFile(output, told_nothing).add("not_written", {**GAP, "reason": f"cannot write {output}"})
    (record,) = tmp_path.iterdir()
    assert os.fsencode(record.name) == b"x\xff.gaps.ndjson"
    assert json.loads(record.read_text())["output"] == f"{tmp_path}/x\\udcff-%Y.csv"
