"""--gaps: what a capture lacks, as its record of gaps says, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from tests.harness import Ended, run_here
from tests.history.past_server import BEGIN, PastServer, past, values

ID = "IDX_REFRATE_PRIMKT_BTC_USD"


def at(seconds: float) -> str:
    return f"{(BEGIN + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S.%f')}0Z"


def gap(begin: float, end: float, late_s: float = 0.3) -> str:
    times = {"time_coinapi_from": at(begin), "time_coinapi_to": at(end)}
    received = {"from": at(begin + late_s), "to": at(end + late_s), "seconds": end - begin}
    return json.dumps({"type": "gap", "kind": "connection", "output": "x.csv", **received, **times}) + "\n"


def filled(tmp_path: Path, text: str, server: PastServer, *arguments: str) -> tuple[Ended, list[str]]:
    record = tmp_path / "x.gaps.ndjson"
    record.write_text(text)
    with past(server):
        ended = run_here("history", ID, "--gaps", str(record), "--rest-url", server.url, "-f", "csv", *arguments)
    return ended, [line.split(",")[2] for line in ended.out.splitlines()[1:]]


def test_whole_seconds_between_what_was_received(tmp_path: Path) -> None:
    server = PastServer(**{ID: values(200)})
    ended, numbers = filled(tmp_path, gap(10.25, 13.5) + gap(50, 60) + gap(12.9, 15.1), server)
    assert numbers == [f"{n}.50" for n in [11, 12, 13, 14, *range(51, 60)]]
    assert {query["time_end"] for _, query in server.asked} <= {"2024-09-01T00:00:15Z", "2024-09-01T00:01:00Z"}
    assert ended.code == 0


def test_receipt_times_where_there_are_no_others(tmp_path: Path) -> None:
    line = json.dumps({"type": "gap", "kind": "not_running", "from": at(20.5), "to": at(23.5)}) + "\n"
    assert filled(tmp_path, line, PastServer(**{ID: values(200)}))[1] == ["21.50", "22.50"]


def test_what_is_shorter_than_whole_seconds_is_said(tmp_path: Path) -> None:
    server = PastServer(**{ID: values(200)})
    ended, numbers = filled(tmp_path, gap(10.1, 11.9), server)
    assert (ended.code, numbers, server.asked) == (0, [], [])
    assert (
        "the gap from 2024-09-01T00:00:10.100Z to 2024-09-01T00:00:11.900Z has no whole second in it: "
        "it cannot be filled" in ended.err
    )


def test_what_the_history_lacks_is_said(tmp_path: Path) -> None:
    server = PastServer(**{ID: values(20)})
    ended, numbers = filled(tmp_path, gap(10, 15) + gap(500, 600), server)
    assert (ended.code, len(numbers)) == (0, 4)
    assert f"the history has nothing of {ID} from 2024-09-01T00:08:21Z to 2024-09-01T00:10:00Z" in ended.err


def test_lines_that_say_too_little(tmp_path: Path) -> None:
    text = gap(10, 15) + '{"type":"gap","from":"' + at(20) + '","to":null}\n{"type":"ga'
    ended, numbers = filled(tmp_path, text, PastServer(**{ID: values(200)}))
    assert (ended.code, len(numbers)) == (0, 4)
    assert "line 2 does not say from when to when" in ended.err
    assert "line 3 is not a gap" in ended.err


def test_it_contradicts_since(tmp_path: Path) -> None:
    ended, _ = filled(tmp_path, gap(10, 15), PastServer(), "--since", "2h")
    assert ended.code == 2
    missing = run_here("history", ID, "--gaps", str(tmp_path / "none"), "--rest-url", "http://127.0.0.1:1")
    assert (missing.code, "cannot read --gaps" in missing.err) == (2, True)


def test_the_home_of_an_unknown_user_is_a_file_that_is_not_there() -> None:
    ended = run_here("history", ID, "--gaps", "~nosuchuser/x.gaps.ndjson", "--rest-url", "http://127.0.0.1:9")
    assert ended.code == 2
    assert "cannot read --gaps ~nosuchuser/x.gaps.ndjson: No such file or directory" in ended.err


def test_what_has_no_lines_is_not_read_to_its_end(tmp_path: Path) -> None:
    record = tmp_path / "x.gaps.ndjson"
    with record.open("wb") as file:
        file.truncate(1 << 40)  # of zeros, that take no room on the disk and all of the memory
    ended = run_here("history", ID, "--gaps", str(record), "--rest-url", "http://127.0.0.1:9")
    assert ended.code == 2
    assert f"--gaps {record} holds a line of more than 1 MiB" in ended.err
