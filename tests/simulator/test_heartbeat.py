from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.simulator.options import Options
from tests.simulator.clients import RawClient, assert_silent, client, greeted, hello, receive, receive_text, request

FAST_S = 0.06


@pytest.fixture
def beating() -> Iterator[Simulator]:
    with Simulator(rate=0, heartbeat_s=FAST_S) as simulator:
        yield simulator


def test_by_default_after_one_second_of_silence_and_a_ping_each_minute() -> None:
    assert (Options().heartbeat_s, Options().ping_interval_s) == (1.0, 60.0)


def test_each_stretch_of_silence_gives_a_heartbeat(beating: Simulator) -> None:
    with greeted(beating, hello(heartbeat=True)) as (websocket, _):
        started = time.monotonic()
        assert [receive_text(websocket) for _ in range(3)] == ['{"type":"heartbeat"}'] * 3
        assert 3 * FAST_S * 0.8 < time.monotonic() - started < 3 * FAST_S + 1


def test_no_heartbeat_while_values_come() -> None:
    with Simulator(rate=400, heartbeat_s=FAST_S) as sim, greeted(sim, hello(heartbeat=True)) as (websocket, _):
        assert {receive(websocket)["type"] for _ in range(100)} == {"index"}


def test_values_for_others_are_silence(beating: Simulator) -> None:
    with greeted(beating, hello(["IDX_A"], heartbeat=True)) as (websocket, _):
        beating.start_walk(rate=400)
        assert receive(websocket) == {"type": "heartbeat"}


@pytest.mark.parametrize("first", [hello(), hello(heartbeat=False), request("subscribe")])
def test_nobody_gets_it_unasked(beating: Simulator, first: str) -> None:
    with greeted(beating, first) as (websocket, _):
        assert_silent(websocket)


def test_subscribe_can_ask_for_it_and_a_hello_without_it_ends_it(beating: Simulator) -> None:
    with greeted(beating, request("subscribe", heartbeat=True)) as (websocket, peer):
        assert receive(websocket) == {"type": "heartbeat"}
        websocket.send(request("subscribe", ["IDX_A"]))
        peer.wait_received(2)
        assert receive(websocket) == {"type": "heartbeat"}
        websocket.send(hello())
        peer.wait_received(3)
        beating.publish("IDX_A", 1)
        while receive(websocket)["type"] != "index":
            pass
        assert_silent(websocket)


def test_the_server_pings_and_lives_with_those_who_answer() -> None:
    with Simulator(rate=0, ping_interval_s=0.03, ping_timeout_s=5) as sim, greeted(sim) as (websocket, peer):
        assert_silent(websocket)
        assert peer.is_open


def test_who_does_not_pong_is_disconnected() -> None:
    with Simulator(rate=0, ping_interval_s=0.05, ping_timeout_s=0.05) as sim, RawClient(sim) as raw:
        frames = raw.receive_all()
        assert frames[:2] == b"\x89\x04"
        assert frames[6:].startswith(b"\x88\x18\x03\xf3keepalive")


def test_a_ping_by_hand_shows_that_the_client_answers(sim: Simulator) -> None:
    with greeted(sim) as (_, peer):
        assert 0 <= peer.ping(b"are you there").result(timeout=5) < 5


def test_pings_carry_their_payload(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        pong = peer.ping(b"abc")
        assert raw.receive(5) == b"\x89\x03abc"
        assert not pong.done()
        raw.socket.sendall(b"\x8a\x83\0\0\0\0abc")
        pong.result(timeout=5)


def test_a_client_gets_a_pong(sim: Simulator) -> None:
    with client(sim) as websocket:
        assert websocket.ping(b"x").wait(5)
