"""`idxstream watch -o`: names, formats, one writer, and what is refused; a real process and a real feed."""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_for_lines, wait_until
from tests.harness import COMMAND, GENEROUS_S, environment, run
from tests.sinks.files.files import KINDS, check_with_the_tool, content

INDEX = "IDX_REFRATE_VWAP_BTC"
CSV_HEAD = ["time_coinapi", "index_id", "value"]
ROOM_BYTES = 64 * 1024


def rows_of(sim: Simulator) -> list[list[str]]:
    """Of the record, as csv tells it."""
    messages = [json.loads(line, parse_float=str, parse_int=str) for line in sim.record]
    return [[message[name] for name in CSV_HEAD] for message in messages]


def rows_in(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@pytest.mark.parametrize("suffix", KINDS)
def test_all_that_was_published_is_in_the_file_and_the_next_run_goes_on(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / f"x.csv{suffix}"
    with Simulator(rate=0, record=True) as sim:
        for number in range(1, 4):
            with capture(sim, path, "-n", "50") as running:
                sim.wait_for_peer(number)
                for value in range(50):
                    sim.publish(INDEX, value + 0.5)
                assert running.wait() == 0
            assert running.out.lines == []
            assert ["a gap of" in line for line in running.err.lines] == [True] * (number > 1)
            assert rows_in(content(path)) == [CSV_HEAD, *rows_of(sim)]
            if suffix:
                check_with_the_tool(path)


def test_names_by_the_second_lose_and_double_nothing(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0, record=True) as sim:
        with capture(sim, tmp_path / "%Y" / "%H%M%S.csv", "--event-log", str(log)) as running:
            sim.wait_for_peer()
            sim.start_walk(1000)
            wait_until(lambda: log.read_text().count('"event":"rotated"') >= 3)
            sim.stop_walk()
            sim.publish(INDEX, "987654321.125")
            wait_until(lambda: any("987654321.125" in path.read_text() for path in tmp_path.glob("*/*.csv")))
            running.interrupt()
            assert running.wait() == 130
        assert running.err.lines == []
        files = [rows_in(path.read_bytes()) for path in sorted(tmp_path.glob("*/*.csv"))]
        assert len(files) >= 4
        assert all(rows[0] == CSV_HEAD and rows.count(CSV_HEAD) == 1 for rows in files)
        assert [(row[0], row[1], float(row[2])) for rows in files for row in rows[1:]] == [
            (row[0], row[1], float(row[2])) for row in rows_of(sim)
        ]


@pytest.mark.parametrize(
    ("name", "is_csv"),
    [("x.csv.gz", True), ("x.ndjson.zst", False), ("x.jsonl", False), ("x.txt", False), ("x", False)],
)
def test_the_name_says_the_format(name: str, is_csv: bool, tmp_path: Path) -> None:
    assert run("watch", "--demo", "-n", "3", "-o", str(tmp_path / name)).wait() == 0
    first = content(tmp_path / name).decode().splitlines()[0]
    assert first == ",".join(CSV_HEAD) if is_csv else json.loads(first)["type"] == "index"


def test_the_format_that_is_asked_for_wins_and_no_header_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    assert run("watch", "--demo", "-n", "3", "-f", "csv", "--no-header", "-o", str(path)).wait() == 0
    rows = rows_in(path.read_bytes())
    assert (len(rows), [len(row) for row in rows]) == (3, [3, 3, 3])


def test_a_hyphen_is_stdout() -> None:
    done = run("watch", "--demo", "-n", "3", "-o", "-")
    assert (done.wait(), len(done.out.lines), done.err.lines) == (0, 3, [])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-o", "x.csv", "-f", "table"], "-f table needs a terminal, and stdout is not one"),
        (["-o", "x-%Q.csv"], "%Q is not a field"),
        (["-o", "x-%"], "is not a field"),
        (["-o", "folder/"], "does not name a file"),
        (["-o", ""], "does not name a file"),
        (["-o", "-", "--fsync", "1s"], "needs an --output file"),
        (["--fsync", "1s"], "needs an --output file"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(arguments: list[str], word: str) -> None:
    done = run("watch", "--demo", *arguments)
    (line,) = done.err.lines
    assert done.wait() == 2
    assert word in line


def test_without_the_package_zst_is_a_usage_error_that_says_what_to_install(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['zstandard'] = None; from coinapi_idx_cli.__main__ import main; main()"
    command = [COMMAND[0], "-c", blocked, "watch", "--demo", "-n", "1", "-o"]
    codes = []
    for name in ("x.zst", "x.gz"):
        done = subprocess.run(
            [*command, str(tmp_path / name)], capture_output=True, text=True, env=environment(), check=False
        )
        codes.append(done.returncode)
        if name == "x.zst":
            (line,) = done.stderr.splitlines()
            assert "pip install 'idxstream[zstd]'" in line
    assert codes == [2, 0]
    assert not (tmp_path / "x.zst").exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("folder", "Is a directory"),
        ("file/x.csv", "Not a directory"),
        ("/proc/x.csv", "(No such file or directory|Permission denied)"),  # read-only, also for root
    ],
)
def test_a_path_that_cannot_be_written_is_named_with_exit_6(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / name
    done = run("watch", "--demo", "-o", str(path))
    (line,) = done.err.lines
    assert done.wait() == 6
    assert re.search(f"cannot open {path}: {why}", line)


def test_other_columns_than_the_files_are_refused_with_exit_6(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("index_id,value\nA,1\n")
    done = run("watch", "--demo", "-o", str(path))
    (line,) = done.err.lines
    assert done.wait() == 6
    assert "x.csv has the columns index_id,value, not time_coinapi,index_id,value" in line
    assert path.read_text() == "index_id,value\nA,1\n"


def test_a_torn_line_is_taken_off_and_kept_where_the_warning_says(tmp_path: Path) -> None:
    path, log = tmp_path / "x.csv", tmp_path / "events"
    path.write_text(",".join(CSV_HEAD) + "\n2026,A,1\n2026,B")
    done = run("watch", "--demo", "-n", "2", "-o", str(path), "--event-log", str(log))
    assert done.wait() == 0
    assert f"warning: {path} ended within a line; the torn end is in {path}.torn now" in done.err.text
    assert Path(f"{path}.torn").read_text() == "2026,B"
    rows = rows_in(path.read_bytes())
    assert rows[:2] == [CSV_HEAD, ["2026", "A", "1"]]
    assert (len(rows), {len(row) for row in rows}) == (4, {3})
    (repaired,) = [line for line in log.read_text().splitlines() if '"repaired"' in line]
    assert json.loads(repaired)["text"] == "2026,B"


def test_a_second_writer_is_refused_and_the_first_unharmed(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    with Simulator(rate=0, record=True) as sim, capture(sim, path) as first:
        sim.wait_for_peer()
        sim.publish(INDEX, -1)
        wait_for_lines(path, 1)
        for number in range(3):
            second = run("watch", "--all", "--url", sim.url, "-o", str(path))
            (line,) = second.err.lines
            assert second.wait() == 6
            assert f"x.ndjson is being written by another run, process {first.process.pid};" in line
            sim.publish(INDEX, number)
            assert wait_for_lines(path, number + 2) == sim.record
        first.interrupt(signal.SIGTERM)
        assert first.wait() == 143


@pytest.mark.unmeasured
@pytest.mark.parametrize("suffix", KINDS)
def test_a_full_disk_ends_it_with_a_whole_line_and_room_lets_it_go_on(suffix: str, tmp_path: Path) -> None:
    """A limit of the file's size is met as a full disk is: by a short write, and then an error."""
    path = tmp_path / f"x.csv{suffix}"
    with Simulator(rate=20_000, max_buffered=10**9) as sim, capture(sim, path) as running:
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, ROOM_BYTES))
        assert running.wait() == 6
        (line,) = running.err.lines
        assert f"cannot write {path}: File too large" in line
        assert ROOM_BYTES * 0.5 < path.stat().st_size <= ROOM_BYTES
        left = content(path)
        assert left.endswith(b"\n")
        with capture(sim, path, "-n", "1000") as running:
            assert running.wait(GENEROUS_S) == 0
        (line,) = running.err.lines
        assert "a gap of" in line
    assert content(path).startswith(left)
    rows = rows_in(content(path))
    assert rows.count(CSV_HEAD) == 1
    assert {len(row) for row in rows} == {3}
    assert len(rows) == len(rows_in(left)) + 1000
