"""How answers about the past travel, what they cost, and what goes wrong with them."""

from __future__ import annotations

import gzip
import http.client
import socket

import pytest

from coinapi_idx_cli.simulator import RestFault, RestHabits, Simulator
from tests.harness import GENEROUS_S
from tests.simulator.rest_client import BTC, ask, bars, history

SPAN = {"time_start": "2026-01-05T10:00:00", "time_end": "2026-01-05T11:00:00"}
HISTORY = f"indexes/{BTC}/history"


@pytest.fixture(name="past")
def _past() -> object:
    with Simulator(rate=1) as sim:
        yield sim


def test_large_answers_are_chunked_and_zipped_for_who_accepts_it(past: Simulator) -> None:
    plain = ask(past, HISTORY, limit=500, **SPAN)
    zipped = ask(past, HISTORY, {"Accept-Encoding": "gzip, deflate"}, limit=500, **SPAN)
    small = ask(past, HISTORY, {"Accept-Encoding": "gzip"}, limit=1, **SPAN)
    assert plain.headers["Transfer-Encoding"] == zipped.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Encoding" not in plain.headers
    assert (zipped.headers["Content-Encoding"], zipped.body) == ("gzip", plain.body)
    assert len(zipped.wire) < len(plain.wire) / 3
    assert int(small.headers["Content-Length"]) == len(small.body) < 1024


@pytest.mark.parametrize("coding", ["plain", "gzip", "chunked", "gzip chunked"])
def test_the_coding_can_be_forced(past: Simulator, coding: str) -> None:
    expected = ask(past, HISTORY, limit=300, **SPAN).json
    past.rest.habits = RestHabits(coding=coding)  # type: ignore[arg-type]
    reply = ask(past, HISTORY, limit=300, **SPAN)
    assert reply.json == expected
    assert ("Content-Encoding" in reply.headers) == ("gzip" in coding)
    assert ("Transfer-Encoding" in reply.headers) == ("chunked" in coding)
    assert ("Content-Length" in reply.headers) != ("chunked" in coding)


def test_the_order_can_be_any(past: Simulator) -> None:
    usual = history(past, limit=50, **SPAN)
    found = {}
    for order in ("ascending", "descending", "shuffled"):
        past.rest.habits = RestHabits(order=order)
        found[order] = history(past, limit=50, **SPAN)
    assert found["descending"] == usual
    assert found["ascending"] == usual[::-1]
    assert found["shuffled"] not in (usual, usual[::-1])
    assert sorted(map(str, found["shuffled"])) == sorted(map(str, usual))
    past.rest.habits = RestHabits(order="descending")
    starts = [bar["time_period_start"] for bar in bars(past, "1MIN", *SPAN.values())]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) == 60


def test_fewer_items_than_asked_for_can_be_granted_of_either_end(past: Simulator) -> None:
    everything = history(past, limit=5000, **SPAN)
    past.rest.habits = RestHabits(at_most=70)
    assert history(past, limit=5000, **SPAN) == everything[:70]
    past.rest.habits = RestHabits(at_most=70, keeps="oldest")
    assert history(past, limit=5000, **SPAN) == everything[-70:]
    assert len(bars(past, "10SEC", *SPAN.values(), limit=100)) == 70


def test_the_end_can_be_included(sim: Simulator) -> None:
    for second in range(3):
        sim.publish(BTC, second, f"2026-01-05T10:00:0{second}.0000000Z")
    span = {"time_start": "2026-01-05T10:00:00", "time_end": "2026-01-05T10:00:02"}
    assert [item["value"] for item in history(sim, **span)] == [1, 0]
    assert len(bars(sim, "1SEC", *span.values())) == 2
    sim.rest.habits = RestHabits(is_end_included=True)
    assert [item["value"] for item in history(sim, **span)] == [2, 1, 0]
    assert len(bars(sim, "1SEC", *span.values())) == 3


