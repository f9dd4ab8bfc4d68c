"""An index that brings nothing: the list is looked into before anybody waits for it, and each hint stands once."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from coinapi_idx_cli.doctor.case import WaitLimits
from coinapi_idx_cli.simulator import SIMULATOR, Simulator
from tests.catalogue.servers import scripted, the_list
from tests.doctor.examined import BTC, NOBODY, Examined, case, command, steps_of
from tests.harness import Ended, run

UNKNOWN = "IDX_REFRATE_PRIMKT_BTX_USD"
NEAREST = f"did you mean {BTC}"
FOREVER = WaitLimits(heartbeat_s=0.2, value_s=1e6)  # nobody waits for it


def table(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    return command("-f", "table", *arguments, env=env)


def test_for_an_id_that_the_list_lacks_nobody_waits_long() -> None:
    with Simulator(rate=0) as sim:
        steps = steps_of(case(sim.url, sim.rest_url, index_id=UNKNOWN, limits=FOREVER))
    value = steps["first value"]
    assert (value.ok, value.code) == (False, 5)
    assert "it is not in the list of indexes" in value.detail
    assert value.hint == steps["list"].hint
    assert value.hint.startswith(NEAREST)


def test_an_index_that_is_newer_than_the_list_is_well() -> None:
    with Simulator(rate=200) as sim, scripted(the_list("IDX_A")) as there:
        steps = steps_of(case(sim.url, there.url, index_id=BTC, limits=FOREVER))
    assert steps["first value"].ok


def test_a_list_that_is_not_to_be_had_is_not_asked_when_values_come() -> None:
    with Simulator(rate=200) as sim:
        assert steps_of(case(sim.url, NOBODY, index_id=BTC, limits=FOREVER))["first value"].ok


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--demo"], []], ids=["demo", "simulator"])
def test_an_id_that_a_simulator_does_not_have_is_a_usage_error_at_once(arguments: list[str]) -> None:
    with Simulator(server=SIMULATOR) as sim:
        there = arguments or ["--url", sim.url]
        done = command(UNKNOWN, *there)
    lines = {line["step"]: line for line in map(json.loads, done.out.splitlines())}
    assert done.code == 2
    assert lines["first value"]["detail"] == f"the simulator has no index {UNKNOWN}"
    assert lines["first value"]["hint"].startswith(NEAREST)


def test_the_table_goes_into_a_pipe_when_it_is_asked_for() -> None:
    with Simulator(server=SIMULATOR) as sim:
        done = run("doctor", "-f", "table", BTC, "--url", sim.url, env={"TERM": "xterm", "LC_ALL": "C.UTF-8"})
    assert (done.wait(), done.err.lines) == (0, [])
    assert done.out.lines[0].startswith("✓ settings ")
    assert done.out.lines[-1] == "all is well"
    assert all(line.isprintable() for line in done.out.lines)


@pytest.mark.slow
def test_each_hint_stands_once_and_that_of_the_failure_at_the_end() -> None:
    with Simulator(server=SIMULATOR) as sim:
        done = table(UNKNOWN, "--url", sim.url, env={"COLUMNS": "200"})
    assert done.code == 2
    assert done.out.count(NEAREST) == 1
    assert done.out.splitlines()[-2] == f"first value: the simulator has no index {UNKNOWN}"
    assert NEAREST in done.out.splitlines()[-1]


def test_a_short_name_is_the_id_that_it_means() -> None:
    with Simulator(rate=500, server=SIMULATOR) as sim:
        for arguments in ([], ["--rest-url", sim.rest_url]):
            done = Examined(command("--url", sim.url, *arguments, "btc_usd"))
            assert (done.code, done["first value"]["detail"].partition(" ")[0]) == (0, BTC)
        refused = command("--url", sim.url, "btx_usd")
    assert (refused.code, refused.out) == (2, "")
    assert "no index is called 'btx_usd'; did you mean IDX_REFRATE_PRIMKT_BTC_USD" in refused.err


def test_without_a_list_a_short_name_says_nothing() -> None:
    done = command("--url", "ws://127.0.0.1:1", "--rest-url", NOBODY, "btc_usd")
    assert (done.code, done.out) == (2, "")
    assert "cannot look up the short name 'btc_usd': cannot connect to 127.0.0.1:1" in done.err
    assert "give the whole id" in done.err
