"""Where nobody waits for a value at once, what comes is read together: all of it, in order, and soon."""

from __future__ import annotations

from contextlib import closing

import pytest

from coinapi_idx_cli.formats.base import FormatContext
from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.monitoring.monitored_output import Monitor, MonitoredOutput
from coinapi_idx_cli.outputs.base import RECEIPT_NAP_S
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.several_outputs import SeveralOutputs
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from tests.session.fake_world import STARTED_NS, TARGET, Script, World
from tests.session.notebook import Notebook, Written

FILE_NAP_S = FileSink.nap_s
SPAN_S = 200


class Batches(Written):
    """Keeps how many values came at once, and when."""

    def __init__(self, nap_s: float) -> None:
        super().__init__()
        self.nap_s = nap_s
        self.received: list[tuple[int, int]] = []

    def write(self, batch: Batch) -> None:
        super().write(batch)
        if batch.values:
            self.received.append((batch.time_received_ns, len(batch.values)))


def run(nap_s: float, rules: StopRules, *, redundant: bool = False) -> tuple[World, Batches]:
    """A value of each index in each millisecond, from one second on."""
    world, output, notebook = World(Script(lambda _: 1e9)), Batches(nap_s), Notebook()
    world.publish(range(SPAN_S))
    world.published = [(1.0 + at_s / 1000, text) for at_s, text in world.published]
    world.times_s = [at_s for at_s, _ in world.published]
    status = Status("feed.example", started_s=0.0)
    plan = Plan(TARGET, Policy(10.0, 10.0, None), rules, redundant=redundant)
    with closing(Wakeup()) as wakeup:
        world.session(plan, output, status, notebook, wakeup).run()
    assert status.values == len(output.texts)
    assert notebook.of("gap") == []
    return world, output


@pytest.mark.parametrize("redundant", [False, True])
def test_what_gathers_comes_whole_in_order_and_no_later_than_it_may(redundant: bool) -> None:
    world, at_once = run(0.0, StopRules(duration_s=3.0), redundant=redundant)
    _, gathered = run(FILE_NAP_S, StopRules(duration_s=3.0), redundant=redundant)
    assert sorted(gathered.texts) == sorted(at_once.texts) == sorted(text for _, text in world.published)
    if not redundant:
        assert gathered.texts == at_once.texts
    assert len(gathered.received) * 3 < len(at_once.received)
    position = 0
    for received_ns, count in gathered.received:
        came_s = world.published[position][0]
        assert (received_ns - STARTED_NS) / NS - came_s <= FILE_NAP_S + 0.0001
        position += count


def test_a_count_is_met_exactly() -> None:
    world, output = run(FILE_NAP_S, StopRules(count=31))
    assert output.texts == [text for _, text in world.published[:31]]


def test_the_end_is_not_put_off() -> None:
    world, output = run(FILE_NAP_S, StopRules(duration_s=1.0955))
    came = [text for _, text in world.published]
    assert output.texts == came[: len(output.texts)]
    assert len(output.texts) >= sum(at_s <= 1.0955 - FILE_NAP_S for at_s in world.times_s)
    assert world.now_s < 1.0955 + FILE_NAP_S


class Ten(Sink):
    """Values may wait ten milliseconds."""

    nap_s = 0.01

    def open(self, head: bytes) -> None: ...

    def write(self, batch: Batch, data: bytes) -> None: ...


class Looks(Monitor):
    """Looks at the time of receipt."""

    looks_at_receipt = True

    def next_due_s(self) -> float:
        return float("inf")

    def tick(self, now: float) -> None: ...

    def ending(self) -> None: ...

    def close(self) -> None: ...


class Beats(Looks):
    """Looks at no value."""

    looks_at_receipt = False


def encoded(kind: type[Csv] | type[Ndjson], context: FormatContext) -> EncodedOutput:
    return EncodedOutput(kind(context), Ten(), bytes)


@pytest.mark.parametrize("kind", [Csv, Ndjson])
def test_a_time_of_receipt_that_is_seen_is_exact_to_a_millisecond(kind: type[Csv] | type[Ndjson]) -> None:
    assert encoded(kind, FormatContext()).nap_s == 0.01
    assert encoded(kind, FormatContext(fields=("index_id", "value"))).nap_s == 0.01
    for name in ("time_received", "latency_ms"):
        assert encoded(kind, FormatContext(fields=("index_id", name))).nap_s == RECEIPT_NAP_S
    assert MonitoredOutput(encoded(kind, FormatContext()), [Beats()]).nap_s == 0.01
    assert MonitoredOutput(encoded(kind, FormatContext()), [Beats(), Looks()]).nap_s == RECEIPT_NAP_S


def test_lines_about_gaps_tell_when_the_last_value_was_received() -> None:
    assert encoded(Ndjson, FormatContext(include=frozenset(("gap",)))).nap_s == RECEIPT_NAP_S
    assert encoded(Ndjson, FormatContext(include=frozenset(("heartbeat",)))).nap_s == 0.01


def test_one_output_that_somebody_waits_for_is_enough() -> None:
    file, pipe = encoded(Csv, FormatContext()), Written()
    assert SeveralOutputs([file, pipe]).nap_s == 0.0
    assert SeveralOutputs([file, encoded(Csv, FormatContext())]).nap_s == 0.01
