"""Files of the history in a merge: values where all captures lack something, marked, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.harness import Ended, run_here

A, B = "IDX_A", "IDX_B"
CAPTURED, MARKED = "time_coinapi,index_id,value", "time_coinapi,index_id,value,source"


def time(second: float) -> str:
    return f"2026-11-26T09:{int(second) // 60:02}:{second % 60:010.7f}Z"


def row(second: float, index_id: str = A, number: str = "1.50", source: str | None = None) -> str:
    return ",".join([time(second), index_id, number, *([] if source is None else [source])])


def write(path: Path, head: str, rows: Iterable[str]) -> str:
    path.write_text("".join(f"{line}\n" for line in [head, *rows]))
    return str(path)


def record(path: Path, output: str, *gaps: tuple[float, float]) -> None:
    fields = ({"from": time(begin), "to": time(end), "output": output} for begin, end in gaps)
    path.write_text("".join(json.dumps({"type": "gap", "kind": "connection", **each}) + "\n" for each in fields))


def merged(*arguments: str) -> Ended:
    ended = run_here("merge", *arguments)
    assert (ended.code, ended.out) == (0, ""), ended.err
    return ended


def test_one_capture_whose_gaps_are_filled(tmp_path: Path) -> None:
    before, after = [row(s + 0.25) for s in range(10)], [row(s + 0.25) for s in range(20, 70)]
    capture = write(tmp_path / "c.csv", CAPTURED, before + after)
    record(tmp_path / "c.gaps.ndjson", "c.csv", (9.25, 20.25))
    fill = write(tmp_path / "f.csv", MARKED, [row(s, A, f"{s}.0", "rest") for s in range(30)])
    ended = merged(capture, fill, "-o", str(tmp_path / "m.csv"))
    lines = (tmp_path / "m.csv").read_text().splitlines()
    filled = [row(s, A, f"{s}.0", "rest") for s in range(10, 20)]
    assert lines == [MARKED, *(f"{line}," for line in before), *filled, *(f"{line}," for line in after)]
    assert "10 values of" in ended.err
    assert "put into 1 gap, marked as rest" in ended.err
    gap = json.loads((tmp_path / "m.gaps.ndjson").read_text())
    assert (gap["filled_from"], gap["filled_values"], gap["time_coinapi_from"][11:23]) == ("rest", 10, "09:00:09.250")


def test_what_is_filled_is_never_called_whole(tmp_path: Path) -> None:
    capture = write(tmp_path / "c.csv", CAPTURED, [row(s + 0.25) for s in [*range(10), *range(20, 70)]])
    record(tmp_path / "c.gaps.ndjson", "c.csv", (9.25, 20.25))
    fill = write(tmp_path / "f.csv", MARKED, [row(s, A, "1.0", "rest") for s in range(30)])
    merged(capture, fill, "-o", str(tmp_path / "m.csv"))
    checked = run_here("check", str(tmp_path / "m.csv"))
    finding, *_, summary = map(json.loads, checked.out.splitlines())
    assert checked.code == 7
    assert "10 values of the history stand in for it" in finding["detail"]
    assert (summary["whole"], summary["from_history"], summary["findings"]) == (False, 10, {"gap": 1})


def test_only_where_all_captures_lack_something_and_only_their_indexes(tmp_path: Path) -> None:
    ids = (A, B)
    one = [row(s, i) for s in range(100) if not 10 < s < 30 for i in ids]
    two = [row(s, i) for s in range(100) if not 20 < s < 40 for i in ids]
    captures = [write(tmp_path / f"{name}.csv", CAPTURED, rows) for name, rows in (("one", one), ("two", two))]
    record(tmp_path / "one.gaps.ndjson", "one.csv", (10, 30))
    record(tmp_path / "two.gaps.ndjson", "two.csv", (20, 40))
    fill = write(tmp_path / "f.csv", MARKED, [row(s, i, "2.0", "rest") for s in range(100) for i in (*ids, "IDX_C")])
    merged(*captures, fill, "-o", str(tmp_path / "m.csv"))
    lines = (tmp_path / "m.csv").read_text().splitlines()[1:]
    filled = [line for line in lines if line.endswith("rest")]
    assert sorted(filled) == [row(s, i, "2.0", "rest") for s in range(21, 30) for i in ids]
    for index_id in ids:
        times = [line.split(",")[0] for line in lines if index_id in line]
        assert times == [time(second) for second in range(100)]


@pytest.mark.parametrize(("second", "wild"), [(5, 95), (9, 95), (25, 2), (21, 2)])
def test_one_value_with_a_wild_time_does_not_move_what_is_filled(second: int, wild: int, tmp_path: Path) -> None:
    seconds = [*range(10), *range(20, 70)]
    rows = [row(s) for s in seconds]
    rows.insert(seconds.index(second), row(wild, A, "7.0"))
    capture = write(tmp_path / "c.csv", CAPTURED, rows)
    record(tmp_path / "c.gaps.ndjson", "c.csv", (9, 20))
    fill = write(tmp_path / "f.csv", MARKED, [row(s, A, "2.0", "rest") for s in range(30)])
    merged(capture, fill, "-o", str(tmp_path / "m.csv"))
    lines = (tmp_path / "m.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines if ",7.0," not in line] == [time(s) for s in range(70)]


def test_ndjson_and_two_fills_that_overlap(tmp_path: Path) -> None:
    def message(second: float, number: int, **more: str) -> str:
        fields = {"type": "index", "index_id": A, "time_coinapi": time(second), "value": number, **more}
        return json.dumps(fields, separators=(",", ":"))

    captured = [message(s, 1) for s in [*range(10), *range(30, 60)]]
    (tmp_path / "c.ndjson").write_text("".join(f"{line}\n" for line in captured))
    record(tmp_path / "c.gaps.ndjson", "c.ndjson", (9, 30))
    for name, seconds, number in (("f", range(5, 20), 2), ("g", range(15, 40), 3)):
        lines = [message(s, number, source="rest") for s in seconds]
        (tmp_path / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines))
    merged(*(str(tmp_path / f"{name}.ndjson") for name in "cfg"), "-o", str(tmp_path / "m.ndjson"))
    found = [json.loads(line) for line in (tmp_path / "m.ndjson").read_text().splitlines()]
    assert [each["time_coinapi"] for each in found] == [time(s) for s in range(60)]
    assert [each["value"] for each in found] == [1] * 10 + [2] * 10 + [3] * 10 + [1] * 30
    assert {each["value"] for each in found if "source" in each} == {2, 3}


def test_columns_of_its_own_stay_empty_in_what_is_filled(tmp_path: Path) -> None:
    head = "index_id,time_coinapi,value,latency_ms"
    rows = [f"{A},{time(s)},1.5,3" for s in [*range(10), *range(20, 70)]]
    capture = write(tmp_path / "c.csv", head, rows)
    record(tmp_path / "c.gaps.ndjson", "c.csv", (9, 20))
    fill = write(tmp_path / "f.csv", MARKED, [row(s, A, "2.0", "rest") for s in range(30)])
    merged(capture, fill, "-o", str(tmp_path / "m.csv"))
    lines = (tmp_path / "m.csv").read_text().splitlines()
    assert (lines[0], lines[1], lines[11]) == (f"{head},source", f"{rows[0]},", f"{A},{time(10)},2.0,,rest")


def test_what_cannot_be_merged(tmp_path: Path) -> None:
    fill = write(tmp_path / "f.csv", MARKED, [row(s, A, "2.0", "rest") for s in range(3)])
    other = write(tmp_path / "g.csv", MARKED, [row(s, A, "2.0", "rest") for s in range(3)])
    capture = tmp_path / "c.ndjson"
    capture.write_text(f'{{"type":"index","index_id":"{A}","time_coinapi":"{time(1)}","value":1}}\n')
    only_fills = run_here("merge", fill, other, "-o", str(tmp_path / "m.csv"))
    of_two_formats = run_here("merge", str(capture), fill, "-o", str(tmp_path / "m.ndjson"))
    assert (only_fills.code, of_two_formats.code) == (2, 2)
    assert "all of these are from the history" in only_fills.err
    assert "another format than that of the captures" in of_two_formats.err
