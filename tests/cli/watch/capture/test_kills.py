"""`kill -9` at random moments; KILLS=200 in the environment for more of them."""

from __future__ import annotations

import json
import os
import random
from itertools import pairwise
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.kills import VALUES_PER_S, kill_at_a_random_moment, start, strictly
from tests.harness import GENEROUS_S
from tests.sinks.files.files import KINDS

KILLS = int(os.environ.get("KILLS", "12"))


@pytest.mark.timeout(120 + 10 * KILLS)
@pytest.mark.parametrize("suffix", KINDS)
def test_no_kill_tears_doubles_or_loses_a_line(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    chance = random.Random()
    with Simulator(rate=VALUES_PER_S, record=True, max_buffered=10**9, forget_closed=True) as sim:
        for _ in range(KILLS):
            kill_at_a_random_moment(sim, path, chance)
        last = start(sim, path, "-n", "1")
        _, errors = last.communicate(timeout=GENEROUS_S)
        assert last.returncode == 0, errors
        sim.stop_walk()
        published = {line.split('"')[11]: number for number, line in enumerate(sim.record)}
    head, *lines = strictly(path)
    assert head == "time_coinapi,index_id,value"
    assert {line.count(",") for line in lines} == {2}
    places = [published[line.partition(",")[0]] for line in lines]
    assert all(one < next_one for one, next_one in pairwise(places))
    # Within a run nothing is left out.
    assert sum(next_one != one + 1 for one, next_one in pairwise(places)) <= KILLS
    record = tmp_path / "x.gaps.ndjson"
    assert all(other in (path, record) or other.match(f"{path.name}.torn*") for other in tmp_path.iterdir())
    gaps = [json.loads(line) for line in record.read_text().splitlines()]
    assert {gap["kind"] for gap in gaps} == {"not_running"}
    bounds = [(gap["time_coinapi_from"], gap["time_coinapi_to"]) for gap in gaps]
    missing = {*range(places[0], places[-1])} - {*places}
    times = list(published)
    assert all(any(begin <= times[place] <= end for begin, end in bounds) for place in missing)
    assert len(missing) > 0
