"""Refusals of a real server, at the start and in mid-run: which of them end the run, and what is told of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Faults, Simulator
from tests.cli.watch.endings import KEY, gave_up, watch
from tests.harness import GENEROUS_S, Running

BTC = "IDX_REFRATE_VWAP_BTC"
PAGE = "<!DOCTYPE html><html><title>Just a moment...</title></html>"


@pytest.mark.parametrize(("status", "headers"), [(404, {}), (401, {}), (403, {}), (302, {"Location": "wss://a"})])
def test_a_refusal_of_what_has_worked_is_tried_again(status: int, headers: dict[str, str]) -> None:
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "2") as running:
        first = sim.wait_for_peer()
        sim.publish(BTC, 1)
        running.out.wait_for(1)
        sim.answer_upgrades_with(status, headers)
        first.cut()
        running.err.wait_until(f"HTTP {status}.*(next try in|connecting again)")
        sim.answer_upgrades_with(None)
        sim.wait_for_peer(2, GENEROUS_S)
        sim.publish(BTC, 2)
        assert running.wait() == 0


def test_an_error_message_to_what_has_worked_is_tried_again() -> None:
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "2") as running:
        first = sim.wait_for_peer()
        sim.publish(BTC, 1)
        running.out.wait_for(1)
        first.send_text('{"type":"error","message":"Invalid API key"}')
        sim.wait_for_peer(2, GENEROUS_S)
        sim.publish(BTC, 2)
        assert running.wait() == 0
        assert "says: Invalid API key; no key was sent; " in running.err.text


def test_a_daemon_waits_for_a_server_that_is_not_there_yet() -> None:
    with Simulator(rate=0, refuse_status=404) as sim:
        arguments = ["watch", "--all", "--url", sim.url, "-n", "1", "--give-up-after", "never"]
        with Running(*arguments) as running:
            sim.wait_for_refusals(1)
            sim.answer_upgrades_with(None)
            sim.wait_for_peer(1, GENEROUS_S)
            sim.publish(BTC, 1)
            assert running.wait() == 0
        sim.answer_upgrades_with(401)
        assert watch(sim.url, "--give-up-after", "never").wait() == 3


def test_used_up_credits_are_told_once_and_are_no_bad_key() -> None:
    with Simulator(faults=Faults(error_text="Insufficient Usage Credits")) as sim:
        done = watch(sim.url, "--give-up-after", "1500ms", "--api-key", KEY)
    assert done.wait() == 5
    first, last = done.err.lines
    assert "Insufficient Usage Credits; trying again about once a minute" in first
    assert "Insufficient Usage Credits" in last
    assert not re.search(r"\bkey\b", done.err.text)


@pytest.mark.parametrize("status", [402, 403, 429])
def test_used_up_credits_by_the_upgrade(status: int) -> None:
    with Simulator() as sim:
        sim.answer_upgrades_with(status, {}, '{"error":"Quota exceeded"}')
        line = gave_up(sim.url, "--api-key", KEY, after_s=1.5)
    assert f"says: Quota exceeded (HTTP {status}" in line
    assert not re.search(r"\bkey\b", line)


def test_a_challenge_page_is_tried_again_and_not_shown() -> None:
    with Simulator() as sim:
        sim.answer_upgrades_with(403, {"cf-mitigated": "challenge", "Content-Type": "text/html"}, PAGE)
        done = watch(sim.url, "--give-up-after", "1500ms", "--api-key", KEY)
    assert done.wait() == 5
    assert "answered with a web page (HTTP 403 Forbidden)" in done.err.lines[-1]
    assert "moment" not in done.err.text
    assert "refused the API key" not in done.err.text


def test_a_second_connection_that_is_refused_costs_the_next_one_no_time(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim:
        arguments = ["watch", "--all", "--url", sim.url, "-n", "2", "--event-log", str(log)]
        with Running(*arguments) as running:
            first = sim.wait_for_peer()
            sim.publish(BTC, 1)
            running.out.wait_for(1)
            sim.answer_upgrades_with(429, {"Retry-After": "300"})
            sim.restart(within_s=20)
            sim.wait_for_refusals(1)
            running.err.wait_until("the first one is still delivering")
            sim.answer_upgrades_with(None)
            first.close(1001)
            sim.wait_for_peer(2, GENEROUS_S)
            sim.publish(BTC, 2)
            assert running.wait() == 0
