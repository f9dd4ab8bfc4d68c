"""A signal ends the run after what had come by then, wherever the main thread was when it came."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import closing

from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.session.connections import Connections
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.target import Target
from tests.session.fake_world import IDS, Script, World
from tests.session.notebook import Notebook, Written


def test_values_of_a_connection_that_has_just_been_opened_are_written() -> None:
    world, output, notebook = World(Script(lambda _: 1e9)), Written(), Notebook()
    world.publish(range(5))
    target = Target("ws://127.0.0.1:1", None, hello=hello(IDS, heartbeat=True))
    plan = Plan(target, Policy(10.0, 10.0, None), StopRules())

    def open_at_once_and_be_interrupted(_number: int, attempt: Callable[[], None]) -> None:
        attempt()
        world.now_s = 3.0
        signal.raise_signal(signal.SIGTERM)

    with closing(Wakeup()) as wakeup, wakeup.catching(signal.SIGTERM):
        session = Session(
            plan,
            output,
            Status("feed.example", started_s=0.0),
            notebook,
            wakeup,
            connections=Connections(target, wakeup, make=world.make, start=open_at_once_and_be_interrupted),
            wait=world.waiter(wakeup),
            clock=world.clock,
            chance=world.chance.random,
        )
        session.run()
    assert output.texts == [text for at_s, text in world.published if at_s <= 3.0]
    assert len(output.texts) > 0
