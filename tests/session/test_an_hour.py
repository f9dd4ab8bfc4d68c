"""The real loop through an hour of restarts, cuts and outages, by a clock that a test turns on."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from itertools import pairwise

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from tests.session.fake_world import IDS, STARTED_NS, TARGET, Script, World
from tests.session.notebook import Notebook, Written

HOUR_S = 3600
NS = 10**9


class Watched(Status):
    """Keeps the states that were shown, one after the other."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "state" and (not SHOWN or SHOWN[-1] is not value):
            SHOWN.append(value)
        super().__setattr__(name, value)


SHOWN: list[object] = []


def hour(
    script: Script, *, seed: int = 0, strategy: Strategy = Strategy.HANDOVER, redundant: bool = False
) -> tuple[World, Written, Notebook]:
    SHOWN.clear()
    world, output, notebook = World(script, seed), Written(), Notebook()
    world.publish(range(HOUR_S + 60))
    status = Watched("feed.example", started_s=0.0)
    plan = Plan(TARGET, Policy(10.0, 10.0, None, strategy), StopRules(duration_s=HOUR_S), redundant=redundant)
    with closing(Wakeup()) as wakeup:
        session = world.session(plan, output, status, notebook, wakeup)
        session.run()
    assert session.stop_reason == "--duration"
    assert status.values == len(output.texts)
    assert SHOWN[-1] is State.STOPPING
    return world, output, notebook


def assert_exact(world: World, output: Written) -> None:
    """The order over all indexes may change where a server lags, that of an index never."""
    texts = [text for _, text in world.published]
    for index_id in IDS:
        mark = f'"{index_id}"'.encode()
        ours, theirs = ([text for text in lines if mark in text] for lines in (output.texts, texts))
        begin = theirs.index(ours[0])
        assert ours == theirs[begin : begin + len(ours)]
        assert begin < 6
        assert len(ours) > HOUR_S - 6


@pytest.mark.parametrize("seed", range(3))
def test_an_hour_of_announced_restarts_loses_nothing(seed: int) -> None:
    script = Script(lambda chance: chance.uniform(40, 80), notice_s=8.0, lag_s=lambda chance: chance.uniform(0, 2))
    world, output, notebook = hour(script, seed=seed)
    assert_exact(world, output)
    assert notebook.of("gap") == []
    handovers = len(notebook.of("handover"))
    assert handovers > 40
    assert len(world.connects_s) == handovers + 1
    assert SHOWN[1:4] == [State.LIVE, State.HANDOVER, State.LIVE]
    assert State.WAITING not in SHOWN


@pytest.mark.parametrize("strategy", [Strategy.HANDOVER, Strategy.IMMEDIATE, Strategy.WAIT])
def test_what_unannounced_cuts_lose_lies_in_a_gap(strategy: Strategy) -> None:
    world, output, notebook = hour(Script(lambda chance: chance.uniform(5, 90)), strategy=strategy)
    gaps = [tuple(_seconds(str(gap[name])) for name in ("from", "to")) for gap in notebook.of("gap")]
    assert len(gaps) > 40
    written = iter(output.texts)
    got = next(written)
    missing = []
    for at_s, text in world.published:
        if text == got:
            got = next(written, b"")
        elif at_s < HOUR_S:
            missing.append(at_s)
    assert got == b""  # all that was written is what was published, in that order
    before_the_first = [at_s for at_s in missing if at_s < 0.3]
    assert all(any(begin <= at_s <= end for begin, end in gaps) for at_s in missing[len(before_the_first) :])


def test_an_outage_of_ten_minutes_is_one_gap_and_few_connects() -> None:
    script = Script(lambda _: 1e9, is_down=lambda now_s: 1000 <= now_s < 1600)
    world, _, notebook = hour(script)
    (gap,) = notebook.of("gap")
    assert 600 < float(str(gap["seconds"])) < 640
    in_vain = [at_s for at_s in world.connects_s if 1000 <= at_s < 1600]
    assert 20 < len(in_vain) < 120  # half of 30 s on average, and quicker at first
    assert all(eleventh - first >= 10 for first, eleventh in zip(in_vain, in_vain[10:], strict=False))
    assert {State.WAITING, State.CONNECTING} <= {*SHOWN[2:]}


@pytest.mark.parametrize("seed", range(3))
def test_an_hour_of_two_connections_that_end_at_random_loses_nothing(seed: int) -> None:
    script = Script(lambda chance: chance.uniform(60, 600), lag_s=lambda chance: chance.uniform(0, 4))
    world, output, notebook = hour(script, seed=seed, redundant=True)
    assert_exact(world, output)
    assert notebook.of("gap") == notebook.of("sites_differ") == []
    lost, restored = notebook.of("redundancy_lost"), notebook.of("redundancy_restored")
    assert len(restored) >= len(lost) > 12
    assert State.WAITING not in SHOWN
    assert len(world.connects_s) == len(notebook.of("disconnected")) + 2


@pytest.mark.parametrize("seed", range(3))
def test_an_hour_of_two_connections_and_announced_restarts(seed: int) -> None:
    script = Script(lambda chance: chance.uniform(40, 80), notice_s=8.0, lag_s=lambda chance: chance.uniform(0, 4))
    world, output, notebook = hour(script, seed=seed, redundant=True)
    assert_exact(world, output)
    assert len(notebook.of("handover")) > 80
    assert notebook.of("gap") == notebook.of("redundancy_lost") == []


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() - STARTED_NS / NS


def test_the_feed_of_this_test_has_equal_repeats() -> None:
    world = World(Script(lambda _: 1.0))
    world.publish(range(100))
    values = [json.loads(text)["value"] for _, text in world.published if b'"IDX_A"' in text]
    assert any(one == other for one, other in pairwise(values))