def test_empty_periods_can_be_nulls(sim: Simulator) -> None:
    for second in (0, 3):
        sim.publish(BTC, second, f"2026-01-05T10:00:0{second}.0000000Z")
    sim.rest.habits = RestHabits(null_bars=True)
    found = bars(sim, "1SEC", "2026-01-05T10:00:00", "2026-01-05T10:00:09")
    assert [bar["value_close"] for bar in found] == [0.0, None, None, 3.0]
    assert found[1] == {
        "time_period_start": "2026-01-05T10:00:01+00:00",
        "time_period_end": "2026-01-05T10:00:02+00:00",
        "time_open": None,
        "time_close": None,
        "value_open": None,
        "value_high": None,
        "value_low": None,
        "value_close": None,
        "value_count": 0,
    }


@pytest.mark.parametrize("status", [403, 429, 500, 502, 550])
def test_the_next_answers_can_be_refusals(past: Simulator, status: int) -> None:
    past.rest.fail_next(
        RestFault(status=status, headers={"Retry-After": "3"}, text="not now"), None, RestFault(status=500)
    )
    reply = ask(past, HISTORY)
    assert (reply.status, reply.headers["Retry-After"], reply.json) == (status, "3", {"error": "not now"})
    assert [ask(past, HISTORY).status for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize("coding", ["plain", "chunked", "gzip", "gzip chunked"])
def test_an_answer_can_be_cut_off_in_its_middle(past: Simulator, coding: str) -> None:
    past.rest.habits = RestHabits(coding=coding)  # type: ignore[arg-type]
    past.rest.fail_next(RestFault(cut_after=0.5))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(past, HISTORY, limit=2000, **SPAN)
    assert caught.value.partial
    assert len(history(past, limit=2000, **SPAN)) > 1000


def test_an_answer_can_end_by_a_reset(past: Simulator) -> None:
    past.rest.fail_next(RestFault(cut_after=0.3, how="rst"))
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(past, HISTORY, limit=2000, **SPAN)


def test_an_answer_can_come_late_and_bit_by_bit(past: Simulator) -> None:
    whole = history(past, limit=500, **SPAN)
    past.rest.fail_next(RestFault(wait_s=0.05, pause_s=0.01))
    assert history(past, limit=500, **SPAN) == whole
    with socket.create_connection(("127.0.0.1", past.port), timeout=GENEROUS_S) as raw:
        past.rest.fail_next(RestFault(pause_s=0.05))
        raw.sendall(f"GET /v1/{HISTORY}?limit=500 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        parts = 0
        while raw.recv(1_000_000):
            parts += 1
    assert parts > 2


def test_what_a_call_costs_is_said(past: Simulator) -> None:
    costs = [
        ask(past, HISTORY, limit=limit, **SPAN).headers["X-RateLimit-Request-Cost"] for limit in (1, 100, 101, 1000)
    ]
    assert costs == ["1", "1", "2", "10"]
    assert ask(past, "indexes/IDX_NO/history").headers["X-RateLimit-Used"] == "15"
    assert past.rest.quota.spent == 15


def test_over_the_quota_calls_are_refused_until_the_window_has_moved_on() -> None:
    with Simulator(rate=1, rest_calls=12, rest_window_s=1.0) as sim:
        first = ask(sim, HISTORY, limit=1000, **SPAN)
        assert first.status == 200
        assert first.headers["X-RateLimit-Limit"] == "12"
        second = ask(sim, HISTORY, limit=200, **SPAN)
        refused = ask(sim, HISTORY, limit=1, **SPAN)
        while refused.status == 200:  # a machine that is slow enough has seen the window move on
            refused = ask(sim, HISTORY, limit=1000, **SPAN)
        assert int(second.headers["X-RateLimit-Remaining"]) <= 10
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        assert "Quota" in refused.json["error"]
        while ask(sim, HISTORY, limit=1, **SPAN).status != 200:
            pass


def test_the_questions_are_remembered_without_the_key(past: Simulator) -> None:
    ask(past, HISTORY, limit=3)
    ask(past, HISTORY, limit=3, apikey="secret")
    assert list(past.rest.asked) == [f"/v1/{HISTORY}?limit=3", f"/v1/{HISTORY}"]


def test_the_zipped_answer_is_valid_gzip_to_its_end(past: Simulator) -> None:
    past.rest.habits = RestHabits(coding="gzip")
    reply = ask(past, HISTORY, limit=700, **SPAN)
    assert gzip.decompress(reply.wire) == reply.body
