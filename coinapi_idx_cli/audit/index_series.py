"""The series of each index in a record: how many values, from when to when, between which bounds, in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

from coinapi_idx_cli.protocol.times import moment

LEAST_BACKWARDS = 5  # fewer values in a row that go back are corrections
_USUAL_LENGTH = len("2026-11-21T19:13:02.1234567Z")
_USUAL_DIGITS = 7


class BackwardsRun(NamedTuple):
    """So many `values` of an index in a row are earlier than one before them."""

    index_id: str
    time_before: str
    time_first: str
    values: int


class IndexSeries:
    """What is known of one index's values. Times and bounds are the very texts of the record."""

    __slots__ = (
        "backwards", "corrections", "count", "first_time", "greatest", "greatest_text", "last_time", "latest_key",
        "least", "least_text", "time_backwards", "time_before_backwards",
    )  # fmt: skip

    def __init__(self, time: str, key: str, text: str, value: float) -> None:
        self.count = self.corrections = self.backwards = 0
        self.first_time = self.last_time = self.time_backwards = self.time_before_backwards = time
        self.latest_key = key
        self.least = self.greatest = value
        self.least_text = self.greatest_text = text


class AllSeries:
    """Takes the columns of a batch; `add` and `finish` give the runs that go backwards, once each has ended."""

    def __init__(self) -> None:
        self.of: dict[str, IndexSeries] = {}

    def add(
        self, index_ids: Sequence[str], times: Sequence[str], texts: Sequence[str], values: Sequence[float]
    ) -> list[BackwardsRun]:
        """`times` are valid ones, `values` the numbers that `texts` are."""
        known = self.of
        ended: list[BackwardsRun] = []
        for index_id, time, key, text, value in zip(index_ids, times, sortable_keys(times), texts, values, strict=True):
            series = known.get(index_id)
            if series is None:
                series = known[index_id] = IndexSeries(time, key, text, value)
            series.count += 1
            if key < series.latest_key:
                if not series.backwards:
                    series.time_backwards, series.time_before_backwards = time, series.last_time
                series.backwards += 1
            else:
                if series.backwards:
                    ended += _ended(index_id, series)
                series.latest_key, series.last_time = key, time
            if value < series.least:
                series.least, series.least_text = value, text
            elif value > series.greatest:
                series.greatest, series.greatest_text = value, text
        return ended

    def finish(self) -> list[BackwardsRun]:
        ended: list[BackwardsRun] = []
        for index_id, series in self.of.items():
            if series.backwards:
                ended += _ended(index_id, series)
        return ended


def sortable_keys(times: Sequence[str]) -> list[str]:
    """Texts that sort as the moments do. The usual form needs no more than its end cut, for a whole batch at once."""
    if set(map(len, times)) == {_USUAL_LENGTH} and all(map(str.endswith, times, repeat("Z"))):
        return [time[:-1] for time in times]
    return list(map(_key, times))


def _key(time: str) -> str:
    second, _, digits = moment(time).partition(".")
    return f"{second}.{digits:0<{_USUAL_DIGITS}}"


def _ended(index_id: str, series: IndexSeries) -> list[BackwardsRun]:
    count, series.backwards = series.backwards, 0
    if count >= LEAST_BACKWARDS:
        return [BackwardsRun(index_id, series.time_before_backwards, series.time_backwards, count)]
    series.corrections += count
    return []
