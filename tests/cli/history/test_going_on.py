"""A run that was killed goes on from what its file holds, without asking for it again."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.harness import COMMAND, GENEROUS_S, Ended, Running, environment, run_here
from tests.history.past_server import BEGIN, PastServer, bars, past, value_row, values

ID, OTHER = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_VWAP_BTC"
DAYS = ("--since", "2024-09-01", "--until", "2024-09-02", "--period", "1MIN")
HOUR = ("--since", "2024-09-01", "--until", "2024-09-01T01:00:00Z")
MINUTES_A_DAY = 1440
CALLS_A_DAY = 15


def get(server: PastServer, path: Path | str, *arguments: str, ids: tuple[str, ...] = (ID,)) -> Ended:
    return run_here("history", *ids, "--rest-url", server.url, "-o", str(path), *arguments)


def killed_at(request: int, server: PastServer, path: Path | str, *arguments: str, ids: tuple[str, ...] = (ID,)) -> int:
    """Kill a run while it waits for the answer to that request. How many requests were answered before."""
    is_asked, is_over = threading.Event(), threading.Event()

    def hold(_: BaseHTTPRequestHandler) -> None:
        is_asked.set()
        is_over.wait(GENEROUS_S)

    server.faults = {request: hold}
    with Running("history", *ids, "--rest-url", server.url, "-o", str(path), *arguments) as running:
        assert is_asked.wait(GENEROUS_S)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(GENEROUS_S)
    is_over.set()
    return request - 1


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()


@pytest.mark.parametrize("name", ["bars.csv", "bars.ndjson", "bars.csv.gz"])
def test_bars_after_a_kill_cost_one_call_more_at_most(name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / name, tmp_path / f"whole-{name}"
    with past(PastServer(**{ID: bars(MINUTES_A_DAY)})) as server:
        assert get(server, whole, *DAYS).code == 0
        assert len(server.asked) == CALLS_A_DAY
        server.asked.clear()
        killed_at(8, server, path, *DAYS)
        assert len(text_of(path).splitlines()) - ("csv" in name) == 700
        ended = get(server, path, *DAYS)
        assert len(server.asked) <= CALLS_A_DAY + 1
        assert text_of(path) == text_of(whole)
        assert "700 were there already" in ended.err
        server.asked.clear()
        again = get(server, path, *DAYS)
        assert (again.code, server.asked, text_of(path)) == (0, [], text_of(whole))


def test_values_after_a_kill_also_within_a_second(tmp_path: Path) -> None:
    rows = [value_row(BEGIN + timedelta(seconds=n // 7), f"{n}.5") for n in range(1000)]
    path, whole = tmp_path / "values.csv", tmp_path / "whole.csv"
    with past(PastServer(**{ID: rows})) as server:
        get(server, whole, *HOUR)
        calls = len(server.asked)
        server.asked.clear()
        killed_at(7, server, path, *HOUR)
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[:-4]) + lines[-4][:30])  # within a second, and torn
        get(server, path, *HOUR)
        assert path.read_text() == whole.read_text()
        assert len(server.asked) <= calls + 3


def test_several_indexes_and_a_file_a_day_by_the_time_of_the_value(tmp_path: Path) -> None:
    other = [(at, row | {"value_close": "#7.70"}) for at, row in bars(2000)]
    arguments = ("--since", "2024-09-01", "--until", "2024-09-03", "--period", "1MIN")
    pattern, whole = str(tmp_path / "b-%m-%d.csv"), tmp_path / "whole.csv"
    with past(PastServer(**{ID: bars(2880), OTHER: other})) as server:
        get(server, whole, *arguments, ids=(ID, OTHER))
        server.asked.clear()
        killed_at(40, server, pattern, *arguments, ids=(ID, OTHER))
        assert (tmp_path / "b-09-02.csv").exists()
        get(server, pattern, *arguments, ids=(ID, OTHER))
    first, second = ((tmp_path / f"b-09-0{day}.csv").read_text() for day in (1, 2))
    assert first + "".join(second.splitlines(keepends=True)[1:]) == whole.read_text()
    assert all("2024-09-01T" in line for line in first.splitlines()[1:])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_all_that_came(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    is_asked, is_over = threading.Event(), threading.Event()

    def hold(_: BaseHTTPRequestHandler) -> None:
        is_asked.set()
        is_over.wait(GENEROUS_S)

    with past(PastServer(**{ID: bars(MINUTES_A_DAY)})) as server:
        server.faults = {5: hold}
        with Running("history", ID, "--rest-url", server.url, "-o", str(path), *DAYS) as running:
            assert is_asked.wait(GENEROUS_S)
            running.interrupt(number)
            assert running.wait() == 128 + number
        is_over.set()
    assert len(path.read_text().splitlines()) == 401
    assert "goes on from here: 400 bars; 4 calls" in running.err.text


@pytest.mark.slow
def test_a_signal_ends_it_also_when_nobody_reads_what_came() -> None:
    with past(PastServer(**{ID: bars(MINUTES_A_DAY)})) as server:
        command = [*COMMAND, "history", ID, "--rest-url", server.url, *DAYS, "--page-size", "1000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert os.read(process.stdout.fileno(), 1) == b"{"  # of a page that is more than a pipe holds
            process.send_signal(signal.SIGINT)
            assert process.wait(GENEROUS_S) == 130
            assert b"the reader of the output did not take" in process.stderr.read()
        assert len(server.asked) == 1


def test_a_reader_that_goes_away_ends_it() -> None:
    with past(PastServer(**{ID: bars(MINUTES_A_DAY)})) as server:
        command = [*COMMAND, "history", ID, "--rest-url", server.url, *DAYS]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith(b'{"type":"bar"')
            process.stdout.close()
            assert (process.wait(GENEROUS_S), process.stderr.read()) == (141, b"")
        assert len(server.asked) < CALLS_A_DAY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{bars}", "holds bars of another length than 5MIN"),
        ("{other}", f"holds {OTHER}, which is not among the ids"),
        ("{capture}", "has the columns time_coinapi,index_id,value"),
        ("{values}", "has the columns time_coinapi,index_id,value,source"),
        ("{backwards}", "is not in order of time"),
        ("{from_elsewhere}", "holds a line that this command does not write"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_and_stays_as_it_is(text: str, words: str, tmp_path: Path) -> None:
    head = "index_id,time_start,time_end,open,high,low,close,count,complete,source\n"

    def bar(minute: int, index_id: str = ID, length: int = 5, source: str = "rest") -> str:
        times = (f"2024-09-01T00:{each:02}:00.0000000Z" for each in (minute, minute + length))
        return f"{index_id},{','.join(times)},1,1,1,1,1,true,{source}\n"

    contents = {
        "bars": head + bar(0, length=1),
        "other": head + bar(0) + bar(5, OTHER),
        "capture": "time_coinapi,index_id,value\n",
        "values": "time_coinapi,index_id,value,source\n",
        "backwards": head + bar(5) + bar(0),
        "from_elsewhere": head + bar(0, source="feed"),
    }
    path = tmp_path / "x.csv"
    path.write_text(text.format(**contents))
    with past(PastServer(**{ID: bars(288, minutes=5)})) as server:
        ended = get(server, path, *DAYS[:-1], "5MIN")
        assert server.asked == []
    assert (ended.code, words in ended.err, path.read_text()) == (6, True, text.format(**contents)), ended.err


def test_a_file_that_lacks_what_comes_before_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with past(PastServer(**{ID: bars(300), OTHER: bars(300)})) as server:
        get(server, path, "--since", "2024-09-01T01:00:00", "--until", "2024-09-01T02:00:00", "--period", "1MIN")
        text = path.read_text()
        earlier = get(server, path, *DAYS)
        more_ids = get(server, path, "--since", "2024-09-01T01:00:00", *DAYS[2:], ids=(ID, OTHER))
        assert path.read_text() == text
        later = get(server, path, "--since", "2024-09-01T01:00:00", *DAYS[2:])
    assert (earlier.code, more_ids.code, later.code) == (6, 6, 0)
    assert f"lacks {ID} from 2024-09-01T00:00:00" in earlier.err
    assert f"lacks {OTHER} from 2024-09-01T01:00:00" in more_ids.err
    assert len(path.read_text().splitlines()) == 241


def test_a_history_that_begins_later_than_asked_for_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with past(PastServer(**{ID: values(600)})) as server:
        get(server, path, "--since", "2024-08-31T23:00:00", "--until", "2024-09-01T00:05:00", "--max-calls", "9999")
        assert get(server, path, "--since", "2024-08-31T23:00:00", *HOUR[2:], "--max-calls", "9999").code == 0
    assert len(path.read_text().splitlines()) == 601
