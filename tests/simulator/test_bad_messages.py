from __future__ import annotations

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.simulator.clients import client, greeted, hello, receive, receive_end, received_code

BAD = [
    "",
    "hello",
    "{",
    '{"type":"hello",}',
    "[]",
    "null",
    '"hello"',
    "{}",
    '{"type":null}',
    '{"type":5}',
    '{"type":["hello"]}',
    '{"type":"Hello"}',
    '{"type":"trade"}',
    '{"type":"hello","subscribe_filter_index_id":"IDX_A"}',
    '{"type":"hello","subscribe_filter_index_id":[1]}',
    '{"type":"hello","subscribe_filter_index_id":{}}',
    '{"type":"hello","heartbeat":"true"}',
    '{"type":"hello","heartbeat":1}',
    '{"type":"hello","subscribe_update_limit_ms_index":"100"}',
    '{"type":"hello","subscribe_update_limit_ms_index":-1}',
    '{"type":"hello","subscribe_update_limit_ms_index":true}',
    '{"type":"hello","subscribe_update_limit_ms_index":1.5}',
    '{"type":"hello","apikey":17}',
    b'{"type":"hello"}',
    "[" * 100_000,
]


@pytest.mark.parametrize("message", BAD, ids=lambda message: repr(message)[:60])
def test_a_bad_message_gets_an_error_and_a_close(sim: Simulator, message: str | bytes) -> None:
    with client(sim) as websocket:
        websocket.send(message)
        answer = receive(websocket)
        assert answer["type"] == "error"
        assert answer["message"]
        assert received_code(receive_end(websocket)) == 1008


def test_also_in_the_middle_of_a_stream_and_nothing_comes_after_it(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        sim.publish("IDX_A", 1)
        websocket.send("nonsense")
        peer.wait_received(2)
        sim.publish("IDX_A", 2)
        assert [receive(websocket)["type"], receive(websocket)["type"]] == ["index", "error"]
        receive_end(websocket)


def test_other_clients_are_not_disturbed(sim: Simulator) -> None:
    with greeted(sim) as (good, _), client(sim, "nonsense") as bad:
        receive(bad)
        receive_end(bad)
        sim.publish("IDX_A", 1)
        assert receive(good)["value"] == 1


def test_the_peer_shows_what_came(sim: Simulator) -> None:
    with client(sim, hello(["IDX_A"]), path="/v1/?x=y", additional_headers={"X-Mine": "1"}) as websocket:
        peer = sim.wait_for_peer(1)
        websocket.send("nonsense")
        assert peer.wait_received(2) == "nonsense"
        assert peer.received == [hello(["IDX_A"]), "nonsense"]
        assert peer.path == "/v1/?x=y"
        assert peer.headers["x-mine"] == "1"
        assert peer.number == 1
