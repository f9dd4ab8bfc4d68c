"""Several -o: each gets every value, the slowest holds all back, and the first that fails ends the run."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.watch.destinations import Destination, destinations_of
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_for_lines, wait_until
from tests.cli.watch.floods.flooded import sending, value
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run, run_here

INDEX = "IDX_REFRATE_PRIMKT_BTC_USD"


def chosen(*outputs: str, format_name: str = "auto", is_terminal: bool = False) -> list[tuple[str, str | None]]:
    destinations = destinations_of(outputs, format_name, is_terminal=is_terminal)
    return [(destination.format, destination.target) for destination in destinations]


def test_each_has_the_format_of_its_name_and_f_is_for_what_has_none() -> None:
    assert chosen("-", "a.csv.gz") == [("ndjson", None), ("csv", "a.csv.gz")]
    assert chosen("a.csv", "b.ndjson", "c") == [("csv", "a.csv"), ("ndjson", "b.ndjson"), ("ndjson", "c")]
    assert chosen("a.ndjson", "c", format_name="csv") == [("ndjson", "a.ndjson"), ("csv", "c")]
    assert chosen("-", "a.ndjson", format_name="csv") == [("csv", None), ("ndjson", "a.ndjson")]
    assert chosen("-", "a.csv", is_terminal=True) == [("table", None), ("csv", "a.csv")]


def test_a_table_beside_files() -> None:
    assert chosen("a.csv", format_name="table", is_terminal=True) == [("table", None), ("csv", "a.csv")]
    assert chosen("-", format_name="table", is_terminal=True) == [("table", None)]
    with pytest.raises(UsageError, match="needs a terminal"):
        chosen("a.csv", format_name="table")
    with pytest.raises(UsageError, match="does not say which format it has"):
        chosen("a", format_name="table", is_terminal=True)


@pytest.mark.parametrize("name", ["a.csv", "-", "nowhere://me:PASSWORD@host"])
def test_one_that_is_given_twice_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinapi_idx_cli.cli.watch.destinations.check_scheme", lambda _scheme: None)
    with pytest.raises(UsageError, match="is given twice") as caught:
        chosen(name, "b.csv", name)
    assert "PASSWORD" not in str(caught.value)


def test_f_contradicts_only_when_every_file_has_a_format() -> None:
    with pytest.raises(UsageError, match="contradict each other"):
        chosen("a.csv", "b.ndjson", format_name="csv")
    (destination,) = destinations_of(["a.csv"], "ndjson", is_terminal=True, is_flag=False)
    assert destination == Destination("csv", "a.csv")


def test_every_output_gets_every_value(tmp_path: Path) -> None:
    csv_file, packed, pipe = tmp_path / "a.csv", tmp_path / "b-%Y.ndjson.gz", tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with Simulator(rate=2000, record=True) as sim:
        outputs = ("-o", str(csv_file), "-o", str(packed), "-o", "-", "-o", str(pipe))
        done = run("watch", "--all", "--url", sim.url, "-n", "200", *outputs)
        assert done.wait() == 0
    (packed_file,) = tmp_path.glob("b-*.ndjson.gz")
    lines = done.out.lines
    assert len(lines) == 200
    assert gzip.decompress(packed_file.read_bytes()).decode().splitlines() == lines
    assert b"".join(iter(lambda: os.read(reader, 1 << 20), b"")).decode().splitlines() == lines
    os.close(reader)
    messages = [json.loads(line) for line in lines]
    rows = [line.split(",")[:2] for line in csv_file.read_text().splitlines()[1:]]
    assert rows == [[message["time_coinapi"], message["index_id"]] for message in messages]


def test_a_reader_that_goes_away_ends_the_run_after_the_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    read, write = os.pipe()
    with Simulator(rate=0) as sim:
        command = [*COMMAND, "watch", INDEX, "--url", sim.url, "-o", "-", "-o", str(path)]
        with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, env=environment()) as process:
            os.close(write)
            sim.wait_for_peer()
            sim.publish(INDEX, 1.5)
            wait_for_lines(path, 2)
            os.close(read)
            sim.publish(INDEX, 2.5)
            _, err = process.communicate(timeout=GENEROUS_S)
    assert (process.returncode, err) == (141, b"")
    values = [line.rpartition(",")[2] for line in path.read_text().splitlines()[1:]]
    assert values in (["1.5"], ["1.5", "2.5"])  # by whether poll or the write noticed it first


def test_a_full_disk_ends_the_run_after_the_others_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with (
        Simulator(rate=0) as sim,
        Running(
            "watch", INDEX, "--url", sim.url, "-f", "csv", "-o", "/dev/full", "-o", str(path), "-o", "-"
        ) as running,
    ):
        sim.wait_for_peer()
        sim.publish(INDEX, 1.5)
        assert running.wait() == 6
        assert "/dev/full" in running.err.lines[-1]
        assert "No space left" in running.err.lines[-1]
        assert len(running.out.lines) == 2
    assert path.read_text().count("\n") == 1


def test_the_slowest_holds_all_back_and_is_named(tmp_path: Path) -> None:
    count, path, pipe = 30_000, tmp_path / "a.csv", tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def values() -> Iterator[bytes]:
        for begin in range(0, count, 100):
            yield b"".join(value("IDX_A", number, padding=1000) for number in range(begin, begin + 100))

    with sending(values) as port:
        outputs = ("-o", str(path), "-o", str(pipe))
        with Running("watch", "--all", "--url", f"ws://127.0.0.1:{port}", "-n", str(count), *outputs) as running:
            running.err.wait_until(f"the reader of {pipe} is slower than the feed; the server is held back")
            os.set_blocking(reader, True)
            taken = b"".join(iter(lambda: os.read(reader, 1 << 20), b""))
            assert running.wait() == 0
    os.close(reader)
    assert path.read_bytes().count(b"\n") == count + 1
    assert taken.count(b"\n") == count


def test_files_of_which_one_is_in_use_are_not_begun(tmp_path: Path) -> None:
    taken, free = tmp_path / "taken.csv", tmp_path / "free.csv"
    with Simulator(rate=0) as sim, Running("watch", INDEX, "--url", sim.url, "-o", str(taken)) as first:
        sim.wait_for_peer()
        sim.publish(INDEX, 1.5)
        wait_for_lines(taken, 2)
        second = run("watch", INDEX, "--url", sim.url, "-o", str(free), "-o", str(taken))
        assert second.wait() == 6
        assert "is being written by another run" in second.err.text
        first.interrupt()
    assert not free.exists()


def test_wait_lock_takes_over_each_file_that_another_run_has(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.ndjson"]
    outputs = [word for path in files for word in ("-o", str(path))]
    with Simulator(rate=500, record=True) as sim:
        with Running("watch", "--all", "--url", sim.url, *outputs) as first:
            wait_for_lines(files[0], 50)
            with Running("watch", "--all", "--url", sim.url, *outputs, "--wait-lock", "60s", "-v") as second:
                second.err.wait_until("connected")
                wait_for_lines(files[0], 300)
                first.interrupt()
                assert first.wait() == 130
                wait_until(lambda: sum("took over the file" in line for line in list(second.err.lines)) == 2)
                wait_for_lines(files[1], 600)
                second.interrupt()
                assert second.wait() == 130
        published = [json.loads(text) for text in sim.record]
    identities = [(message["time_coinapi"], message["index_id"]) for message in published]
    in_csv = [(line.split(",")[0], line.split(",")[1]) for line in files[0].read_text().splitlines()[1:]]
    in_json = [(each["time_coinapi"], each["index_id"]) for each in map(json.loads, files[1].read_text().splitlines())]
    assert in_csv == in_json
    begin = identities.index(in_csv[0])
    assert in_csv == identities[begin : begin + len(in_csv)]


def test_the_event_log_cannot_be_any_of_them(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    done = run_here("watch", "--demo", "-o", str(tmp_path / "a.csv"), "-o", str(log), "--event-log", str(log))
    assert (done.code, "is the file that values go to" in done.err) == (2, True)


def test_settings_may_list_them(tmp_path: Path) -> None:
    config, files = tmp_path / "config.toml", [tmp_path / "a.csv", tmp_path / "b.ndjson"]
    config.write_text(f"output = ['{files[0]}', '{files[1]}']\n")
    assert run_here("watch", "--demo", "-n", "2", "--config", str(config), "-q").code == 0
    assert [path.read_text().count("\n") for path in files] == [3, 2]
    only = tmp_path / "only.csv"
    assert run_here("watch", "--demo", "-n", "1", "--config", str(config), "-q", "-o", str(only)).code == 0
    assert [path.read_text().count("\n") for path in (*files, only)] == [3, 2, 2]
