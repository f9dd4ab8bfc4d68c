from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.simulator.clients import client, greeted, hello, receive, receive_text

BTC = "IDX_REFRATE_PRIMKT_BTC_USD"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


def values(record: list[str]) -> list[tuple[str, float]]:
    messages = [json.loads(text) for text in record]
    return [(message["index_id"], message["value"]) for message in messages]


def run_until(sim: Simulator, count: int) -> list[str]:
    """Let the walk run until so many values were published, and stop it."""
    with client(sim, hello()) as websocket:
        for _ in range(count):
            receive_text(websocket)
    sim.stop_walk()
    return sim.record


def test_a_message_has_the_documented_shape_byte_for_byte(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        text = sim.publish(BTC, 1085.72276, "2017-03-18T22:42:21.0000000Z")
        assert receive_text(websocket) == text
    assert text == (
        '{"type":"index","index_id":"IDX_REFRATE_PRIMKT_BTC_USD",'
        '"time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1085.72276}'
    )


def test_the_walk_has_the_same_shape() -> None:
    with Simulator(rate=1000, record=True) as sim:
        record = run_until(sim, 50)
    for text in record:
        message = json.loads(text)
        assert list(message) == ["type", "index_id", "time_coinapi", "value"]
        assert json.dumps(message, separators=(",", ":")) == text
        assert TIME.fullmatch(message["time_coinapi"])
        assert message["index_id"] in sim.index_ids


def test_two_clients_see_the_same_values_with_the_same_times() -> None:
    with Simulator(rate=2000, record=True) as sim, greeted(sim) as (first, _), greeted(sim) as (second, _):
        later = [receive_text(second) for _ in range(200)]
        earlier = [receive_text(first)]
        while earlier[-1] != later[-1]:
            earlier.append(receive_text(first))
        assert earlier[-len(later) :] == later
        record = sim.record
        start = record.index(earlier[0])
        assert record[start : start + len(earlier)] == earlier


def test_the_same_seed_publishes_the_same_values_at_any_rate() -> None:
    with Simulator(rate=500, seed=5, record=True) as slow:
        slow_record = run_until(slow, 60)
    with Simulator(rate=5000, seed=5, record=True) as fast:
        fast_record = run_until(fast, 60)
    common = min(len(slow_record), len(fast_record))
    assert common >= 60
    assert values(slow_record)[:common] == values(fast_record)[:common]


def test_times_are_those_of_the_clock_and_each_value_has_its_own() -> None:
    before = datetime.now(UTC)
    with Simulator(rate=3000, record=True) as sim:
        record = run_until(sim, 300)
    after = datetime.now(UTC)
    times = [json.loads(text)["time_coinapi"] for text in record]
    assert times == sorted(set(times))
    first, last = (datetime.fromisoformat(text[:-2] + "+00:00") for text in (times[0], times[-1]))
    assert before <= first < last <= after


def test_several_thousand_values_a_second_reach_a_client() -> None:
    rate, count = 5000, 2500
    with Simulator(rate=rate) as sim, greeted(sim) as (websocket, _):
        receive(websocket)
        started = time.monotonic()
        for _ in range(count):
            receive_text(websocket)
        seconds = time.monotonic() - started
    assert count / seconds > rate * 0.6


def test_rate_zero_publishes_nothing_by_itself(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        sim.publish(BTC, 1)
        assert receive(websocket)["value"] == 1
    assert len(sim.record) == 1


def test_the_walk_can_be_started_and_stopped(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        sim.start_walk(rate=500)
        for _ in range(5):
            receive(websocket)
        sim.stop_walk()
        end = len(sim.record)
        last = sim.publish(BTC, 3)
        assert len(sim.record) == end + 1
        while receive_text(websocket) != last:
            pass


def test_the_walk_gives_low_rates_too() -> None:
    with Simulator(rate=20, record=True) as sim:
        started = time.monotonic()
        run_until(sim, 4)
        assert 0.1 < time.monotonic() - started < 2


def test_a_value_can_be_given_in_its_own_text(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        sim.publish(BTC, "1.50E+3")
        assert receive_text(websocket).endswith('"value":1.50E+3}')


def test_times_given_by_hand_can_repeat_and_go_back(sim: Simulator) -> None:
    later, earlier = "2020-01-01T00:00:02.0000000Z", "2020-01-01T00:00:01.0000000Z"
    with greeted(sim) as (websocket, _):
        for when in (later, later, earlier):
            sim.publish(BTC, 1.5, time_coinapi=when)
        assert [receive(websocket)["time_coinapi"] for _ in range(3)] == [later, later, earlier]


def test_times_of_their_own_never_repeat(sim: Simulator) -> None:
    times = [json.loads(sim.publish(BTC, 1.5))["time_coinapi"] for _ in range(50)]
    assert times == sorted(set(times))


def test_raw_text_goes_to_everybody_who_said_hello(sim: Simulator) -> None:
    with client(sim) as mute, greeted(sim) as (everything, _), greeted(sim, hello([])) as (nothing, _):
        sim.publish_text('{"type":"trade"}')
        sim.publish_text(b'{"type":"index",}')
        for websocket in (everything, nothing):
            assert [receive_text(websocket), receive_text(websocket)] == ['{"type":"trade"}', '{"type":"index",}']
        mute.send(hello())
        sim.wait_for_peer(1)
        sim.publish_text("late")
        assert receive_text(mute) == "late"
    assert sim.record == []


def test_without_record_nothing_is_kept() -> None:
    with Simulator(rate=0) as sim:
        sim.publish(BTC, 1.5)
        with pytest.raises(RuntimeError, match="record=True"):
            _ = sim.record


def test_extra_ids_are_published_too() -> None:
    with Simulator(rate=5000, record=True, extra_ids=7700) as sim:
        record = run_until(sim, 200)
    assert len(sim.index_ids) == 7740
    assert any("SIM0" in text for text in record)
