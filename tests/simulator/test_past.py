"""The past over REST: the very series of the feed, as coarse as the vendor's."""

from __future__ import annotations

import json
import re
import time
from array import array
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from coinapi_idx_cli.simulator import Simulator, feed
from coinapi_idx_cli.simulator.stamps import now_ticks
from tests.simulator.clients import client, hello, receive_text
from tests.simulator.rest_client import BTC, VOLATILITY, ask, bars, history, pairs, published

LONG_AGO, LATER = "2026-01-05T10:00:00", "2026-01-05T10:02:00"


def run_until(sim: Simulator, count: int) -> None:
    with client(sim, hello()) as websocket:
        for _ in range(count):
            receive_text(websocket)
    sim.stop_walk()


@pytest.mark.parametrize("rate", [50, 3000])
def test_what_the_feed_published_is_the_past_newest_first(rate: int) -> None:
    with Simulator(rate=rate, record=True, past_s=0) as sim:
        run_until(sim, rate)
        sim.start_walk(rate * 2)  # another stretch, after a pause
        run_until(sim, rate)
        for index_id in (BTC, VOLATILITY):
            expected = published(sim.record, index_id)
            if expected:
                assert pairs(history(sim, index_id, limit=100_000)) == expected[::-1]


def test_what_was_handed_in_is_in_its_place() -> None:
    with Simulator(rate=0, record=True) as sim:
        for second, value in ((5, 1.5), (7, 2.5), (6, "3.50"), (6, 4)):
            sim.publish(BTC, value, f"2024-09-01T10:00:0{second}.9999999Z")
        sim.publish_messages(
            [BTC], [f'{{"type":"index","index_id":"{BTC}","time_coinapi":"2024-09-01T10:00:08Z","value":5}}']
        )
        sim.publish(BTC, 9, "no time at all")
        sim.publish(BTC, "1e999", "2024-09-01T10:00:09Z")
        assert [item["value"] for item in history(sim)] == [5.0, 2.5, 4.0, 3.5, 1.5]
        assert history(sim, limit=1)[0]["timestamp"] == "2024-09-01T10:00:08+00:00"
        assert ask(sim, f"indexes/{BTC}/current").json == {"timestamp": "2024-09-01T10:00:08", "value": 5.0}


def test_values_handed_in_while_the_walk_runs_are_among_its_own() -> None:
    with Simulator(rate=2000, record=True, past_s=0) as sim, client(sim, hello([BTC])) as websocket:
        for number in range(5):
            for _ in range(40):
                receive_text(websocket)
            sim.publish(BTC, number)
        sim.stop_walk()
        assert pairs(history(sim, limit=100_000)) == published(sim.record)[::-1]
        last_second = published(sim.record)[-1][0]
        bar = bars(sim, "1DAY", last_second[:10], f"{last_second[:10]}T23:59:59")[-1]
        values = [value for stamp, value in published(sim.record) if stamp[:10] == last_second[:10]]
        assert (bar["value_open"], bar["value_low"], bar["value_high"], bar["value_close"], bar["value_count"]) == (
            values[0],
            min(values),
            max(values),
            values[-1],
            len(values),
        )


def test_an_item_is_as_documented() -> None:
    with Simulator(rate=1) as sim:
        item = history(sim, limit=1, time_end=LATER)[0]
    assert list(item) == ["timestamp", "value", "composition"]
    assert re.fullmatch(r"2026-01-05T10:01:\d\d\+00:00", item["timestamp"])
    assert all(set(part) == {"component_id", "component_value"} for part in item["composition"])
    assert item["composition"]


def test_before_the_start_the_walk_goes_back_and_says_the_same_each_time() -> None:
    with Simulator(rate=100) as sim:
        once, again = (history(sim, time_start=LONG_AGO, time_end=LATER, limit=1000) for _ in range(2))
        later_part = history(sim, time_start="2026-01-05T10:01:00+00:00", time_end=LATER, limit=1000)
        newest = history(sim, time_start=LONG_AGO, time_end=LATER, limit=7)
        beyond = ask(sim, f"indexes/{BTC}/history", time_end="2020-01-01")
    assert once == again
    assert len(once) == pytest.approx(60, abs=2)  # one every two seconds
    assert once[: len(later_part)] == later_part
    assert newest == once[:7]
    assert all(LONG_AGO <= item["timestamp"] < f"{LATER}+" for item in once)
    assert [item["timestamp"] for item in once] == sorted((item["timestamp"] for item in once), reverse=True)
    assert (beyond.status, list(beyond.json)) == (550, ["error"])


