"""What signals do to a run with -o, and to one without."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_for_lines, wait_until
from tests.cli.watch.capture.kills import whole_lines
from tests.harness import Running, run
from tests.sinks.files.files import KINDS, content

INDEX = "IDX_REFRATE_VWAP_BTC"
HEAD = "time_coinapi,index_id,value"
MOVES = 10
LAST = "987654321.125"


@contextmanager
def hangup(handler: signal.Handlers) -> Iterator[None]:
    """What the children inherit, whatever these tests were started under."""
    before = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture(autouse=True)
def _no_nohup() -> Iterator[None]:
    with hangup(signal.SIG_DFL):
        yield


def values_in(lines: list[str]) -> list[float]:
    return [float(line.split(",")[2]) for line in lines]


@pytest.mark.parametrize("suffix", KINDS)
def test_after_a_move_a_hangup_begins_a_new_file_and_nothing_is_lost(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    with Simulator(rate=0, record=True) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        sim.start_walk(2000)
        for number in range(MOVES):
            wait_until(lambda: path.exists() and path.stat().st_size > 300)
            path.rename(tmp_path / f"{number}{suffix}")
            running.interrupt(signal.SIGHUP)
        wait_until(path.exists)  # what is received before the signal is seen goes to the file that was moved
        sim.stop_walk()
        sim.publish(INDEX, LAST)
        wait_until(lambda: whole_lines(path).endswith(b",%s,%s\n" % (INDEX.encode(), LAST.encode())))
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert running.err.lines == []
        files = [content(tmp_path / f"{number}{suffix}") for number in range(MOVES)] + [content(path)]
        pieces = [data.decode().splitlines() for data in files]
        assert all(piece[0] == HEAD and piece.count(HEAD) == 1 for piece in pieces)
        written = [line for piece in pieces for line in piece[1:]]
        assert values_in(written) == [json.loads(line)["value"] for line in sim.record]


def test_hangups_without_a_move_keep_the_file_and_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Simulator(rate=0) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        sim.publish(INDEX, 1)
        wait_for_lines(path, 2)
        inode = path.stat().st_ino
        for number in range(2, 21):
            running.interrupt(signal.SIGHUP)
            sim.publish(INDEX, number)
            wait_for_lines(path, number + 1)
        second = run("watch", "--demo", "-o", str(path))
        assert second.wait() == 6
        assert f"process {running.process.pid}" in second.err.text
        assert path.stat().st_ino == inode
        running.interrupt()
        assert running.wait() == 130
    assert path.read_text().count(HEAD) == 1
    assert values_in(path.read_text().splitlines()[1:]) == list(range(1, 21))


def test_a_file_that_cannot_be_begun_again_ends_it_with_exit_6_and_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Simulator(rate=0) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        sim.publish(INDEX, 1)
        wait_for_lines(path, 2)
        path.rename(tmp_path / "moved")
        path.mkdir()
        running.interrupt(signal.SIGHUP)
        assert running.wait() == 6
        (line,) = running.err.lines
        assert f"cannot open {path}: Is a directory" in line
    assert values_in((tmp_path / "moved").read_text().splitlines()[1:]) == [1]


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_that_logrotate_copied_and_truncated_begins_again(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    with Simulator(rate=0) as sim, capture(sim, path, "-n", "3") as running:
        sim.wait_for_peer()
        sim.publish(INDEX, 1)
        wait_until(lambda: whole_lines(path).count(b"\n") == 2)
        os.truncate(path, 0)
        sim.publish(INDEX, 2)
        sim.publish(INDEX, 3)
        assert running.wait() == 0
    head, *lines = content(path).decode().splitlines()
    assert (head, values_in(lines)) == (HEAD, [2, 3])


def test_without_a_file_a_hangup_ends_it_after_what_was_received() -> None:
    with Simulator(rate=0, record=True) as sim, Running("watch", "--all", "--url", sim.url) as running:
        peer = sim.wait_for_peer()
        for value in range(300):
            sim.publish(INDEX, value)
        running.out.wait_for(300)
        running.interrupt(signal.SIGHUP)
        assert running.wait() == 129
        peer.wait_closed()
        assert peer.close_code == 1000
        assert running.out.lines == sim.record
        assert running.err.lines == []


def test_under_nohup_a_hangup_is_nothing() -> None:
    with (
        hangup(signal.SIG_IGN),
        Simulator(rate=0) as sim,
        Running("watch", "--all", "--url", sim.url, "-n", "1") as running,
    ):
        sim.wait_for_peer()
        running.interrupt(signal.SIGHUP)
        sim.publish(INDEX, 1)
        assert running.wait() == 0


@pytest.mark.parametrize("to_file", [False, True])
def test_usr1_prints_the_statistics_line_also_when_quiet(to_file: bool, tmp_path: Path) -> None:
    arguments = ["-o", str(tmp_path / "x.ndjson")] if to_file else ["-f", "ndjson"]
    arguments += ["-q", "-n", "2"]
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, *arguments) as running:
        sim.wait_for_peer()
        sim.publish(INDEX, 1)
        running.interrupt(signal.SIGUSR1)
        running.err.wait_until(r"\d values?")
        running.interrupt(signal.SIGUSR1)
        running.err.wait_for(2)
        sim.publish(INDEX, 2)
        assert running.wait() == 0


def test_fsync_runs_and_all_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    with Simulator(rate=0, record=True) as sim, capture(sim, path, "--fsync", "10ms") as running:
        sim.wait_for_peer()
        sim.start_walk(500)
        wait_for_lines(path, 100)
        path.rename(tmp_path / "moved")
        running.interrupt(signal.SIGHUP)
        wait_for_lines(path, 100)
        sim.stop_walk()
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert running.err.lines == []
        lines = ((tmp_path / "moved").read_text() + path.read_text()).splitlines()
        assert lines == sim.record[: len(lines)]
