"""--wait-lock: two runs on one file, and not a line lost or doubled between them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Running, run

Identity = tuple[str, str, float]


@contextmanager
def feed() -> Iterator[Simulator]:
    with Simulator(rate=0, record=True, max_buffered=10**9) as sim:
        yield sim


def capture(sim: Simulator, path: Path, *arguments: str) -> Running:
    return Running("watch", "--all", "--url", sim.url, "-o", str(path), *arguments)


def wait_until_grown(path: Path, size: int = 0) -> None:
    until_s = time.monotonic() + GENEROUS_S
    while not path.exists() or path.stat().st_size <= size:
        assert time.monotonic() < until_s
        time.sleep(0.005)


def wait_until_written(path: Path, sim: Simulator, count: int) -> None:
    """The value that was published with that number."""
    until_s = time.monotonic() + GENEROUS_S
    while len(sim.record) < count or published(sim)[count - 1] not in found_in(path):
        assert time.monotonic() < until_s
        time.sleep(0.02)


def found_in(path: Path) -> list[Identity]:
    """Read in the middle of a write there may be half of it."""
    try:
        return identities(path)
    except (FileNotFoundError, ValueError, TypeError, EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError):
        return []


def identities(path: Path) -> list[Identity]:
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    if path.suffix == ".zst":
        raw = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw), read_across_frames=True).read()
    text = raw.decode()
    rows = csv.DictReader(io.StringIO(text)) if ".csv" in path.name else map(json.loads, text.splitlines())
    return [(row["index_id"], row["time_coinapi"], float(row["value"])) for row in rows]


def published(sim: Simulator) -> list[Identity]:
    return [(row["index_id"], row["time_coinapi"], row["value"]) for row in map(json.loads, sim.record)]


@pytest.mark.parametrize("name", ["ticks.ndjson", "ticks.csv", "ticks.csv.gz", "ticks.ndjson.zst"])
@pytest.mark.parametrize("late", [1, 2])
def test_the_second_run_goes_on_where_the_first_one_stopped(name: str, late: int, tmp_path: Path) -> None:
    """`late` is the run that receives everything a third of a second after the other."""
    path = tmp_path / name
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1).delay_s = 0.3 if late == 1 else 0.0
        sim.start_walk(2000)
        wait_until_grown(path, 1000)
        with capture(sim, path, "--wait-lock", "60s") as second:
            sim.wait_for_peer(2, GENEROUS_S).delay_s = 0.3 if late == 2 else 0.0
            wait_until_written(path, sim, len(sim.record) + 500)  # both have received some of it
            first.interrupt(signal.SIGTERM)
            assert first.wait() == 143
            wait_until_written(path, sim, len(sim.record) + 500)
            sim.stop_walk()
            wait_until_written(path, sim, len(sim.record))
            second.interrupt(signal.SIGTERM)
            assert second.wait() == 143
            assert second.err.lines == []
        written = identities(path)
        assert written == published(sim)


def test_a_first_run_that_rotates_meanwhile_is_waited_for_too(tmp_path: Path) -> None:
    pattern = tmp_path / "%H%M%S.ndjson"
    with feed() as sim, capture(sim, pattern) as first:
        sim.wait_for_peer(1)
        sim.start_walk(1000)
        wait_for_files(tmp_path, 2)  # the one of the start may stay empty, if a second ends there
        with capture(sim, pattern, "--wait-lock", "60s", "-v") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            wait_for_files(tmp_path, 4)
            first.interrupt()
            assert first.wait() == 130
            second.err.wait_until("is complete")
            sim.stop_walk()
            last = sim.record[-1]
            until_s = time.monotonic() + GENEROUS_S
            while last not in newest(tmp_path).read_text():
                assert time.monotonic() < until_s
                time.sleep(0.02)
            second.interrupt()
            assert second.wait() == 130
        assert "".join(path.read_text() for path in sorted(tmp_path.iterdir())).splitlines() == sim.record


def wait_for_files(folder: Path, count: int) -> list[Path]:
    until_s = time.monotonic() + GENEROUS_S
    while len(files := sorted(folder.iterdir())) < count:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    return files


def newest(folder: Path) -> Path:
    return max(folder.iterdir())


def test_a_file_that_is_moved_away_meanwhile_is_compared_all_the_same(tmp_path: Path) -> None:
    path, moved = tmp_path / "ticks.ndjson", tmp_path / "ticks.ndjson.1"
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        sim.start_walk(2000)
        wait_until_grown(path)
        with capture(sim, path, "--wait-lock", "60s") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            wait_until_written(path, sim, len(sim.record) + 200)
            path.rename(moved)
            first.interrupt(signal.SIGHUP)
            wait_until_grown(path)
            first.interrupt()
            assert first.wait() == 130
            wait_until_written(path, sim, len(sim.record) + 200)
            sim.stop_walk()
            wait_until_written(path, sim, len(sim.record))
            second.interrupt()
            assert second.wait() == 130
        assert identities(moved) + identities(path) == published(sim)


@pytest.mark.parametrize("foreign", [b"hello", b"7", b'{"index_id":1}', b'{"type":"gap"}', b"\xff"])
def test_lines_of_somebody_else_do_not_matter(foreign: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ticks.ndjson"
    path.write_bytes(foreign + b"\n")
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        with capture(sim, path, "--wait-lock", "60s", "-n", "2") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            sim.publish("IDX_REFRATE_VWAP_BTC", 1.5)
            wait_until_grown(path, len(foreign) + 1)
            first.interrupt()
            assert first.wait() == 130
            sim.publish("IDX_REFRATE_VWAP_BTC", 2.5)
            assert second.wait() == 0
        assert path.read_bytes().split(b"\n")[1:] == [*(line.encode() for line in sim.record), b""]


def test_a_run_that_still_has_the_name_before_is_in_the_way(tmp_path: Path) -> None:
    """It has received nothing since the name changed, and will want the new one with its next value."""
    before = tmp_path / time.strftime("%Y", time.gmtime(time.time() - 366 * 86_400))
    with feed() as sim, Running("watch", "--all", "--url", sim.url, "-o", str(before)) as first:
        sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1.5)
        wait_until_grown(before)
        done = run("watch", "--all", "--url", sim.url, "-o", str(tmp_path / "%Y"), "-d", "1s")
        assert done.wait() == 6
        assert f"{before} is being written by another run, process {first.process.pid}" in done.err.text
        first.interrupt()
        assert first.wait() == 130


def test_what_nobody_received_is_a_gap(tmp_path: Path) -> None:
    """The first run lags by more than the second one waits."""
    path, log = tmp_path / "ticks.csv", tmp_path / "events"
    with feed() as sim, capture(sim, path) as first:
        peer = sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1.5)
        wait_until_written(path, sim, 1)
        peer.freeze()
        sim.publish("IDX_REFRATE_VWAP_BTC", 2.5)
        with capture(sim, path, "--wait-lock", "60s", "--stats", "50ms", "--event-log", str(log)) as second:
            sim.wait_for_peer(2, GENEROUS_S)
            sim.publish("IDX_REFRATE_VWAP_BTC", 3.5)
            second.err.wait_until("live: 1 value")
            first.interrupt()
            second.err.wait_until("a gap of")
            second.interrupt()
            assert second.wait() == 130
        assert identities(path) == [value for value in published(sim) if value[2] != 2.5]
        (gap,) = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "gap"]
        assert gap["from"] == published(sim)[0][1][:-1] + "00Z"


def test_not_free_in_time(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1.5)
        wait_until_grown(path)
        done = run("watch", "--all", "--url", sim.url, "-o", str(path), "--wait-lock", "300ms")
        assert done.wait() == 6
        (line,) = done.err.lines
        assert f"ticks.csv was not free within 0.3 s: process {first.process.pid} writes to it" in line
        first.interrupt()
        assert first.wait() == 130


def test_a_signal_while_it_waits_says_what_was_not_written(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 0)
        wait_until_grown(path)
        with capture(sim, path, "--wait-lock", "60s", "--stats", "50ms") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            first.interrupt(signal.SIGSTOP)
            sim.publish("IDX_REFRATE_VWAP_BTC", 1)
            second.err.wait_until(rf"live: 1 value.*, waiting for process {first.process.pid}, 1 value .* held")
            second.interrupt()
            assert second.wait() == 130
            assert f"not written: 1 value: process {first.process.pid} still writes to {path}" in second.err.text
        first.interrupt(signal.SIGCONT)
        first.interrupt()
        assert first.wait() == 130
        assert len(identities(path)) == 2


def test_what_came_while_it_waited_is_written_also_when_its_own_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    with feed() as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 0.5)
        wait_until_grown(path)
        with capture(sim, path, "--wait-lock", "60s", "-n", "2") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            first.interrupt(signal.SIGSTOP)
            for value in (1.5, 2.5):
                sim.publish("IDX_REFRATE_VWAP_BTC", value)
            sim.wait_for_peer(2).wait_closed(GENEROUS_S)
            first.process.kill()
            assert second.wait() == 0
        assert identities(path) == published(sim)


@pytest.mark.parametrize(("name", "fields"), [("x.ndjson", "index_id,value"), ("x.csv", "time_coinapi")])
def test_lines_that_do_not_tell_which_value_they_are(name: str, fields: str, tmp_path: Path) -> None:
    done = run("watch", "--demo", "-o", str(tmp_path / name), "--wait-lock", "1s", "--fields", fields)
    assert done.wait() == 2
    assert "--wait-lock needs" in done.err.text


def test_a_lock_is_about_a_file() -> None:
    done = run("watch", "--demo", "--wait-lock", "1s", "-f", "csv")
    assert done.wait() == 2
    assert "add -o FILE" in done.err.text