def test_the_past_is_as_long_and_as_dense_as_was_said() -> None:
    with Simulator(rate=1, past_s=3600, past_rate=490) as sim:
        items = history(sim, limit=100_000)
        oldest = datetime.fromisoformat(items[-1]["timestamp"])
        now = datetime.now(UTC)
    assert timedelta(minutes=59) < now - oldest < timedelta(minutes=62)
    assert len(items) == pytest.approx(3600 * 20, rel=0.05)


def test_several_items_of_one_second_are_split_by_the_limit_only() -> None:
    with Simulator(rate=1, past_s=3600, past_rate=4900) as sim:
        minute = (datetime.now(UTC) - timedelta(minutes=30)).replace(second=0, microsecond=0)
        one_second = {"time_start": minute.isoformat(), "time_end": (minute + timedelta(seconds=1)).isoformat()}
        items = history(sim, **one_second, limit=1000)
        assert len(items) > 150
        assert {item["timestamp"] for item in items} == {minute.isoformat()}
        assert history(sim, **one_second) == items[:100]


def test_bars_are_made_of_the_values() -> None:
    begin, end = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 9, 20, tzinfo=UTC)
    with Simulator(rate=1) as sim:
        found = bars(sim, "5MIN", begin.isoformat(), end.isoformat())
        values = history(sim, time_start=begin.isoformat(), time_end=end.isoformat(), limit=100_000)[::-1]
    assert [bar["time_period_start"] for bar in found] == [
        (begin + timedelta(minutes=minutes)).isoformat() for minutes in (0, 5, 10, 15)
    ]
    for bar in found:
        inside = [item for item in values if bar["time_period_start"] <= item["timestamp"] < bar["time_period_end"]]
        numbers = [item["value"] for item in inside]
        assert bar == {
            "time_period_start": bar["time_period_start"],
            "time_period_end": bar["time_period_end"],
            "time_open": inside[0]["timestamp"],
            "time_close": inside[-1]["timestamp"],
            "value_open": numbers[0],
            "value_high": max(numbers),
            "value_low": min(numbers),
            "value_close": numbers[-1],
            "value_count": len(numbers),
        }


def test_long_bars_agree_with_short_ones() -> None:
    with Simulator(rate=1) as sim:
        month = bars(sim, "1MTH", "2026-02-01", "2026-03-01")
        hours = bars(sim, "1HRS", "2026-02-01", "2026-03-01", limit=1000)
    assert (month[0]["time_period_start"], month[0]["time_period_end"]) == (
        "2026-02-01T00:00:00+00:00",
        "2026-03-01T00:00:00+00:00",
    )
    assert (len(month), len(hours)) == (1, 28 * 24)
    assert month[0]["value_high"] == max(bar["value_high"] for bar in hours)
    assert month[0]["value_low"] == min(bar["value_low"] for bar in hours)
    assert month[0]["value_count"] == sum(bar["value_count"] for bar in hours)
    assert (month[0]["value_open"], month[0]["value_close"]) == (hours[0]["value_open"], hours[-1]["value_close"])


def test_empty_periods_are_left_out_and_bars_that_began_before_too() -> None:
    with Simulator(rate=1) as sim:
        seconds = bars(sim, "1SEC", LONG_AGO, LATER, limit=1000)
        inside = bars(sim, "1MIN", "2026-01-05T10:00:01", LATER)
        first = bars(sim, "1SEC", LONG_AGO, LATER, limit=3)
    assert 50 < len(seconds) < 70
    assert all(bar["value_count"] for bar in seconds)
    assert [bar["time_period_start"] for bar in inside] == ["2026-01-05T10:01:00+00:00"]
    assert first == seconds[:3]


