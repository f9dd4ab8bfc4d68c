"""`idxstream doctor --engine`: what is wrong with an engine, step by step, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from coinapi_idx_cli.engine.target import EngineCredentials
from tests.cli.engine.test_engine_commands import VALUE, write
from tests.cli.watch.engine.streams import blocks_in, create
from tests.engine.nats_server import NatsServer
from tests.harness import Ended, run_here

READER = """
authorization { users: [
  { user: "admin", password: "admin-secret" },
  { user: "reader", password: "reader-secret", permissions: {
      publish: ["$JS.API.STREAM.INFO.s", "$JS.API.DIRECT.GET.s"], subscribe: ["_INBOX.>"] } } ] }
"""


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


def examined(url: str, user: str = "") -> tuple[Ended, dict[str, bool | None]]:
    ended = run_here("doctor", "--engine", url, "-f", "ndjson", env={"IDXSTREAM_ENGINE_USER": user} if user else None)
    steps = [json.loads(line) for line in ended.out.splitlines()]
    return ended, {step["step"]: step["ok"] for step in steps}


def test_all_is_well_and_nothing_is_written(server: NatsServer) -> None:
    url = create(server, "well")
    ended, steps = examined(url)
    assert ended.code == 0
    assert steps == dict.fromkeys(("engine", "stream", "writing", "chain"), True)
    assert blocks_in(url) == []


def test_the_step_that_fails_gives_the_exit_code(server: NatsServer) -> None:
    ended, steps = examined(f"{server.url}/nothing")
    assert (ended.code, steps) == (4, {"engine": True, "stream": False, "writing": None, "chain": None})
    gone = NatsServer()
    gone.start()
    gone.kill()
    ended, steps = examined(f"{gone.url}/s")
    assert (ended.code, steps["engine"]) == (5, False)
    assert run_here("doctor", "--engine", "ws://127.0.0.1").code == 2
    assert run_here("doctor", "IDX_A", "--engine", "nats://127.0.0.1/s").code == 2


def test_a_user_that_may_only_read_is_told_so() -> None:
    with NatsServer(READER) as guarded:
        url = create(guarded, "s", EngineCredentials(user="admin", password="admin-secret"))
        ended, steps = examined(url, "reader:reader-secret")
        assert (ended.code, steps) == (0, {"engine": True, "stream": True, "writing": None, "chain": True})
        ended, steps = examined(url, "reader:wrong-secret")
        assert (ended.code, steps["engine"]) == (3, False)
        assert "wrong-secret" not in ended.out


def test_a_chain_that_is_broken_is_said(server: NatsServer) -> None:
    from coinapi_idx_cli.protocol.blocks import StreamBlock

    url = create(server, "broken_chain")
    write(url, *(StreamBlock(f"a/r/{number}", (0, ""), 1, number, VALUE) for number in (1, 2)))
    ended, steps = examined(url)
    assert (ended.code, steps["chain"]) == (4, False)
