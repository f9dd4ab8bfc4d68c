"""What the REST side says about the past: values and bars, as coarse as the vendor's, as JSON texts."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from http import HTTPStatus

from coinapi_idx_cli.simulator.past_source import PastSource
from coinapi_idx_cli.simulator.past_values import PastBar
from coinapi_idx_cli.simulator.periods import PERIODS, PeriodLength
from coinapi_idx_cli.simulator.rest_faults import RestHabits
from coinapi_idx_cli.simulator.rest_questions import NO_DATA, RestQuestion, RestRefusalError
from coinapi_idx_cli.simulator.stamps import coarse_stamp
from coinapi_idx_cli.simulator.stretch import TICKS_PER_SECOND

_DECIMALS = 10  # of values in the vendor's examples
_ZONE = "+00:00"
_NOTHING = "No data for what was asked"
_VENUES = ("BINANCE", "COINBASE", "KRAKEN")
_FOREVER = 1 << 62


class RestContent:
    """Answers each question with the texts of the items, or one text. Raises `RestRefusalError`.

    All this may be done in any thread. `ids`: those that are known.
    """

    def __init__(self, ids: Sequence[str], source: PastSource) -> None:
        self._ids = ids
        self._known = frozenset(ids)
        self._source = source

    def answer(self, path: str, question: RestQuestion, habits: RestHabits) -> list[str] | str:
        """The items, or the only text, of `GET path`."""
        if path == "/v1/metadata/periods":
            return [json.dumps(period.described()) for period in PERIODS.values()]
        folder, _, rest = path.removeprefix("/v1/").partition("/")
        name, _, what = rest.partition("/")
        if folder != "indexes":
            raise RestRefusalError(HTTPStatus.NOT_FOUND, "Not found")
        if what in ("currentSnapshot", "historySnapshot"):
            at = question.time("time", is_required=True) if what == "historySnapshot" else None
            return self._snapshot(name, _FOREVER if at is None else at + 1)
        if what not in ("history", "timeseries", "current"):
            raise RestRefusalError(HTTPStatus.NOT_FOUND, "Not found")
        if name not in self._known:
            raise RestRefusalError(HTTPStatus.NOT_FOUND, f"Index not found: {name}")
        if what == "history":
            return self._history(name, question, habits)
        return self._bars(name, question, habits) if what == "timeseries" else self._current(name)

    def _history(self, index_id: str, question: RestQuestion, habits: RestHabits) -> list[str]:
        begin, end = question.span(is_required=False)
        limit = min(question.limit(), habits.at_most)
        past = self._source.of(index_id)
        take = past.newest if habits.keeps == "newest" else past.oldest
        # By the whole second that an item will bear: that is all that the vendor keeps.
        found = take(_whole(begin), _whole(end + habits.is_end_included), limit)
        return _ordered([_value(index_id, *item) for item in found], "descending", habits)

    def _bars(self, index_id: str, question: RestQuestion, habits: RestHabits) -> list[str]:
        period = question.period()
        begin, end = question.span(is_required=True)
        limit = min(question.limit(), habits.at_most)
        bars = self._source.of(index_id).bars(period, begin, end + habits.is_end_included, limit)
        if habits.null_bars:
            bars = _with_empty_ones(bars, period)[:limit]
        return _ordered([_bar(bar) for bar in bars], "ascending", habits)

    def _current(self, index_id: str) -> str:
        newest = self._source.of(index_id).newest(0, _FOREVER, 1)
        if not newest:
            raise RestRefusalError(NO_DATA, _NOTHING)
        ticks, value = newest[0]
        return f'{{"timestamp":"{coarse_stamp(ticks)}","value":{_number(value)}}}'

    def _snapshot(self, definition_id: str, end: int) -> list[str]:
        family = [found for found in self._ids if found == definition_id or found.startswith(f"{definition_id}_")]
        if not family:
            raise RestRefusalError(HTTPStatus.NOT_FOUND, f"Index definition not found: {definition_id}")
        items = []
        for index_id in family:
            for ticks, value in self._source.of(index_id).newest(0, end, 1):
                stamp, name = coarse_stamp(ticks) + _ZONE, json.dumps(index_id)
                items.append(f'{{"index_id":{name},"timestamp":"{stamp}","value":{_number(value)}}}')
        return _something(items)


def _whole(ticks: int) -> int:
    """The first whole second from there on."""
    return -(-ticks // TICKS_PER_SECOND) * TICKS_PER_SECOND


def _something(items: list[str]) -> list[str]:
    if not items:
        raise RestRefusalError(NO_DATA, _NOTHING)
    return items


def _ordered(ascending: list[str], usual: str, habits: RestHabits) -> list[str]:
    order = usual if habits.order == "usual" else habits.order
    if order == "descending":
        ascending.reverse()
    elif order == "shuffled":
        random.Random(len(ascending)).shuffle(ascending)
    return _something(ascending)


def _number(value: float) -> str:
    return repr(round(value, _DECIMALS))


def _value(index_id: str, ticks: int, value: float) -> str:
    asset = index_id.rpartition("IDX_REFRATE_")[2].partition("_")[2]
    parts = ",".join(
        f'{{"component_id":{json.dumps(f"{venue}_SPOT_{asset}")},"component_value":{_number(value * share)}}}'
        for venue, share in zip(_VENUES, (0.9999, 1.0, 1.0001), strict=True)
    )
    return f'{{"timestamp":"{coarse_stamp(ticks)}{_ZONE}","value":{_number(value)},"composition":[{parts}]}}'


def _bar(bar: PastBar) -> str:
    begin, end = coarse_stamp(bar.begin), coarse_stamp(bar.end)
    if not bar.values:
        return (
            f'{{"time_period_start":"{begin}{_ZONE}","time_period_end":"{end}{_ZONE}","time_open":null,'
            '"time_close":null,"value_open":null,"value_high":null,"value_low":null,"value_close":null,"value_count":0}'
        )
    return (
        f'{{"time_period_start":"{begin}{_ZONE}","time_period_end":"{end}{_ZONE}",'
        f'"time_open":"{coarse_stamp(bar.first_time)}{_ZONE}","time_close":"{coarse_stamp(bar.last_time)}{_ZONE}",'
        f'"value_open":{_number(bar.open)},"value_high":{_number(bar.high)},"value_low":{_number(bar.low)},'
        f'"value_close":{_number(bar.close)},"value_count":{bar.values}}}'
    )


def _with_empty_ones(bars: Sequence[PastBar], period: PeriodLength) -> list[PastBar]:
    """Between two bars, never before the first."""
    found: list[PastBar] = []
    for bar in bars:
        while found and found[-1].end < bar.begin:
            found.append(PastBar(*period.around(found[-1].end)))
        found.append(bar)
    return found
