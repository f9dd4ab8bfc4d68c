"""A file system that refuses locks, as a network mount without its lock service does: in a real run."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_for_lines
from tests.harness import Running, run

INDEX = "IDX_REFRATE_VWAP_BTC"
NO_LOCKS = """
import errno, fcntl, os

def refused(*_):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

fcntl.fcntl = fcntl.flock = refused
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NO_LOCKS)
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[4]}"}


def test_two_runs_on_one_plain_file_are_told_and_mix_whole_lines(env: dict[str, str], tmp_path: Path) -> None:
    path, log = tmp_path / "x.ndjson", tmp_path / "events"
    with Simulator(rate=0, record=True) as sim:
        arguments = ["watch", "--all", "--url", sim.url, "-o", str(path), "-n", "300", "--event-log", str(log)]
        with Running(*arguments, env=env) as first, Running(*arguments, env=env) as second:
            for number in (1, 2):
                sim.wait_for_peer(number)
            for value in range(300):
                sim.publish(INDEX, value)
            assert (first.wait(), second.wait()) == (0, 0)
        for running in (first, second):
            (line,) = running.err.lines
            assert (
                f"the file system of {path} refuses locks (No locks available): make sure that no other run writes"
                in line
            )
        assert sorted(wait_for_lines(path, 600)) == sorted([*sim.record, *sim.record])
    events = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "no_locks"]
    assert [(event["file"], event["reason"]) for event in events] == [(str(path), os.strerror(errno.ENOLCK))] * 2


@pytest.mark.parametrize(
    ("name", "arguments"), [("x.csv.gz", []), ("x.csv.zst", []), ("x.csv", ["--wait-lock", "10s"])]
)
def test_what_needs_a_lock_is_refused_at_the_start(
    name: str, arguments: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / name
    done = run("watch", "--demo", "-o", str(path), *arguments, env=env)
    (line,) = done.err.lines
    assert done.wait() == 6
    assert f"the file system of {path} refuses locks (No locks available)" in line
    assert "write a plain .csv or .ndjson there without --wait-lock" in line
    assert not path.exists()
