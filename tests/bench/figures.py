"""What `make bench` measures, against whom, and what each figure is to reach."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tests.bench import engines, measures, peers, records
from tests.bench.blaster import Feed
from tests.bench.comparisons import Bound, Comparison, Experiment, Figure, Flatness, Measure, Peer
from tests.bench.messages import index_id
from tests.bench.peers import PICOWS_ORJSON, VENDOR_LIKE, WEBSOCAT, WEBSOCAT_JQ, Program
from tests.bench.runs import Into
from tests.bench.tabs import tab_ms

NDJSON = peers.idxstream("ndjson")
CSV = peers.idxstream("csv", "--no-header")  # a line a message, as the others
TABLE = peers.idxstream("table")
GET = peers.get(index_id(0).decode())
BARS = peers.idxstream("ndjson", "--bars", "1m")
RULES = ("> 1e9", "< 1e-9", "moves 90% in 5m", "silent 1h")
ALERTS = peers.idxstream(
    "ndjson",
    *(word for number in range(5) for rule in RULES for word in ("--alert", f"{index_id(number).decode()} {rule}")),
)
# Of the messages, so that a run of a slow one takes about as long as one of a quick one.
SHARES = {WEBSOCAT_JQ: 0.2, VENDOR_LIKE: 0.03, PICOWS_ORJSON: 0.5}
BUSY = 5000  # messages a second
MANY, MANY_IDS = 20_000, 7_700  # all there is, at once
IDS = (8, 5_000, 50_000)
FILLS_EVERY_BUFFER = 500_000  # messages: twice 16 MiB of pending output and what the kernel holds of two sockets
RECORD_MB = 200  # a day of all indexes, where 500,000 messages are a run at full speed
Rate = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Sizes:
    messages: int  # of a run at full speed
    seconds: float  # that a run at a given pace takes
    stall_s: float  # that the reader sleeps who stalls


def throughput(sizes: Sizes) -> list[Experiment]:
    pipe, null, file = measures.rate_into_pipe, measures.rate_into_null, measures.rate_into_file

    def pair(
        name: str, ours: Rate, theirs: Program, rate: Callable[[Program, int], float], target: float, goal: float
    ) -> Comparison:
        messages = max(2, int(sizes.messages * SHARES.get(theirs, 1)))
        peer = Peer(theirs.name, lambda: (rate(theirs, messages),), theirs.lacks)
        bound = Bound(target, goal, at_least=True)
        return Comparison([Figure(name, "messages/s", bound)], lambda: (ours(sizes.messages),), peer)

    return [
        pair("ndjson into a pipe", partial(pipe, NDJSON), WEBSOCAT, pipe, 1.0, 2.0),
        pair("ndjson into a pipe", partial(pipe, NDJSON), WEBSOCAT_JQ, pipe, 7, 10),
        pair("ndjson into a pipe", partial(pipe, NDJSON), VENDOR_LIKE, pipe, 30, 70),
        pair("ndjson into a pipe", partial(pipe, NDJSON), PICOWS_ORJSON, pipe, 1.3, 2.5),
        pair("csv into a pipe", partial(pipe, CSV), PICOWS_ORJSON, pipe, 1.1, 2.3),
        pair("ndjson into /dev/null", partial(null, NDJSON), WEBSOCAT, null, 0.6, 1.2),
        pair(*_into_file(), WEBSOCAT, file, 0.75, 1.5),
    ]


def _into_file() -> tuple[str, Rate]:
    """By `-o` once `watch` has that."""
    if peers.idxstream_knows("--output"):
        return "ndjson, `-o FILE`", measures.rate_of_output_option
    return "ndjson, `> FILE`", partial(measures.rate_into_file, NDJSON)


def delay(sizes: Sizes) -> list[Experiment]:
    def pair(rate: int) -> Comparison:
        feed = Feed(max(10, int(rate * sizes.seconds)), rate=rate)
        figures = [
            Figure(f"delay at {rate:,} messages/s, p50", "µs", Bound(2.5, 1.2)),
            Figure(f"delay at {rate:,} messages/s, p99", "µs"),
        ]
        peer = Peer(WEBSOCAT.name, lambda: measures.delay_us(WEBSOCAT, feed), WEBSOCAT.lacks)
        return Comparison(figures, lambda: measures.delay_us(NDJSON, feed), peer)

    return [pair(200), pair(BUSY)]


def start(sizes: Sizes) -> list[Experiment]:
    def pair(name: str, ours: Callable[[], float], imports: str, bound: Bound) -> Comparison:
        code = f"import {imports}"
        peer = Peer(f'`python -c "{code}"`', lambda: (measures.process_ms([sys.executable, "-c", code]),))
        return Comparison([Figure(name, "ms", bound)], lambda: (ours(),), peer, rounds_factor=3)

    def command(option: str) -> Callable[[], float]:
        return lambda: measures.process_ms([*peers.idxstream_command(), option])

    first_line = partial(measures.first_line_ms, NDJSON)
    return [
        pair("start to the first line of `watch`", first_line, "typer, orjson, websocket", Bound(1.35, 1.0)),
        pair("`idxstream --version`", command("--version"), "typer", Bound(1.35)),
        pair("`idxstream --help`", command("--help"), "typer", Bound(1.35)),
    ]


def memory(sizes: Sizes) -> list[Experiment]:
    messages = max(2 * sizes.messages, FILLS_EVERY_BUFFER)

    def peak(name: str, bound: Bound, ours: Callable[[], float], rounds_factor: float) -> Comparison:
        return Comparison([Figure(name, "MiB", bound, 1)], lambda: (ours(),), rounds_factor=rounds_factor)

    fast = partial(measures.peak_mib, NDJSON, messages)
    stalled = partial(measures.peak_mib_stalled, messages, sizes.stall_s)
    return [
        peak("peak memory at full speed, fast reader", Bound(80, 50, " MiB"), fast, 0.6),
        peak(f"the same, reader stalls {sizes.stall_s:g} s (nothing lost)", Bound(120, None, " MiB"), stalled, 0.2),
    ]


def cpu(sizes: Sizes) -> list[Experiment]:
    seconds = 2 * sizes.seconds
    messages = max(10, int(BUSY * seconds))
    one_by_one = Feed(messages, rate=BUSY)
    in_bursts = Feed(messages, rate=BUSY, burst=10)
    at = f"CPU at {BUSY:,} messages/s"

    def used(program: Program, feed: Feed, into: Into = Into.PIPE) -> Measure:
        return lambda: (measures.cpu_percent(program, feed, into),)

    def figure(name: str, bound: Bound) -> list[Figure]:
        return [Figure(name, "% of a core", bound, 1)]

    websocat = Peer(WEBSOCAT.name, used(WEBSOCAT, one_by_one), WEBSOCAT.lacks)
    vendor_like = Peer(VENDOR_LIKE.name, used(VENDOR_LIKE, one_by_one), VENDOR_LIKE.lacks)
    return [
        Comparison(figure(f"{at}, one by one", Bound(1.2, 0.6)), used(NDJSON, one_by_one), vendor_like, 0.6),
        Comparison(figure(f"{at}, one by one", Bound(2.5, 1.3)), used(NDJSON, one_by_one), websocat, 0.6),
        Comparison(
            figure(f"{at}, one by one, `-o FILE`", Bound(1.0)),
            lambda: (measures.cpu_percent_of_output_option(one_by_one),),
            websocat,
            0.6,
        ),
        Comparison(figure(f"{at}, bursts of ten", Bound(15, 4, " %")), used(NDJSON, in_bursts), None, 0.6),
        Comparison(figure(f"{at}, table", Bound(30, 3, " %")), used(TABLE, one_by_one, Into.TERMINAL), None, 0.6),
        Comparison(
            [
                *figure(f"CPU at {MANY:,} messages/s, table of {MANY_IDS:,} rows", Bound(40, None, " %")),
                Figure("its repaints", "/s", Bound(3.6, 4, "/s", at_least=True), 1),
            ],
            lambda: measures.table_load(TABLE, Feed(int(MANY * seconds), MANY_IDS, rate=MANY, burst=20)),
            None,
            0.6,
        ),
    ]


def flat(sizes: Sizes) -> list[Experiment]:
    """Starts differ by 10 ms of CPU, which is much for the fewest messages: of these runs there are more."""
    base = sizes.messages
    counts = [base // 5, base * 2, base * 8]

    def size(feed: Feed, times: int = 1) -> Measure:
        return lambda: (statistics.median(measures.cpu_ns(NDJSON, feed) for _ in range(times)),)

    def figure(what: str, sizes: Sequence[int]) -> Figure:
        return Figure(f"CPU a message, at {', '.join(f'{size:,}' for size in sizes)} {what}", "ns", Bound(1.3))

    by_count = [size(Feed(count), times) for count, times in zip(counts, (9, 1, 1), strict=True)]
    by_ids = [size(Feed(base, ids)) for ids in IDS]
    return [
        Flatness(figure("messages", counts), by_count, 0.6),
        Flatness(figure("ids", IDS), by_ids, 0.6),
    ]


def tab(sizes: Sizes) -> list[Experiment]:
    def figure(shell: str) -> Comparison:
        bound = Bound(50, None, " ms")
        name = f"a Tab in {shell} with {MANY_IDS:,} ids"
        return Comparison([Figure(name, "ms", bound)], lambda: (tab_ms(shell, MANY_IDS),))

    return [figure(shell) for shell in ("bash", "zsh", "fish")]


def record(sizes: Sizes) -> list[Experiment]:
    """A day of all indexes, in a file."""

    def of(name: str, measure: Callable[[int, int], tuple[float, float]], bound: Bound | None) -> Comparison:
        megabytes = sizes.messages * RECORD_MB // 500_000
        figures = [
            Figure(f"`{name}`, {megabytes} MB of {MANY_IDS:,} indexes", "MB/s", bound),
            Figure("its peak memory", "MiB"),
        ]
        return Comparison(figures, lambda: measure(megabytes, MANY_IDS), rounds_factor=0.4)

    return [
        of("check", records.check, Bound(30, None, " MB/s", at_least=True)),
        of("merge", records.merge, None),
        of("simulate --replay --speed max", records.replay, None),
    ]


def engine(sizes: Sizes) -> list[Experiment]:
    """Into an engine on the same machine, beside a file and a pipe."""
    file = Peer("`-o FILE`", lambda: (measures.rate_of_output_option(sizes.messages),))
    pipe = Peer("a pipe", lambda: (measures.rate_into_pipe(NDJSON, sizes.messages),))

    def most(peer: Peer) -> Comparison:
        return Comparison([Figure("`-o nats://…`", "messages/s")], lambda: (engines.rate(sizes.messages),), peer)

    def acknowledged(rate: int) -> Comparison:
        feed = Feed(max(200, int(rate * sizes.seconds)), rate=rate, burst=max(1, rate // 5000))
        figures = [
            Figure(f"acknowledged after, at {rate:,} messages/s, p50", "µs"),
            Figure(f"acknowledged after, at {rate:,} messages/s, p99", "µs"),
        ]
        return Comparison(figures, lambda: engines.acknowledged_us(feed), None, 0.6)

    busy = Feed(max(200, int(BUSY * sizes.seconds)), rate=BUSY)
    into_pipe = Peer("a pipe", lambda: (engines.cpu_ns_into_pipe(busy),))
    cpu_figure = [Figure(f"CPU a value at {BUSY:,} messages/s, into an engine", "ns")]
    cost = Comparison(cpu_figure, lambda: (engines.cpu_ns(busy),), into_pipe, 0.6)
    return [most(file), most(pipe), acknowledged(BUSY), acknowledged(100_000), cost]


def daily(sizes: Sizes) -> list[Experiment]:
    """The last price, alerts and bars, each beside a plain `watch`."""
    watch_one = Peer("`watch -n 1`", lambda: (measures.whole_ms(NDJSON),))
    busy = Feed(max(10, int(2 * BUSY * sizes.seconds)), rate=BUSY)
    without = Peer("without", lambda: (measures.cpu_percent(NDJSON, busy, Into.PIPE),))
    values = Peer("without", lambda: (measures.rate_into_null(NDJSON, sizes.messages),))
    return [
        Comparison(
            [Figure("`get`, from start to exit", "ms", Bound(1.3))],
            lambda: (measures.whole_ms(GET),),
            watch_one,
            rounds_factor=3,
        ),
        Comparison(
            [Figure(f"CPU at {BUSY:,} messages/s, twenty rules of `--alert`", "% of a core", None, 1)],
            lambda: (measures.cpu_percent(ALERTS, busy, Into.PIPE),),
            without,
            0.6,
        ),
        Comparison(
            [Figure("`--bars 1m`", "messages/s")], lambda: (measures.rate_into_null(BARS, sizes.messages),), values
        ),
    ]


GROUPS: dict[str, Callable[[Sizes], list[Experiment]]] = {
    "throughput": throughput,
    "delay": delay,
    "start": start,
    "memory": memory,
    "cpu": cpu,
    "flat": flat,
    "tab": tab,
    "record": record,
    "engine": engine,
    "daily": daily,
}
