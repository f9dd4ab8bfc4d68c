"""What is known to be missing: from the last value before to the first one after."""

from __future__ import annotations

import orjson
from msgspec import Struct

from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.times import NS, ordered, parse_utc_ns, utc_text


class Gap(Struct, frozen=True):
    """A stretch in which something may be missing.

    Bounds by receipt: the last value before, the first one after, UTC nanoseconds.

    `elapsed_s` is by the monotonic clock; None where this process did not live through it. `time_coinapi_*`: the
    feed's times of the same two values.
    """

    from_ns: int
    to_ns: int
    elapsed_s: float | None = None
    time_coinapi_from: str | None = None
    time_coinapi_to: str | None = None

    @property
    def seconds(self) -> float:
        """Never negative, whatever was done to the wall clock."""
        elapsed_s = (self.to_ns - self.from_ns) / NS if self.elapsed_s is None else self.elapsed_s
        return max(0.0, round(elapsed_s, 9))

    @property
    def fields(self) -> dict[str, object]:
        """As in the event and in the line of --include."""
        return {"from": utc_text(self.from_ns), "to": utc_text(self.to_ns), "seconds": self.seconds}

    def note(self) -> Note:
        return _note(self.fields, self.time_coinapi_from, self.time_coinapi_to)


class OpenGap(Struct, frozen=True):
    """After the last value nothing came any more, until the run ended. `seconds` by the monotonic clock."""

    from_ns: int
    seconds: float
    time_coinapi_from: str | None = None

    @property
    def fields(self) -> dict[str, object]:
        """As of other gaps; nobody knows to when it went on."""
        return {"from": utc_text(self.from_ns), "to": None, "seconds": self.seconds}

    def note(self) -> Note:
        return _note(self.fields, self.time_coinapi_from, None)


def _note(fields: dict[str, object], time_coinapi_from: str | None, time_coinapi_to: str | None) -> Note:
    beside = {**fields, "time_coinapi_from": time_coinapi_from, "time_coinapi_to": time_coinapi_to}
    return Note(0, "gap", orjson.dumps({"type": "gap", **fields}), beside)


class Received(Struct, frozen=True):
    """A value and its receipt: UTC nanoseconds, and seconds of the monotonic clock."""

    time_coinapi: str
    time_ns: int
    at_s: float


def first_of(batch: Batch, at_s: float) -> Received:
    """The first value of a batch that was received at that second of the monotonic clock."""
    return Received(batch.values[0].time_coinapi, batch.time_received_ns, at_s)


def last_of(batch: Batch, at_s: float) -> Received:
    """The last one."""
    return Received(batch.values[-1].time_coinapi, batch.time_received_ns, at_s)


def open_gap(before: Received, end_s: float) -> OpenGap:
    """From the last value before to the end of the run."""
    return OpenGap(before.time_ns, max(0.0, round(end_s - before.at_s, 9)), before.time_coinapi)


def gap_between(before: Received, after: Received) -> Gap:
    """From the last value before to the first one after."""
    elapsed_s, to_ns = after.at_s - before.at_s, after.time_ns
    of_the_feed = before.time_coinapi, after.time_coinapi
    if elapsed_s >= 0:
        return Gap(*ordered(before.time_ns, to_ns, elapsed_s), elapsed_s, *of_the_feed)
    # Its connection lagged so far that the first one after was received earlier. So the feed's times tell how much lies
    # between the two: their difference, as that clock need not be right by ours.
    times_ns = parse_utc_ns(before.time_coinapi), parse_utc_ns(after.time_coinapi)
    missing_ns = 0 if times_ns[0] is None or times_ns[1] is None else max(0, times_ns[1] - times_ns[0])
    return Gap(to_ns - missing_ns, to_ns, None, *of_the_feed)