def test_a_year_of_minutes_comes_a_hundred_thousand_at_once() -> None:
    with Simulator(rate=1) as sim:
        found = bars(sim, "1MIN", "2026-01-01", "2026-11-01", limit=100_000)
    assert len(found) == 100_000
    assert found[-1]["time_period_start"] == (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=99_999)).isoformat()


def test_snapshots_have_a_family_at_an_instant() -> None:
    with Simulator(rate=1) as sim:
        at = "2026-01-05T10:00:30"
        family = ask(sim, "indexes/IDX_VOL_CAPIVIX/historySnapshot", time=at).json
        now = ask(sim, "indexes/IDX_REFRATE_VWAP/currentSnapshot").json
        alone = history(sim, VOLATILITY, time_end=at, limit=1)[0]
    assert [item["index_id"] for item in family] == [found for found in sim.index_ids if "_VOL_" in found]
    mine = next(item for item in family if item["index_id"] == VOLATILITY)
    assert mine == {"index_id": VOLATILITY, "timestamp": alone["timestamp"], "value": alone["value"]}
    assert {item["index_id"] for item in now} == {found for found in sim.index_ids if "_VWAP_" in found}


def test_periods_are_listed() -> None:
    with Simulator(rate=0) as sim:
        periods = {item["period_id"]: item for item in ask(sim, "metadata/periods").json}
    assert list(periods)[0 :: len(periods) - 1] == ["1SEC", "5YRS"]
    assert periods["5MIN"] == {
        "period_id": "5MIN",
        "length_seconds": 300,
        "length_months": 0,
        "unit_count": 5,
        "unit_name": "minute",
        "display_name": "5 Minutes",
    }
    assert periods["1YRS"]["length_months"] == 12


@pytest.mark.parametrize(
    ("path", "parameters", "status", "words"),
    [
        (f"indexes/{BTC}/history", {"limit": 0}, 400, "limit"),
        (f"indexes/{BTC}/history", {"limit": 100_001}, 400, "limit"),
        (f"indexes/{BTC}/history", {"limit": "ten"}, 400, "limit"),
        (f"indexes/{BTC}/history", {"time_start": "yesterday"}, 400, "time_start"),
        (f"indexes/{BTC}/history", {"time_start": "2026-02-30"}, 400, "time_start"),
        (f"indexes/{BTC}/history", {"time_start": LATER, "time_end": LONG_AGO}, 400, "after"),
        (f"indexes/{BTC}/timeseries", {"time_start": LONG_AGO, "time_end": LATER}, 400, "period_id"),
        (f"indexes/{BTC}/timeseries", {"period_id": "7MIN"}, 400, "7MIN"),
        (f"indexes/{BTC}/timeseries", {"period_id": "1MIN", "time_end": LATER}, 400, "time_start"),
        ("indexes/IDX_VOL_CAPIVIX/historySnapshot", {}, 400, "time"),
        ("indexes/IDX_NO_SUCH/history", {}, 404, "IDX_NO_SUCH"),
        ("indexes/IDX_NO_SUCH/currentSnapshot", {}, 404, "IDX_NO_SUCH"),
        (f"indexes/{BTC}/future", {}, 404, "Not found"),
        (f"indexes/{BTC}/history", {}, 550, "No data"),
        (f"indexes/{BTC}/current", {}, 550, "No data"),
        (f"indexes/{BTC}/timeseries", {"period_id": "1MIN", "time_start": LONG_AGO, "time_end": LATER}, 550, "No data"),
        ("indexes/IDX_VOL_CAPIVIX/currentSnapshot", {}, 550, "No data"),
    ],
)
def test_errors_are_json_with_a_status(
    sim: Simulator, path: str, parameters: dict[str, object], status: int, words: str
) -> None:
    reply = ask(sim, path, **parameters)
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith("application/json")
    assert list(reply.json) == ["error"]
    assert words in reply.json["error"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:00:30",
        "2026-01-05 10:00:30Z",
        "2026-01-05T10:00:30.0000000Z",
        "2026-01-05T12:00:30+02:00",
        "2026-01-05T05:30:30-04:30",
        "2026-01-05T10:00:29.2",
    ],
)
def test_times_are_taken_in_any_zone_and_compared_with_whole_seconds(text: str) -> None:
    with Simulator(rate=1, past_rate=490) as sim:
        assert history(sim, time_end=text, limit=1)[0]["timestamp"] == "2026-01-05T10:00:29+00:00"
        oldest = history(sim, time_start=text, time_end=LATER, limit=100_000)[-1]
        assert oldest["timestamp"] == "2026-01-05T10:00:30+00:00"


