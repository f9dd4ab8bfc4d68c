"""`make screenshots`: pictures for the documentation: real simulators, real sessions, rich's SVG export."""

from __future__ import annotations

import io
import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from rich.console import Console
from rich.style import Style
from rich.text import Text

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.cli.reporter import QUIET, Reporter
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.simulator import DEMO_IDS, Simulator
from coinapi_idx_cli.table.view import Table, TableContext
from coinapi_idx_cli.terminal.screen import REFRESH_PER_SECOND
from coinapi_idx_cli.terminal.terminal import Terminal
from coinapi_idx_cli.transport.target import Target

HERE = Path(__file__).parent
RUN_S = 75.0  # until the sparklines are full
ENVIRON = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "FORCE_COLOR": "1"}


@dataclass(frozen=True)
class Scene:
    name: str
    title: str
    width: int
    height: int
    index_ids: tuple[str, ...] | None = DEMO_IDS
    sort: str = "asked"
    more_ids: int = 0
    rate: float = 200.0
    is_cut: bool = False  # at the end the connection is lost, and no other can be had


ONE = "IDX_REFRATE_PRIMKT_BTC_USD"
SCENES = (
    Scene("one", f"idxstream watch {ONE}", 100, 28, (ONE,), rate=400.0),
    Scene("wide", "idxstream watch --demo", 160, 24),
    Scene("narrow", "idxstream watch --demo", 40, 12),
    Scene("many", "idxstream watch --all --sort change", 120, 24, None, "change", 7660, 1000.0),
    Scene("reconnecting", "idxstream watch --demo", 100, 24, is_cut=True),
)


def photograph(scene: Scene) -> None:
    with Simulator(seed=7, extra_ids=scene.more_ids, rate=scene.rate) as simulator:
        target = Target(url=simulator.url, hello=hello(scene.index_ids, heartbeat=True))
        status = Status(server=target.name, started_s=time.monotonic())
        table = _table(scene, status)
        wakeup = Wakeup()
        plan = Plan(target, Policy(stale_after_s=10.0), StopRules())
        session = Thread(target=Session(plan, table, status, _reporter(status), wakeup).run)
        session.start()
        _paint_until(lambda: time.monotonic() > status.started_s + RUN_S, table, scene)
        if scene.is_cut:
            simulator.pause_accepting()
            simulator.drop()
            _paint_until(lambda: _waits_for_long(status), table, scene)
        _save(scene, table)
        wakeup.signal_number = signal.SIGTERM
        wakeup.wake()
        session.join()


def _table(scene: Scene, status: Status) -> Table:
    ids = scene.index_ids or ()
    context = TableContext(status, ids, Sort(scene.sort))
    return Table(context, Terminal(os.open(os.devnull, os.O_WRONLY)), ENVIRON)


def _reporter(status: Status) -> Reporter:
    reporter = Reporter([])
    reporter.status, reporter.verbosity = status, QUIET
    return reporter


def _paint_until(is_over: Callable[[], bool], table: Table, scene: Scene) -> None:
    """As often as a terminal would, for the rates and the delays."""
    while not is_over():
        table.frame(scene.width, scene.height)
        time.sleep(1 / REFRESH_PER_SECOND)


def _waits_for_long(status: Status) -> bool:
    return (
        status.state is State.WAITING and status.retry_at_s is not None and status.retry_at_s > time.monotonic() + 2.0
    )


def _save(scene: Scene, table: Table) -> None:
    console = Console(
        record=True,
        width=scene.width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    for line in table.frame(scene.width, scene.height):
        console.print(_in_pieces(line, console), highlight=False)
    console.save_svg(str(HERE / f"{scene.name}.svg"), title=scene.title, unique_id=scene.name)


def _in_pieces(line: Text, console: Console) -> Text:
    """The same to the eye. Of a run that begins with blanks an SVG viewer may drop these: so none does."""
    pieces = Text()
    for text, style, _ in line.render(console):
        for piece in re.findall(" +|[^ ]+(?: [^ ]+)*", text):
            pieces.append(piece, style or (Style(color="default") if piece.strip() else None))
    pieces.stylize_before(line.style)
    return pieces


def main() -> None:
    with ProcessPoolExecutor(len(SCENES)) as pool:
        list(pool.map(photograph, SCENES))


if __name__ == "__main__":
    main()
