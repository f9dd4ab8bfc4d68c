"""A client of the REST side: http.client, and what it says about the answer."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S

BTC = "IDX_REFRATE_PRIMKT_BTC_USD"
VOLATILITY = "IDX_VOL_CAPIVIX_BTC_USD"


class RestReply(NamedTuple):
    """One answer; `wire` is the body as it came, `body` unpacked."""

    status: int
    headers: Mapping[str, str]
    wire: bytes
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(sim: Simulator, path: str, headers: Mapping[str, str] | None = None, /, **parameters: object) -> RestReply:
    """GET. Raises what `http.client` raises for an answer that is cut off."""
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=GENEROUS_S)
    try:
        query = f"?{urlencode(parameters)}" if parameters else ""
        connection.request("GET", f"/v1/{path}{query}", headers=dict(headers or {}))
        response = connection.getresponse()
        wire = response.read()
        zipped = response.headers.get("Content-Encoding") == "gzip"
        return RestReply(response.status, dict(response.headers), wire, gzip.decompress(wire) if zipped else wire)
    finally:
        connection.close()


def history(sim: Simulator, index_id: str = BTC, **parameters: object) -> list[dict[str, Any]]:
    """The items, which there must be."""
    reply = ask(sim, f"indexes/{index_id}/history", **parameters)
    assert reply.status == 200, reply
    items: list[dict[str, Any]] = reply.json
    return items


def bars(sim: Simulator, period: str, begin: str, end: str, **parameters: object) -> list[dict[str, Any]]:
    """Of BTC."""
    more = {"period_id": period, "time_start": begin, "time_end": end, **parameters}
    reply = ask(sim, f"indexes/{BTC}/timeseries", **more)
    assert reply.status == 200, reply
    items: list[dict[str, Any]] = reply.json
    return items


def published(record: list[str], index_id: str = BTC) -> list[tuple[str, float]]:
    """As REST gives them: whole seconds, what is finer cut off."""
    messages = [json.loads(text) for text in record]
    return [
        (f"{message['time_coinapi'][:19]}+00:00", message["value"])
        for message in messages
        if message["index_id"] == index_id
    ]


def pairs(items: list[dict[str, Any]]) -> list[tuple[str, float]]:
    return [(item["timestamp"], item["value"]) for item in items]
