"""From runs to figures: from when to when, and less what, the same for every program."""

from __future__ import annotations

import json
import statistics
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.blaster import Feed, blasting
from tests.bench.peers import Program, idxstream
from tests.bench.runs import READ_BYTES, Into, Run, RunFailedError, run

WARM_UP = 0.1  # of the messages of a paced run; their delay is that of a program that has just started


@dataclass(frozen=True, slots=True)
class Fed:
    """A run, and when its source sent what: `Source.sent_ns`."""

    run: Run
    sent_ns: array[int]


def feed_to(program: Program, feed: Feed, into: Into | Path, *, file: Path | None = None, stall_s: float = 0.0) -> Fed:
    """Raises RunFailedError, also when there are not as many lines in the pipe, or in `file`, as messages went in."""
    with blasting(feed) as source:
        done = run(program.pipeline(source.url, feed.count), into, stall_s=stall_s)
        try:
            sent_ns = source.sent_ns()
        except TimeoutError as error:
            raise RunFailedError("did not take what the source had to send") from error
    if into is Into.PIPE or file is not None:
        _expect(feed.count, done.reading.lines[-1] if file is None and done.reading.lines else _lines_in(file))
    return Fed(done, sent_ns)


def _expect(messages: int, lines: int) -> None:
    if lines != messages:
        raise RunFailedError(f"{lines} lines of {messages} messages")


def _lines_in(file: Path | None) -> int:
    if file is None or not file.exists():
        return 0
    with file.open("rb") as data:
        return sum(piece.count(b"\n") for piece in iter(lambda: data.read(READ_BYTES), b""))


# -- throughput --------------------------------------------------------------------------------------------------------


def rate_into_pipe(program: Program, messages: int) -> float:
    """Messages a second, from when the source begins to send to the last byte out of the pipe."""
    fed = feed_to(program, Feed(messages), Into.PIPE)
    return messages * 1e9 / (fed.run.reading.times_ns[-1] - fed.sent_ns[0])


def rate_into_null(program: Program, messages: int) -> float:
    """Messages a second, from when the source begins to send to the end of the process, less that of an empty run."""
    return rate_to_the_end(messages, lambda feed: feed_to(program, feed, Into.NULL))


def rate_into_file(program: Program, messages: int) -> float:
    """The same. The shell's `> file`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "values.ndjson"
        return rate_to_the_end(messages, lambda feed: feed_to(program, feed, file, file=file))


def rate_of_output_option(messages: int) -> float:
    """The same, of `watch -o FILE`."""

    def fed(feed: Feed) -> Fed:
        with TemporaryDirectory() as folder:  # another one each time: -o appends
            file = Path(folder) / "values.ndjson"
            return feed_to(idxstream("ndjson", "-o", str(file)), feed, Into.NULL, file=file)

    return rate_to_the_end(messages, fed)


def rate_to_the_end(messages: int, fed: Callable[[Feed], Fed]) -> float:
    def taken_ns(feed: Feed) -> int:
        done = fed(feed)
        return done.run.ended_ns - done.sent_ns[0]

    whole_ns, empty_ns = taken_ns(Feed(messages)), taken_ns(Feed(1))
    if whole_ns <= empty_ns:
        raise RunFailedError(f"{messages} messages are too few to be timed")
    return (messages - 1) * 1e9 / (whole_ns - empty_ns)


# -- delay and start ---------------------------------------------------------------------------------------------------


def delay_us(program: Program, feed: Feed) -> tuple[float, float]:
    """p50 and p99 of the microseconds from sending a message to the return of the read that brought its line's end."""
    fed = feed_to(program, feed, Into.PIPE)
    reading = fed.run.reading
    first = int(feed.count * WARM_UP)
    delays_ns = [
        reading.times_ns[bisect_right(reading.lines, number)] - fed.sent_ns[number]
        for number in range(first, feed.count)
    ]
    cuts = statistics.quantiles(delays_ns, n=100)
    return cuts[49] / 1e3, cuts[98] / 1e3


def first_line_ms(program: Program) -> float:
    """Milliseconds from the process's start to the first bytes out of the pipe; the source sends at once."""
    done = feed_to(program, Feed(1), Into.PIPE).run
    return (done.reading.times_ns[0] - done.started_ns) / 1e6


def whole_ms(program: Program) -> float:
    """Milliseconds from the process's start to its end; the source sends its one message at once."""
    done = feed_to(program, Feed(1), Into.PIPE).run
    return (done.ended_ns - done.started_ns) / 1e6


def process_ms(command: list[str]) -> float:
    """Milliseconds from the process's start to its end."""
    done = run([command])
    return (done.ended_ns - done.started_ns) / 1e6


# -- memory and CPU ----------------------------------------------------------------------------------------------------


def peak_mib(program: Program, messages: int) -> float:
    """At full speed, with a reader that keeps up."""
    return feed_to(program, Feed(messages), Into.PIPE).run.peak_mib


def peak_mib_stalled(messages: int, stall_s: float) -> float:
    """With a reader that sleeps after its first read. Raises RunFailedError when nothing tells of back-pressure."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "events"
        program = idxstream("ndjson", "--event-log", str(log))
        peak = feed_to(program, Feed(messages), Into.PIPE, stall_s=stall_s).run.peak_mib
        events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    if "backpressure" not in events:
        raise RunFailedError("no event tells of back-pressure")
    return peak


def cpu_percent(program: Program, feed: Feed, into: Into) -> float:
    """Of one core, while messages come at the feed's rate; what start and end take is not in it."""
    assert feed.rate is not None
    return _cpu_s(program, feed, into) / (feed.count / feed.rate) * 100


def cpu_percent_of_output_option(feed: Feed) -> float:
    """The same, of `watch -o FILE`."""

    def cpu_s(feed: Feed) -> float:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "values.ndjson"
            return feed_to(idxstream("ndjson", "-o", str(file)), feed, Into.NULL, file=file).run.cpu_s

    assert feed.rate is not None
    return (cpu_s(feed) - cpu_s(replace(feed, count=1))) / (feed.count / feed.rate) * 100


def table_load(program: Program, feed: Feed) -> tuple[float, float]:
    """CPU in percent of a core as above, and repaints a second from the first frame to the last."""
    assert feed.rate is not None
    whole, empty = (feed_to(program, f, Into.TERMINAL).run for f in (feed, replace(feed, count=1)))
    reading = whole.reading
    seconds = (reading.times_ns[-1] - reading.times_ns[0]) / 1e9
    return (whole.cpu_s - empty.cpu_s) / (feed.count / feed.rate) * 100, (reading.lines[-1] - 1) / seconds


def cpu_ns(program: Program, feed: Feed) -> float:
    """Of CPU for a message, in nanoseconds, into /dev/null."""
    return _cpu_s(program, feed, Into.NULL) / feed.count * 1e9


def _cpu_s(program: Program, feed: Feed, into: Into) -> float:
    """CPU seconds of a run less those of an empty one."""
    whole, empty = (feed_to(program, f, into).run.cpu_s for f in (feed, replace(feed, count=1)))
    return whole - empty
