"""The items of several indexes as one series: by time, at the same time in the order of the indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge

from msgspec import Struct

from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.history.calls import Caller
from coinapi_idx_cli.history.items import HistoryItem
from coinapi_idx_cli.history.page_plan import Ask, Capped, LostItems, OtherTimeError, PagePlan, Seconds
from coinapi_idx_cli.protocol.stretches import Stretch


class Wanted(Struct, frozen=True):
    """What is wanted of one index.

    `stretches`: in order. `known`: items at the very begin of the first one that are there already.
    """

    index_id: str
    stretches: Sequence[Stretch]
    known: int = 0


def all_items(
    wanted: Sequence[Wanted],
    caller: Caller,
    limit: int,
    spacing_s: int | None,
    until_ns: int,
    tell: Callable[[str, LostItems | Capped], None],
) -> Iterator[tuple[str, HistoryItem]]:
    """Of all indexes, by time. Bars that end after `until_ns` are not over, and left out."""

    def of_one(one: Wanted) -> Iterator[tuple[int, str, HistoryItem]]:
        skip = one.known
        for item in items_of(one.index_id, one.stretches, caller, limit, spacing_s, tell):
            if skip:
                skip -= 1
            elif item.end_ns <= until_ns:
                yield item.time_ns, one.index_id, item

    for _, index_id, item in merge(*map(of_one, wanted), key=lambda each: each[0]):
        yield index_id, item


def items_of(
    index_id: str,
    stretches: Sequence[Stretch],
    caller: Caller,
    limit: int,
    spacing_s: int | None,
    tell: Callable[[str, LostItems | Capped], None],
) -> Iterator[HistoryItem]:
    """Of one index, in order. Raises what `Caller.ask` raises."""
    plan = PagePlan(list(map(_whole_seconds, stretches)), limit, spacing_s)
    remaining = iter(stretches)
    begin, end = next(remaining, (0, 0))
    while (following := plan.next()) is not None:
        if isinstance(following, Ask):
            _answer(index_id, plan, following, caller)
            for note in plan.notes:
                tell(index_id, note)
            plan.notes.clear()
            continue
        for item in following:
            while item.time_ns >= end:
                begin, end = next(remaining, (0, 1 << 70))
            if item.time_ns >= begin:
                yield item


def _answer(index_id: str, plan: PagePlan, ask: Ask, caller: Caller) -> None:
    answer = caller.ask(index_id, ask, is_end_included=plan.is_end_included)
    try:
        plan.take(ask, answer)
    except OtherTimeError as error:
        what = f"the server gave values of {index_id} of another time than was asked for"
        raise RefusedError(what, "check --rest-url") from error


def _whole_seconds(stretch: Stretch) -> Seconds:
    begin, end = stretch
    return begin // 1_000_000_000, -(-end // 1_000_000_000)
