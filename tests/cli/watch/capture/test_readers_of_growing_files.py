"""Programs that nobody here wrote read compressed files in loops while they are written, and none meets an error.

READS=1000 in the environment for more of them.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.harness import GENEROUS_S
from tests.sinks.files.files import COMPRESSED, check_with_the_tool, content

READS = int(os.environ.get("READS", "10"))
WRITES_PER_S = 500


def rows_by_duckdb(files: Path) -> int:
    return int(duckdb.connect().execute(f"select count(*) from '{files}' where value > 0").fetchall()[0][0])


def rows_by_pandas(path: Path) -> int:
    return int((pd.read_csv(path)["value"] > 0).sum())


@pytest.mark.timeout(120 + 10 * READS)
@pytest.mark.parametrize("suffix", COMPRESSED)
def test_no_reader_meets_an_error(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    with Simulator(rate=0, record=True) as sim, capture(sim, path) as running:
        sim.wait_for_peer()
        sim.start_walk(WRITES_PER_S)
        wait_until(path.exists)
        seen = 0
        for _ in range(READS):
            check_with_the_tool(path)
            for rows in (rows_by_duckdb(path), rows_by_pandas(path)):
                assert rows >= seen
                seen = rows
        running.interrupt(signal.SIGTERM)
        assert running.wait(GENEROUS_S) == 143
        assert running.err.lines == []
        written = content(path).count(b"\n") - 1
        assert rows_by_duckdb(path) == rows_by_pandas(path) == written > seen
        values = [json.loads(line)["value"] for line in sim.record[:written]]
        assert [float(line.split(b",")[2]) for line in content(path).splitlines()[1:]] == values


@pytest.mark.timeout(120 + 10 * READS)
@pytest.mark.parametrize("suffix", COMPRESSED)
def test_not_even_while_files_are_joined(suffix: str, tmp_path: Path) -> None:
    """A file a second, each replaced when it is complete; after a minute they are continued, and replaced again."""
    with (
        Simulator(rate=WRITES_PER_S) as sim,
        capture(sim, tmp_path / f"%S.csv{suffix}") as running,
    ):
        wait_until(lambda: len(list(tmp_path.iterdir())) > 1)
        seen = 0
        for _ in range(READS):
            rows = rows_by_duckdb(tmp_path / f"*.csv{suffix}")
            assert rows >= seen
            seen = rows
        running.interrupt(signal.SIGTERM)
        assert running.wait(GENEROUS_S) == 143
        assert running.err.lines == []
        files = sorted(tmp_path.iterdir())
        assert all(file.suffix == suffix for file in files)
        assert sum(content(file).count(b"\n") - 1 for file in files) == rows_by_duckdb(tmp_path / f"*.csv{suffix}")
