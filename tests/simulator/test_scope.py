"""What reaches a client after hello, subscribe and unsubscribe. Published are A, B, C, in this order."""

from __future__ import annotations

import time

import pytest
from websockets.sync.client import ClientConnection

from coinapi_idx_cli.simulator import Simulator
from tests.simulator.clients import assert_silent, client, greeted, hello, receive, request

IDS = ["IDX_A", "IDX_B", "IDX_C"]
A, B, C = IDS


def got(sim: Simulator, requests: list[str]) -> list[str]:
    """The ids that reach a client which sent these messages, of one value each of A, B and C."""
    with client(sim) as websocket:
        for message in requests:
            websocket.send(message)
        peer = sim.wait_for_peer(sim.connections_made)
        peer.wait_received(len(requests))
        for index_id in IDS:
            sim.publish(index_id, 1.5)
        sim.publish_text('{"type":"end"}')
        return list(iter(lambda: receive(websocket).get("index_id", ""), ""))


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([hello()], [A, B, C]),
        ([hello([B])], [B]),
        ([hello([B, "IDX_OTHER"])], [B]),
        ([hello([])], []),
        ([request("subscribe")], [A, B, C]),
        ([request("subscribe", [A])], [A]),
        ([hello([A]), hello([B])], [B]),
        ([hello([A]), hello()], [A, B, C]),
        ([hello(), hello([C])], [C]),
        ([hello([A]), request("subscribe", [C])], [A, C]),
        ([hello([A]), request("subscribe")], [A, B, C]),
        ([hello(), request("subscribe", [C])], [A, B, C]),
        ([hello([A, B]), request("unsubscribe", [A])], [B]),
        ([hello([A]), request("unsubscribe", [B])], [A]),
        ([hello([A, B]), request("unsubscribe")], []),
        ([hello(), request("unsubscribe")], []),
        ([hello(), request("unsubscribe", [B])], [A, C]),
        ([hello(), request("unsubscribe", [B]), request("subscribe", [B])], [A, B, C]),
        ([hello(), request("unsubscribe", [B]), request("subscribe")], [A, B, C]),
        ([hello(), request("unsubscribe", [B]), hello()], [A, B, C]),
        ([hello([A], a_field_to_come={"x": 1})], [A]),
    ],
)
def test_scope(sim: Simulator, requests: list[str], expected: list[str]) -> None:
    assert got(sim, requests) == expected


def test_no_data_before_the_first_hello_or_subscribe(sim: Simulator) -> None:
    with client(sim) as websocket:
        sim.publish(A, 1)
        websocket.send(request("unsubscribe", ["IDX_Z"]))
        sim.publish(A, 2)
        assert_silent(websocket)
        websocket.send(hello([A]))
        sim.wait_for_peer(1)
        sim.publish(A, 3)
        assert receive(websocket)["value"] == 3


def test_a_hello_in_the_middle_changes_the_scope_without_a_break(sim: Simulator) -> None:
    with greeted(sim, hello([A])) as (websocket, peer):
        sim.publish(A, 1)
        websocket.send(hello([B]))
        peer.wait_received(2)
        sim.publish(A, 2)
        sim.publish(B, 3)
        assert [receive(websocket)["value"], receive(websocket)["value"]] == [1, 3]
    assert sim.connections_made == 1


def test_the_update_limit_drops_values_in_between_per_index(sim: Simulator) -> None:
    limited = hello(subscribe_update_limit_ms_index=60_000)
    with greeted(sim, limited) as (websocket, _), greeted(sim) as (unlimited, _):
        for value in (1, 2, 3):
            sim.publish(A, value)
        sim.publish(B, 4)
        assert [receive(websocket)["value"], receive(websocket)["value"]] == [1, 4]
        assert [receive(unlimited)["value"] for _ in range(4)] == [1, 2, 3, 4]
        assert_silent(websocket)


def test_the_update_limit_samples_for_each_connection_by_itself(sim: Simulator) -> None:
    limited = hello(subscribe_update_limit_ms_index=60_000)
    with greeted(sim, limited) as (first, _):
        sim.publish(A, 1)
        with greeted(sim, limited) as (second, _):
            sim.publish(A, 2)
            assert receive(first)["value"] == 1
            assert receive(second)["value"] == 2


def test_after_the_update_limit_the_next_value_comes(sim: Simulator) -> None:
    with greeted(sim, hello([A], subscribe_update_limit_ms_index=100)) as (websocket, _):
        started = time.monotonic()
        sim.publish(A, 0)
        receive(websocket)
        value = _next_value(sim, websocket)
        assert time.monotonic() - started >= 0.09
        assert value > 0


def _next_value(sim: Simulator, websocket: ClientConnection) -> float:
    for number in range(1, 1000):
        sim.publish(A, number)
        try:
            message = websocket.recv(timeout=0.01)
        except TimeoutError:
            continue
        assert f'"value":{number}' in str(message)
        return number
    raise AssertionError("no second value")


def test_a_new_hello_lifts_the_update_limit(sim: Simulator) -> None:
    with greeted(sim, hello([A], subscribe_update_limit_ms_index=60_000)) as (websocket, peer):
        sim.publish(A, 1)
        sim.publish(A, 2)
        websocket.send(hello([A]))
        peer.wait_received(2)
        sim.publish(A, 3)
        sim.publish(A, 4)
        assert [receive(websocket)["value"] for _ in range(3)] == [1, 3, 4]


def test_subscribe_without_a_limit_keeps_the_one_in_force(sim: Simulator) -> None:
    with greeted(sim, hello([A], subscribe_update_limit_ms_index=60_000)) as (websocket, peer):
        websocket.send(request("subscribe", [B]))
        peer.wait_received(2)
        for value in (1, 2):
            sim.publish(A, value)
            sim.publish(B, value)
        assert [receive(websocket)["index_id"], receive(websocket)["index_id"]] == [A, B]
        assert_silent(websocket)
