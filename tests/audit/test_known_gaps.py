"""Which lines of the records of gaps speak of a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from coinapi_idx_cli.audit.findings import RecordFinding
from coinapi_idx_cli.audit.known_gaps import gaps_about, overlaps, record_of_pattern, records_of

DAY = ("2026-11-26T00:00:00Z", "2026-11-26T23:59:59Z")


def write(record: Path, *outputs: str | None, begin: str = "2026-11-26T09:30:00Z", end: str | None = None) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a") as file:
        for output in outputs:
            named = {} if output is None else {"output": output}
            file.write(json.dumps({"type": "gap", "kind": "connection", **named, "from": begin, "to": end}) + "\n")


def about(path: Path) -> list[RecordFinding]:
    return list(gaps_about(records_of(str(path)), [str(path)]))


def test_lines_whose_output_can_have_made_the_file_and_those_without_one_count(tmp_path: Path) -> None:
    write(tmp_path / "t.gaps.ndjson", "t-%Y-%m-%d.csv.gz", None, "t-%Y.csv", "/elsewhere/t-%Y-%m-%d.csv.gz")
    assert [finding.line for finding in about(tmp_path / "t-2026-11-26.csv.gz")] == [1, 2, 4]
    assert [finding.line for finding in about(tmp_path / "t-2026.csv")] == [2, 3]


def test_a_record_one_folder_above_is_found_and_others_are_not(tmp_path: Path) -> None:
    write(tmp_path / "d/gaps.ndjson", "d/%Y/x.csv")
    write(tmp_path / "x.gaps.ndjson", "x-%Y.csv")
    assert len(about(tmp_path / "d/2026/x.csv")) == 1
    assert about(tmp_path / "d/2026/y.csv") == []


def test_a_torn_line_is_a_finding_and_zeros_are_none(tmp_path: Path) -> None:
    write(tmp_path / "x.gaps.ndjson", "x.csv")
    with (tmp_path / "x.gaps.ndjson").open("ab") as file:
        file.write(b'{"type":"ga\n\0\0\0\n[1]\n')
    assert [(str(finding.kind), finding.line) for finding in about(tmp_path / "x.csv")] == [
        ("gap", 1),
        ("torn", 2),
        ("torn", 4),
    ]


def test_a_pattern_names_its_record(tmp_path: Path) -> None:
    write(tmp_path / "d/gaps.ndjson", "d/%Y/%m/x.csv")
    assert record_of_pattern(f"{tmp_path}/d/%Y/%m/x.csv") == [tmp_path / "d/gaps.ndjson"]
    assert record_of_pattern(f"{tmp_path}/e-%Y.csv") == []


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-11-26T09:30:00Z", "2026-11-26T09:31:00Z", True),
        ("2026-11-25T23:59:59Z", "2026-11-26T00:00:01Z", True),
        ("2026-11-26T23:59:58Z", None, True),
        ("2026-11-25T09:30:00Z", "2026-11-25T09:31:00Z", False),
        ("2026-11-27T09:30:00Z", None, False),
    ],
)
def test_a_gap_counts_where_it_touches_the_time_of_the_files(
    begin: str, end: str | None, expected: bool, tmp_path: Path
) -> None:
    write(tmp_path / "x.gaps.ndjson", "x.csv", begin=begin, end=end)
    (gap,) = about(tmp_path / "x.csv")
    assert overlaps(gap, *DAY) is expected


@pytest.mark.parametrize("fields", [{"output": 5}, {"from": 7}, {"to": []}, {"kind": ["x"]}, {"time_coinapi_to": {}}])
def test_a_line_of_others_is_a_finding_and_no_bug(fields: dict[str, object], tmp_path: Path) -> None:
    line = {"type": "gap", "output": "x.csv", "from": "2026-11-26T09:30:00Z", **fields}
    (tmp_path / "x.gaps.ndjson").write_text(json.dumps(line) + "\n")
    assert [(str(finding.kind), finding.line) for finding in about(tmp_path / "x.csv")] == [("torn", 1)]


def test_a_gap_without_a_begin_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.gaps.ndjson").write_text('{"type":"gap","output":"x.csv","to":"2026-11-26T09:30:00Z"}\n')
    assert "nothing from an unknown time to 2026" in about(tmp_path / "x.csv")[0].words


def test_only_files_are_records(tmp_path: Path) -> None:
    (tmp_path / "x.gaps.ndjson").mkdir()
    os.mkfifo(tmp_path / "y.gaps.ndjson")
    assert about(tmp_path / "x.csv") == []


def test_fields_may_be_in_several_folders(tmp_path: Path) -> None:
    write(tmp_path / "gaps.ndjson", "%Y/%m/%d/btc-%H.csv", "other/%Y/%m/btc-%H.csv")
    assert [finding.line for finding in about(tmp_path / "2026/11/26/btc-09.csv")] == [1]