def test_a_plus_that_is_a_space_in_the_url_is_one(sim: Simulator) -> None:
    sim.publish(BTC, 1.5, "2026-01-05T10:00:29.0000000Z")
    assert ask(sim, f"indexes/{BTC}/history?time_start=2026-01-05T10:00:29+00:00").status == 200


def test_values_have_ten_decimal_places_at_most(sim: Simulator) -> None:
    sim.publish(BTC, "56787.599730033912345", "2024-09-01T10:00:00Z")
    assert b'"value":56787.5997300339,' in ask(sim, f"indexes/{BTC}/history").body


def test_the_key_is_asked_for() -> None:
    with Simulator(rate=1, api_key="right") as sim:
        assert ask(sim, f"indexes/{BTC}/history").status == 401
        assert ask(sim, f"indexes/{BTC}/history", {"X-CoinAPI-Key": "right"}).status == 200


def test_the_past_of_files_is_theirs_alone() -> None:
    times, values = array("q", [17_000_000_005_000_000, 17_000_000_000_000_000]), array("d", [2.5, 1.5])
    with Simulator(rate=0, index_ids=["IDX_MINE"], past_of_files=lambda: {"IDX_MINE": (times, values)}) as sim:
        sim.publish("IDX_MINE", 9.0)
        assert [item["value"] for item in history(sim, "IDX_MINE")] == [2.5, 1.5]


def test_a_feed_that_is_stopped_has_a_hole_in_its_past() -> None:
    with Simulator(rate=1000, record=True, past_s=0) as sim:
        run_until(sim, 500)
        hole = json.loads(sim.record[-1])["time_coinapi"]
        sim.publish(BTC, 7.0, "2099-01-01T00:00:00Z")
        after = history(sim, time_start=f"{hole[:19]}Z", limit=100_000)
        assert after[0]["value"] == 7.0
        assert {item["timestamp"] for item in after[1:]} <= {f"{hole[:19]}+00:00"}


@pytest.mark.parametrize("set_by_s", [3600, -3600])
def test_after_the_clock_was_set_times_and_past_go_by_the_new_one(
    set_by_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(rate=1000, record=True, past_s=0) as sim, client(sim, hello([BTC])) as websocket:
        before = json.loads(receive_text(websocket))["time_coinapi"]
        monkeypatch.setattr(feed, "now_ticks", lambda ahead_s=0.0: now_ticks(ahead_s + set_by_s))
        jumped = before
        expected = timedelta(seconds=max(set_by_s, 0) - 60)
        while datetime.fromisoformat(jumped) - datetime.fromisoformat(before) < expected:
            jumped = json.loads(receive_text(websocket))["time_coinapi"]
        for _ in range(30):
            receive_text(websocket)
        sim.stop_walk()
        times = [json.loads(text)["time_coinapi"] for text in sim.record]
        assert times == sorted(set(times))  # where the clock was set back it waits for nothing, and goes on
        assert pairs(history(sim, limit=100_000)) == published(sim.record)[::-1]


def test_what_a_stalled_feed_does_not_make_up_for_is_not_in_the_past_either() -> None:
    with Simulator(rate=100_000, record=True, past_s=0) as sim:
        sim._loop.call(lambda: time.sleep(0.6))  # more values would be due than are made up for
        run_until(sim, 20_000)
        for index_id in (BTC, VOLATILITY):
            assert pairs(history(sim, index_id, limit=100_000)) == published(sim.record, index_id)[::-1]
        times = [datetime.fromisoformat(json.loads(text)["time_coinapi"]) for text in sim.record]
        assert max(later - earlier for earlier, later in pairwise(times)) > timedelta(seconds=0.3)
