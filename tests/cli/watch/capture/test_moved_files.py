"""A file that somebody moved, removed or cut is made again, or goes on at its beginning, without a signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.cli.watch.capture.kills import whole_lines
from tests.harness import Running
from tests.sinks.files.files import COMPRESSED, check_with_the_tool, content

INDEX = "IDX_REFRATE_VWAP_BTC"
HEAD = b"time_coinapi,index_id,value"


def cut(path: Path) -> None:
    os.truncate(path, 0)


def cut_within_a_line(path: Path) -> None:
    os.truncate(path, len(HEAD) + 10)


def move(path: Path) -> None:
    path.rename(f"{path}.1")


def move_and_make_another(path: Path) -> None:
    """As logrotate's `create` does."""
    move(path)
    path.touch()


def move_the_folder(path: Path) -> None:
    path.parent.rename(f"{path.parent}.1")


def check_that_it_begins_again(path: Path) -> None:
    """Some of the first values may have been on their way still."""
    head, *lines = content(path).splitlines()
    values = [float(line.split(b",")[2]) for line in lines]
    assert head == HEAD
    assert values == sorted(values)
    assert set(values) - {1.5} == {2.5}


def go_on_with(sim: Simulator, running: Running, path: Path, value: float) -> None:
    """Publish until one of these is in the file."""

    def is_there() -> bool:
        assert running.process.poll() is None
        sim.publish(INDEX, value)
        return b",%.1f\n" % value in whole_lines(path)

    wait_until(is_there)


@pytest.mark.parametrize(
    ("happens", "suffix"),
    [
        *((happens, "") for happens in (move, move_and_make_another, move_the_folder, Path.unlink, cut)),
        *((happens, suffix) for happens in (move, cut) for suffix in COMPRESSED),
    ],
)
def test_it_goes_on_by_itself(happens: Callable[[Path], None], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "folder" / f"x.csv{suffix}"
    with Simulator(rate=0) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        go_on_with(sim, running, path, 1.5)
        happens(path)
        go_on_with(sim, running, path, 2.5)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert running.err.lines == []
    if suffix:
        check_with_the_tool(path)
    check_that_it_begins_again(path)


def test_one_that_was_cut_within_a_line_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Simulator(rate=0) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        go_on_with(sim, running, path, 1.5)
        cut_within_a_line(path)
        go_on_with(sim, running, path, 2.5)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        assert f"{path} ended within a line; the torn end is in {path}.torn now" in running.err.text
    check_that_it_begins_again(path)
