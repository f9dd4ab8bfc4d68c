"""What a reader makes of a file: the values that a plain reader finds, and a finding for everything else."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.audit import record_reader
from coinapi_idx_cli.audit.findings import RecordFinding
from coinapi_idx_cli.audit.record_reader import RecordReader

HEAD = "time_coinapi,index_id,value\n"
ROW = "2026-11-26T09:30:00.1234567Z,IDX_A,{}\n"
MESSAGE = '{{"type":"index","index_id":"IDX_A","time_coinapi":"2026-11-26T09:30:00.1234567Z","value":{}}}\n'


def read(content: str | bytes, path: str = "x.csv") -> tuple[list[tuple[str, str, str, int]], list[RecordFinding]]:
    """Index, time, text and line of each value; findings."""
    data = content.encode() if isinstance(content, str) else content
    values, findings = [], []
    for portion in RecordReader(path, io.BytesIO(data)):
        columns = portion.index_ids, portion.times, portion.texts
        places = [portion.line_of(position) for position in range(len(portion.values))]
        values += list(zip(*columns, places, strict=True))
        assert portion.values == list(map(float, portion.texts))
        findings += portion.findings
    return values, findings


def kinds(findings: list[RecordFinding]) -> list[tuple[str, int | None]]:
    return [(str(finding.kind), finding.line) for finding in findings]


def test_a_file_as_it_should_be() -> None:
    values, findings = read(HEAD + ROW.format("67401.10") + ROW.format("1e5"))
    assert [(text, line) for _, _, text, line in values] == [("67401.10", 2), ("1e5", 3)]
    assert findings == []
    values, findings = read(MESSAGE.format("67401.10") * 3, "x.ndjson")
    assert [line for *_, line in values] == [1, 2, 3]
    assert findings == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        (HEAD, []),
        (HEAD + ROW.format(1)[:-1], [("torn", 2)]),
        (HEAD + ROW.format(1) + HEAD + ROW.format(2), [("columns", 3)]),
        (HEAD + ROW.format("1,2"), [("columns", 2)]),
        (HEAD + "2026-11-26T09:30:00Z,IDX_A\n" + ROW.format("1,2"), [("columns", 2), ("columns", 3)]),
        (HEAD + ROW.format("abc"), [("undecodable", 2)]),
        (HEAD + ROW.format("nan") + ROW.format("1e999") + ROW.format("1_0"), [("undecodable", n) for n in (2, 3, 4)]),
        (HEAD + "yesterday,IDX_A,1\n", [("undecodable", 2)]),
        (HEAD + "\n" + ROW.format(1), [("columns", 2)]),
        (HEAD + "\0" * 40 + "\n" + ROW.format(1), [("columns", 2)]),
        ("a,b\n1,2\n", [("columns", 1)]),
        (ROW.format(1) * 2, []),  # --no-header
        ((HEAD + ROW.format(1)).replace("\n", "\r\n"), []),
        (HEAD + '2026-11-26T09:30:00Z,"IDX,A",1\n', []),
        (HEAD + '2026-11-26T09:30:00Z,"IDX,A,1\n', [("undecodable", 2)]),
        (MESSAGE.format(1) + "{}\n" + MESSAGE.format(2), [("undecodable", 2)]),
        (MESSAGE.format(1) + "not json\n", [("undecodable", 2)]),
        (MESSAGE.format(1) + '{"type":"heartbeat"}\n{"type":"gap","from":null}\n' + MESSAGE.format(2), []),
        (MESSAGE.format(1) + MESSAGE.format(2)[:-4], [("torn", 2)]),
        ('{"index_id":"IDX_A","time_coinapi":"2026-11-26T09:30:00Z","value":1}\n', []),  # --fields
    ],
)
def test_what_is_wrong_is_found_at_its_line(content: str, expected: list[tuple[str, int | None]]) -> None:
    assert kinds(read(content)[1]) == expected


def test_bytes_that_are_not_utf8() -> None:
    values, findings = read((HEAD + ROW.format(1)).encode() + b"2026-11-26T09:30:00Z,\xff,1\n" + ROW.format(2).encode())
    assert len(values) == 2
    assert kinds(findings) == [("undecodable", 3)]


def test_compressed_files() -> None:
    whole = gzip.compress((HEAD + ROW.format(1) * 1000).encode())
    two = whole + gzip.compress(ROW.format(2).encode())
    assert len(read(two, "x.csv.gz")[0]) == 1001
    assert kinds(read(two[:-5], "x.csv.gz")[1]) == [("torn", None)]
    assert kinds(read(two + b"other", "x.csv.gz")[1]) == [("compression", None)]
    assert kinds(read(HEAD, "x.csv.gz")[1]) == [("compression", None)]


def test_of_many_findings_the_first_are_shown_and_the_others_counted() -> None:
    _, findings = read(HEAD + "nonsense\n" * 1000)
    assert len(findings) == record_reader.FINDINGS_SHOWN_OF_A_KIND + 1
    assert findings[-1].details == {"more": 980}


def test_a_line_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_reader, "LONGEST_LINE_BYTES", 100_000)
    monkeypatch.setattr(record_reader, "BLOCK_BYTES", 1000)
    _, findings = read(HEAD + "x" * 1_000_000)
    assert kinds(findings) == [("undecodable", None)]


ids = st.text(st.sampled_from("AB_,\"'\u00e9 "), min_size=1, max_size=5)
numbers = st.sampled_from(["1", "-0.5", "67401.10", "1e5", "0", "12345678901234567890.5"])
times = st.sampled_from(["2026-11-26T09:30:00.1234567Z", "2026-11-26T09:30:01Z", "2026-11-26T10:30:00+01:00"])
rows = st.lists(st.tuples(times, ids, numbers), max_size=30)


@given(rows, st.integers(1, 200), st.booleans())
def test_every_row_that_a_csv_reader_finds(given_rows: list[tuple[str, str, str]], block: int, crlf: bool) -> None:
    page = io.StringIO()
    csv.writer(page, lineterminator="\r\n" if crlf else "\n").writerows([HEAD.strip().split(","), *given_rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_reader, "BLOCK_BYTES", block)
        values, findings = read(page.getvalue())
    assert findings == []
    assert [(time, index_id, text) for index_id, time, text, _ in values] == given_rows


@given(rows, st.integers(1, 200))
def test_every_message_that_a_json_reader_finds(given_rows: list[tuple[str, str, str]], block: int) -> None:
    lines = [
        f'{{"type":"index","index_id":{json.dumps(index_id)},"time_coinapi":"{time}","value":{text}}}\n'
        for time, index_id, text in given_rows
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_reader, "BLOCK_BYTES", block)
        values, findings = read("".join(lines), "x.ndjson")
    assert findings == []
    assert [(time, index_id, text) for index_id, time, text, _ in values] == given_rows


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_part_of_a_value() -> None:
    for content, path in ((HEAD + ROW.format(1) + ROW.format(2), "x.csv"), (MESSAGE.format(1) * 2, "x.ndjson")):
        changed = b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
        lines = [line for portion in RecordReader(path, io.BytesIO(changed)) for line in portion.lines]
        assert lines == content.splitlines()[-2:]
        assert read(changed, path)[1] == []


@pytest.mark.parametrize("day", ["2026-02-30", "2026-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "2026-01-00"])
def test_a_day_that_there_is_not_is_not_a_time(day: str) -> None:
    for content, path in ((HEAD + ROW.format(1), "x.csv"), (MESSAGE.format(1), "x.ndjson")):
        assert [kind for kind, _ in kinds(read(content.replace("2026-11-26", day), path)[1])] == ["undecodable"]
        assert read(content.replace("2026-11-26", "2028-02-29"), path)[1] == []
