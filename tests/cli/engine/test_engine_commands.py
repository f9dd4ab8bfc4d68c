"""`idxstream engine create` and `info` against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from coinapi_idx_cli.engine import wire
from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import answer
from coinapi_idx_cli.engine.target import parse_target
from coinapi_idx_cli.protocol.blocks import StreamBlock, yield_message
from tests.engine.nats_server import NatsServer
from tests.harness import run_here

VALUE = b'{"type":"index","index_id":"IDX_1","time_coinapi":"2026-11-26T10:00:00.0000000Z","value":1}\n'


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


def write(url: str, *blocks: StreamBlock) -> None:
    target = parse_target("-o", url)
    with EngineConversation(target) as conversation:
        for block in blocks:
            subject = f"{target.stream}.{'control' if block.control else 'values'}"
            conversation.link.send(
                wire.publish(subject, block.data, reply=f"{conversation._inbox}.x", headers=block.headers)
            )
        conversation.state()
        assert all("seq" in answer(each) for each in conversation._heard)


def test_a_stream_is_made_once_and_then_left_alone(server: NatsServer) -> None:
    url = f"{server.url}/once"
    made = run_here("engine", "create", url, "--max-age", "24h", "--max-bytes", "10MB")
    assert (made.code, made.out) == (0, "")
    assert "made the stream" in made.err
    again = run_here("engine", "create", url, "--max-age", "1h")
    assert again.code == 0
    assert "exists already" in again.err
    info = json.loads(run_here("engine", "info", url, "-f", "ndjson").out)
    assert (info["max_age_s"], info["max_bytes"], info["messages"], info["faults"]) == (86400.0, 10_000_000, 0, [])


def test_info_says_who_writes_and_that_the_chain_is_whole(server: NatsServer) -> None:
    url = f"{server.url}/info"
    run_here("engine", "create", url)
    first = StreamBlock("alpha/r/1", (0, ""), 1, 1_700_000_000_000_000_000, VALUE)
    write(url, first, StreamBlock("beta/q/1", (1, "alpha/r/1"), 1, 1_700_000_001_000_000_000, VALUE))
    shown = run_here("engine", "info", url)
    assert shown.code == 0
    assert "writer    beta\n" in shown.out
    assert "chain     whole over the last 2 messages\n" in shown.out
    assert "received 2023-11-14T22:13:21.000000000Z" in shown.out
    leaving = StreamBlock("beta/q/2", (2, "beta/q/1"), 0, 1_700_000_001_000_000_000, yield_message("x"), control=True)
    write(url, leaving)
    assert "writer    nobody" in run_here("engine", "info", url).out


def test_a_chain_that_is_broken_is_said_with_its_place(server: NatsServer) -> None:
    url = f"{server.url}/broken"
    run_here("engine", "create", url)
    first = StreamBlock("alpha/r/1", (0, ""), 1, 1_700_000_000_000_000_000, VALUE)
    write(url, first, StreamBlock("alpha/r/3", (1, "alpha/r/2"), 1, 1_700_000_000_000_000_000, VALUE))
    shown = run_here("engine", "info", url)
    assert shown.code == 7
    assert "fault     message 2 follows 1 alpha/r/2, and 1 is alpha/r/1\n" in shown.out


def test_a_stream_that_cannot_keep_the_promise_is_refused(server: NatsServer) -> None:
    target = parse_target("-o", f"{server.url}/other")
    with EngineConversation(target) as conversation:
        conversation.call("STREAM.CREATE.other", b'{"name":"other","subjects":["other.x"],"retention":"workqueue"}')
    refused = run_here("engine", "create", f"{server.url}/other")
    assert refused.code == 4
    assert "retention" in refused.err
    assert run_here("engine", "info", f"{server.url}/other").code == 7


def test_what_is_wrong_with_a_url_or_the_engine(server: NatsServer) -> None:
    assert run_here("engine", "info", f"{server.url}/nothing").code == 4
    assert "engine create" in run_here("engine", "info", f"{server.url}/nothing").err
    assert run_here("engine", "info", "ws://127.0.0.1/x").code == 2
    assert run_here("engine", "info", server.url).code == 2
    assert run_here("engine", "info").code == 2
    secret = run_here("engine", "info", "nats://me:correct-horse@127.0.0.1/x")
    assert secret.code == 2
    assert "correct-horse" not in secret.err
    with NatsServer(jetstream=False) as plain:
        assert run_here("engine", "info", f"{plain.url}/x").code == 5
