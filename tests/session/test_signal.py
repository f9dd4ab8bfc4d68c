"""A signal ends the run after what had come by then, wherever the main thread was when it came."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import closing

from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from tests.session.fake_world import TARGET, Script, World
from tests.session.notebook import Notebook, Written


class InterruptedWorld(World):
    """A connection is open at once, values come, and then a signal."""

    def start(self, _number: int, attempt: Callable[[], None]) -> None:
        attempt()
        self.now_s = 3.0
        signal.raise_signal(signal.SIGTERM)


def test_values_of_a_connection_that_has_just_been_opened_are_written() -> None:
    world, output, notebook = InterruptedWorld(Script(lambda _: 1e9)), Written(), Notebook()
    world.publish(range(5))
    plan = Plan(TARGET, Policy(10.0, 10.0, None), StopRules())
    with closing(Wakeup()) as wakeup, wakeup.catching(signal.SIGTERM):
        world.session(plan, output, Status("feed.example", started_s=0.0), notebook, wakeup).run()
    assert output.texts == [text for at_s, text in world.published if at_s <= 3.0]
    assert len(output.texts) > 0
