from __future__ import annotations

import http.client
import json
import time
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from websockets.exceptions import InvalidStatus

from coinapi_idx_cli.simulator import Faults, Simulator
from tests.harness import GENEROUS_S
from tests.simulator.clients import client, greeted


def get(sim: Simulator, path: str, headers: dict[str, str] | None = None) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read().decode()
    finally:
        connection.close()


def test_the_list_of_indexes(sim: Simulator) -> None:
    response, body = get(sim, "/v1/indexes")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert json.loads(body) == [{"id": index_id} for index_id in sim.index_ids]
    assert sim.rest_url == f"http://127.0.0.1:{sim.port}"


def test_the_list_holds_the_extra_ids() -> None:
    with Simulator(rate=0, extra_ids=7700) as sim:
        assert len(json.loads(get(sim, "/v1/indexes?x=1")[1])) == 7740


@pytest.mark.parametrize("path", ["/", "/v1/index", "/v1/indexes/IDX_A/current"])
def test_anything_else_is_404(sim: Simulator, path: str) -> None:
    assert get(sim, path)[0].status == 404


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/v1/indexes", 401),
        ({"X-CoinAPI-Key": "wrong"}, "/v1/indexes", 401),
        ({}, "/v1/indexes?apikey=right", 401),
        ({"X-CoinAPI-Key": "right"}, "/v1/indexes", 200),
        ({"Authorization": "right"}, "/v1/indexes", 200),
    ],
)
def test_the_list_needs_the_key_in_a_header(headers: dict[str, str], path: str, status: int) -> None:
    with Simulator(rate=0, api_key="right") as sim:
        assert get(sim, path, headers)[0].status == status


def test_upgrades_can_be_given_any_answer_and_normal_again(sim: Simulator) -> None:
    sim.answer_upgrades_with(503, {"Retry-After": "2"}, "busy")
    with pytest.raises(InvalidStatus) as caught, client(sim):
        pass
    response = caught.value.response
    assert (response.status_code, response.headers["Retry-After"], bytes(response.body)) == (503, "2", b"busy")
    assert get(sim, "/v1/indexes")[0].status == 200
    sim.wait_for_refusals(1)
    sim.answer_upgrades_with(None)
    with greeted(sim):
        assert (sim.upgrades_refused, sim.connections_made) == (1, 1)


def test_a_simulator_can_refuse_from_the_start() -> None:
    with Simulator(rate=0, refuse_status=429, refuse_headers={"Retry-After": "1"}) as sim:
        with pytest.raises(InvalidStatus) as caught, client(sim):
            pass
        assert caught.value.response.status_code == 429
        with pytest.raises(TimeoutError):
            sim.wait_for_refusals(2, timeout_s=0.05)


def test_statuses_that_nobody_knows_can_be_sent(sim: Simulator) -> None:
    sim.answer_upgrades_with(499)
    with pytest.raises(InvalidStatus) as caught, client(sim):
        pass
    assert caught.value.response.status_code == 499


def test_rest_answers_can_be_scripted(sim: Simulator) -> None:
    sim.answer_rest_with(429, {"Retry-After": "3"}, "slow down")
    response, body = get(sim, "/v1/indexes")
    assert (response.status, response.headers["Retry-After"], body) == (429, "3", "slow down")
    sim.answer_rest_with(None)
    assert get(sim, "/v1/indexes")[0].status == 200


def test_every_answer_is_dated() -> None:
    with Simulator(rate=0, api_key="right") as sim:
        for path in ("/", "/v1/indexes"):
            assert abs(date_s(get(sim, path)[0].headers["Date"]) - time.time()) < GENEROUS_S
        with client(sim) as websocket:
            assert websocket.response is not None
            assert len(websocket.response.headers.get_all("Date")) == 1


def test_a_clock_that_is_ahead_dates_all_that_is_said() -> None:
    with Simulator(rate=0, faults=Faults(clock_ahead_s=1000.0)) as sim, greeted(sim) as (websocket, _):
        assert websocket.response is not None
        times_s = [date_s(websocket.response.headers["Date"]), date_s(get(sim, "/v1/indexes")[0].headers["Date"])]
        message = json.loads(sim.publish("IDX_REFRATE_VWAP_BTC", 1.5))
        times_s.append(datetime.fromisoformat(message["time_coinapi"]).timestamp())
        assert all(abs(time_s - time.time() - 1000) < GENEROUS_S for time_s in times_s)


def test_a_date_of_a_script_stays(sim: Simulator) -> None:
    sim.answer_rest_with(200, {"Date": "Sat, 18 Mar 2017 22:42:21 GMT"})
    assert get(sim, "/")[0].headers.get_all("Date") == ["Sat, 18 Mar 2017 22:42:21 GMT"]


def date_s(header: str) -> float:
    return parsedate_to_datetime(header).timestamp()
