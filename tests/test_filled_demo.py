"""The walk-through of docs/simulator.md: gaps of a capture are filled from the past, and only rounding differs."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from coinapi_idx_cli.simulator import Simulator
from tests.documents import blocks
from tests.harness import GENEROUS_S, environment

IDS = ("IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD")
Row = tuple[str, str, float]


def second_of(time: str) -> str:
    return time[:19]


def run_block(text: str, folder: Path, url: str) -> str:
    """As it is written, but for the address. All of its commands must succeed."""
    lines = [line for line in text.splitlines() if not line.startswith("export")]
    done = subprocess.run(
        ["bash", "-ec", "\n".join(lines)],
        cwd=folder,
        env=environment({"PATH": f"{folder}:{environment()['PATH']}", "IDXSTREAM_URL": url, "HOME": str(folder)}),
        capture_output=True,
        text=True,
        timeout=4 * GENEROUS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_differs_from_the_published_series_is_what_rounding_explains(tmp_path: Path) -> None:
    script = tmp_path / "idxstream"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m coinapi_idx_cli "$@"\n')
    script.chmod(0o755)
    capture, fill = (
        next(block for block in blocks("sh") if words in block) for words in ("for part in 1 2 3 4", "check whole.csv")
    )
    with Simulator(seed=7, record=True) as sim:
        gaps = [json.loads(line) for line in run_block(capture, tmp_path, sim.url).splitlines()]
        run_block(fill, tmp_path, sim.url)
        messages = [json.loads(text) for text in sim.record]
    series: list[Row] = [
        (each["time_coinapi"], each["index_id"], each["value"]) for each in messages if each["index_id"] in IDS
    ]
    with (tmp_path / "whole.csv").open(newline="") as file:
        rows = [
            (row["time_coinapi"], row["index_id"], float(row["value"]), row["source"]) for row in csv.DictReader(file)
        ]
    captured = [row[:3] for row in rows if row[3] == ""]
    filled = [row[:3] for row in rows if row[3] == "rest"]
    assert len(captured) + len(filled) == len(rows)

    edges = [(gap["time_coinapi_from"], gap["time_coinapi_to"]) for gap in gaps]
    assert len(edges) == 3
    first, last = captured[0][0], captured[-1][0]
    in_a_gap = [row for row in series if any(begin < row[0] < end for begin, end in edges)]
    assert captured == [row for row in series if first <= row[0] <= last and row not in in_a_gap]
    whole_seconds = [
        row for row in in_a_gap if any(second_of(begin) < second_of(row[0]) < second_of(end) for begin, end in edges)
    ]
    assert len(whole_seconds) > 30
    assert Counter(filled) == Counter((f"{second_of(time)}.0000000Z", *rest) for time, *rest in whole_seconds)
