"""`make screenshots`: pictures of real runs for the README: a real simulator, a real session, rich's SVG export."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

from rich.console import Console

from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.outputs.base import OutputContext, Sink
from coinapi_idx_cli.outputs.sink import StdoutSink
from coinapi_idx_cli.outputs.table import Table
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.protocol.reconnect import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.simulator import DEMO_IDS, Simulator
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.session import Plan, Session
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.wakeup import Wakeup

HERE = Path(__file__).parent
RUN_S = 20.0


class NoSink(Sink):
    def write(self, data: bytes) -> None:  # noqa: ARG002
        raise AssertionError("the table writes no bytes")


def main() -> None:
    with Simulator(seed=7) as simulator:
        target = Target(url=simulator.url, hello=hello(DEMO_IDS, heartbeat=True))
        status = Status(server=target.server, started_s=time.monotonic())
        context = OutputContext(NoSink(), status, DEMO_IDS, None, True, frozenset(), str)  # noqa: FBT003
        console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True, color_system="truecolor")
        table = Table(context, console)
        plan = Plan(target, Policy(stale_after_s=10.0), StopRules(duration_s=RUN_S))

        class Photographer(Session):
            """Paints as often as a terminal would, for the rate, and takes the picture while the connection is live."""

            def _advance(self, ready: list[Connection], now: float) -> None:
                super()._advance(ready, now)
                table.render(console.width)

            def _say_farewell(self) -> None:
                console.print(table.render(console.width))
                super()._say_farewell()

        Photographer(plan, table, StdoutSink(sys.stdout.fileno(), bytes), status, Reporter([]), Wakeup()).run()
    console.save_svg(str(HERE / "table.svg"), title="idxstream watch --demo")


if __name__ == "__main__":
    main()
