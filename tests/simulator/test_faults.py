"""Each fault as a client sees it on its socket."""

from __future__ import annotations

import itertools
import json
import re
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.simulator import Faults, Simulator
from tests.simulator.clients import (
    SILENCE_S,
    RawClient,
    assert_silent,
    client,
    greeted,
    hello,
    receive,
    receive_end,
    receive_text,
    received_code,
)

GOING_AWAY = 1001


def test_a_restart_is_announced_and_closes_those_connections_only(sim: Simulator) -> None:
    with greeted(sim) as (first, _), greeted(sim) as (second, _):
        started = time.monotonic()
        sim.restart(within_s=0.3)
        notices = [receive_text(first), receive_text(second)]
        with greeted(sim) as (newcomer, _):
            sim.publish("IDX_A", 1)
            assert [receive(websocket)["value"] for websocket in (first, second, newcomer)] == [1, 1, 1]
            assert [received_code(receive_end(websocket)) for websocket in (first, second)] == [GOING_AWAY, GOING_AWAY]
            assert time.monotonic() - started >= 0.29
            sim.publish("IDX_A", 2)
            assert receive(newcomer)["value"] == 2
            assert [peer.number for peer in sim.open_peers()] == [3]
    assert notices[0] == notices[1]
    assert re.fullmatch(
        r'\{"type":"reconnect","within_seconds":0\.3,"before_time":"[-\d]{10}T[:\d]{8}\.\d{7}Z"\}', notices[0]
    )


def test_whole_seconds_are_announced_as_such(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        sim.restart(within_s=10.0)
        assert '"within_seconds":10,' in receive_text(websocket)


def test_restarts_by_the_clock() -> None:
    with (
        Simulator(rate=0, faults=Faults(restart_every_s=0.2, within_s=0.1)) as sim,
        greeted(sim) as (first, _),
    ):
        assert receive(first)["type"] == "reconnect"
        with greeted(sim) as (second, _):
            assert received_code(receive_end(first)) == GOING_AWAY
            assert receive(second)["type"] == "reconnect"
            assert received_code(receive_end(second)) == GOING_AWAY


def test_the_feed_flows_to_both_until_the_first_ends() -> None:
    with Simulator(rate=1000, record=True) as sim, greeted(sim, hello(["IDX_REFRATE_VWAP_BTC"])) as (old, _):
        sim.restart(within_s=0.3)
        with greeted(sim, hello(["IDX_REFRATE_VWAP_BTC"])) as (new, _):
            from_old = _all_until_end(old)
            sim.stop_walk()
            from_new = [receive_text(new)]
            while from_new[-1] != from_old[-1]:
                from_new.append(receive_text(new))
    assert len(from_new) > 1
    assert from_old[-len(from_new) :] == from_new


def _all_until_end(websocket: ClientConnection) -> list[str]:
    texts: list[str] = []
    try:
        while True:
            texts.append(receive_text(websocket))
    except ConnectionClosed:
        return [text for text in texts if "reconnect" not in text]


def test_drops_by_the_clock_have_no_close_frame() -> None:
    with Simulator(rate=0, faults=Faults(drop_every_s=0.1)) as sim, client(sim) as first, client(sim) as second:
        assert [received_code(receive_end(first)), received_code(receive_end(second))] == [None, None]


def test_a_drop_by_hand_ends_the_stream_in_order(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        sim.publish_text("last")
        sim.drop()
        assert raw.receive_all() == b"\x81\x04last"
        peer.wait_closed(5)
        assert peer.close_code is None


@pytest.mark.slow
def test_a_connection_freezes_so_long_after_it_was_made() -> None:
    faults = Faults(freeze_after_s=0.2)
    with Simulator(rate=0, heartbeat_s=0.05, ping_interval_s=0.05, ping_timeout_s=0.1, faults=faults) as sim:
        started = time.monotonic()
        with greeted(sim, hello(heartbeat=True)) as (websocket, peer):
            assert _count_until_silent(websocket) > 0
            assert time.monotonic() - started >= 0.2
            pong = websocket.ping()
            sim.publish("IDX_A", 1)
            assert not pong.wait(0.3)
            assert_silent(websocket)
            assert peer.is_open
            with greeted(sim) as (fresh, _):
                sim.publish("IDX_A", 2)
                assert receive(fresh)["value"] == 2


def _count_until_silent(websocket: ClientConnection) -> int:
    for count in itertools.count():
        try:
            websocket.recv(timeout=SILENCE_S)
        except TimeoutError:
            return count
    raise AssertionError


def test_an_error_after_the_hello() -> None:
    with Simulator(rate=500, faults=Faults(error_text='Quota "x" exceeded')) as sim, client(sim, hello()) as websocket:
        assert receive(websocket) == {"type": "error", "message": 'Quota "x" exceeded'}
        receive_end(websocket)


def test_every_message_is_late_by_the_delay() -> None:
    with Simulator(rate=0, faults=Faults(delay_s=0.2)) as sim, greeted(sim) as (websocket, peer):
        started = time.monotonic()
        sim.publish("IDX_A", 1)
        sim.publish("IDX_A", 2)
        assert [receive(websocket)["value"], receive(websocket)["value"]] == [1, 2]
        assert 0.19 <= time.monotonic() - started < 1
        assert peer.delay_s == 0.2


def test_a_period_of_zero_makes_no_sense() -> None:
    with pytest.raises(UsageError, match="restart_every_s is 0"):
        Faults(restart_every_s=0)
    with pytest.raises(UsageError, match="drop_every_s is 0"):
        Faults(drop_every_s=0)


def test_times_below_zero_make_no_sense() -> None:
    with pytest.raises(UsageError, match="within_s is -1"):
        Faults(within_s=-1)
    with pytest.raises(UsageError, match="delay_s is -1"):
        Faults(delay_s=-1)


def test_an_error_text_is_proper_json() -> None:
    text = 'a "quote", a \\ and ü'
    with Simulator(rate=0, faults=Faults(error_text=text)) as sim, client(sim, hello()) as websocket:
        assert json.loads(receive_text(websocket))["message"] == text
