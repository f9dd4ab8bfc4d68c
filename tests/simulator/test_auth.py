from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import InvalidStatus

from coinapi_idx_cli.simulator import Simulator
from tests.simulator.clients import client, greeted, hello, receive, receive_end, request

KEY, WRONG = "right-key", "wrong-key"

Carried = tuple[dict[str, str], str]


@pytest.fixture
def locked() -> Iterator[Simulator]:
    with Simulator(rate=0, api_key=KEY) as simulator:
        yield simulator


def in_header(key: str) -> Carried:
    return {"X-CoinAPI-Key": key}, ""


def in_authorization(key: str) -> Carried:
    return {"Authorization": key}, ""


def in_query(key: str) -> Carried:
    return {}, f"/?apikey={key}"


AT_UPGRADE = [in_header, in_authorization, in_query]


def refused_status(sim: Simulator, carried: Carried) -> int:
    headers, path = carried
    with pytest.raises(InvalidStatus) as caught, client(sim, path=path, additional_headers=headers):
        pass
    return caught.value.response.status_code


@pytest.mark.parametrize("place", AT_UPGRADE)
def test_the_right_key_at_the_upgrade(locked: Simulator, place: Callable[[str], Carried]) -> None:
    headers, path = place(KEY)
    with client(locked, hello(), path=path, additional_headers=headers) as websocket:
        locked.wait_for_peer(1)
        locked.publish("IDX_A", 1)
        assert receive(websocket)["value"] == 1


@pytest.mark.parametrize("place", AT_UPGRADE)
def test_a_wrong_key_at_the_upgrade_is_401(locked: Simulator, place: Callable[[str], Carried]) -> None:
    assert refused_status(locked, place(WRONG)) == 401
    assert locked.connections_made == 0
    assert locked.upgrades_refused == 1


def test_one_right_and_one_wrong_key_is_401(locked: Simulator) -> None:
    assert refused_status(locked, ({"X-CoinAPI-Key": KEY}, f"/?apikey={WRONG}")) == 401


def test_a_jwt_beside_the_key_is_no_key(locked: Simulator) -> None:
    headers = {"X-CoinAPI-Key": KEY, "Authorization": "Bearer abc.def.ghi"}
    with client(locked, hello(), additional_headers=headers):
        locked.wait_for_peer(1)


@pytest.mark.parametrize("kind", ["hello", "subscribe"])
def test_the_right_key_in_the_first_message(locked: Simulator, kind: str) -> None:
    with client(locked, request(kind, apikey=KEY)) as websocket:
        peer = locked.wait_for_peer(1)
        websocket.send(hello(["IDX_A"]))
        peer.wait_received(2)
        locked.publish("IDX_A", 1)
        assert receive(websocket)["value"] == 1


@pytest.mark.parametrize("first", [hello(apikey=WRONG), hello(), hello(apikey=""), request("unsubscribe")])
def test_a_wrong_key_or_none_in_the_first_message(locked: Simulator, first: str) -> None:
    with client(locked, first) as websocket:
        assert receive(websocket) == {"type": "error", "message": "Invalid API key"}
        receive_end(websocket)
        assert not locked.open_peers()


def test_without_a_key_set_any_key_is_fine(sim: Simulator) -> None:
    with greeted(sim, hello(apikey=WRONG), additional_headers={"X-CoinAPI-Key": WRONG}):
        assert sim.connections_made == 1


@pytest.mark.parametrize(
    ("accepted", "carried", "status"),
    [
        ({"header"}, in_header(KEY), 101),
        ({"header"}, in_query(KEY), 401),
        ({"header"}, ({}, ""), 401),
        ({"query"}, in_query(KEY), 101),
        ({"query"}, in_header(KEY), 401),
        ({"query"}, ({"X-CoinAPI-Key": WRONG}, f"/?apikey={KEY}"), 101),
        ({"hello"}, ({}, ""), 101),
        ({"hello"}, in_header(WRONG), 101),
    ],
)
def test_the_key_can_be_accepted_in_one_place_only(accepted: set[str], carried: Carried, status: int) -> None:
    with Simulator(rate=0, api_key=KEY, accept_auth=frozenset(accepted)) as sim:
        if status != 101:
            assert refused_status(sim, carried) == status
            return
        headers, path = carried
        with client(sim, hello(apikey=KEY), path=path, additional_headers=headers):
            sim.wait_for_peer(1)


def test_a_key_in_the_header_does_not_count_where_only_the_hello_may_bring_it() -> None:
    with (
        Simulator(rate=0, api_key=KEY, accept_auth=frozenset({"hello"})) as sim,
        client(sim, hello(), additional_headers={"X-CoinAPI-Key": KEY}) as websocket,
    ):
        assert receive(websocket)["message"] == "Invalid API key"


def test_an_unknown_place_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="cookie"):
        Simulator(accept_auth=frozenset({"cookie"}))
