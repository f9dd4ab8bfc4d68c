"""Whatever a server leaves out, and wherever a page ends: each item once, in order, or told as missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.history.items import HistoryItem, HistoryPage
from coinapi_idx_cli.history.page_plan import Ask, LostItems, OtherTimeError, PagePlan
from coinapi_idx_cli.protocol.times import NS

Rule = Callable[[Ask, Sequence[HistoryItem]], Sequence[HistoryItem]]


def item(second: int, number: int = 0) -> HistoryItem:
    return HistoryItem(second * NS, f"{second}", (str(number).encode(),), float(number))


def newest(ask: Ask, found: Sequence[HistoryItem]) -> Sequence[HistoryItem]:
    return found[-ask.limit :]


def oldest(ask: Ask, found: Sequence[HistoryItem]) -> Sequence[HistoryItem]:
    return found[: ask.limit]


def capped(rule: Rule, cap: int) -> Rule:
    def page(ask: Ask, found: Sequence[HistoryItem]) -> Sequence[HistoryItem]:
        return rule(Ask(ask.begin, ask.end, min(ask.limit, cap)), found)

    return page


def everything(
    plan: PagePlan, items: Sequence[HistoryItem], rule: Rule, *, end_included: bool = False
) -> tuple[list[HistoryItem], list[Ask]]:
    """What a plan makes of a server's answers, and what it asked."""
    found: list[HistoryItem] = []
    asked: list[Ask] = []
    while (following := plan.next()) is not None:
        if isinstance(following, Ask):
            asked.append(following)
            end = following.end + (1 if end_included and not plan.is_end_included else 0)
            page = rule(following, [each for each in items if following.begin <= each.second < end])
            plan.take(following, HistoryPage(page, len(page)))
        else:
            found += following
    return found, asked


SERIES = st.lists(st.integers(0, 400), max_size=150).map(
    lambda seconds: [item(second, number) for number, second in enumerate(sorted(seconds))]
)


@given(SERIES, st.sampled_from([newest, oldest]), st.integers(10, 60), st.integers(10, 50), st.booleans())
def test_each_item_once_and_in_order_or_told_as_missing(
    items: list[HistoryItem], rule: Rule, limit: int, cap: int, end_included: bool
) -> None:
    plan = PagePlan([(0, 200), (250, 401)], limit, None)
    found, asked = everything(plan, items, capped(rule, cap), end_included=end_included)
    told = {note.second for note in plan.notes if isinstance(note, LostItems)}
    wanted = [each for each in items if each.second < 200 or each.second >= 250]
    assert [each for each in found if each.second not in told] == [each for each in wanted if each.second not in told]
    assert [each.second for each in found] == sorted(each.second for each in found)
    assert len(asked) < 1000


@given(st.sets(st.integers(0, 199)), st.sampled_from([newest, oldest]), st.integers(10, 60), st.integers(10, 50))
def test_bars_of_which_some_are_missing(slots: set[int], rule: Rule, limit: int, cap: int) -> None:
    items = [item(60 * slot, slot) for slot in sorted(slots)]
    plan = PagePlan([(0, 200 * 60)], limit, 60)
    assert everything(plan, items, capped(rule, cap))[0] == items
    assert not any(isinstance(note, LostItems) for note in plan.notes)


@pytest.mark.parametrize("rule", [newest, oldest])
def test_bars_without_holes_cost_a_request_a_page(rule: Rule) -> None:
    items = [item(60 * slot) for slot in range(1000)]
    found, asked = everything(PagePlan([(0, 60_000)], 100, 60), items, rule)
    assert (found, len(asked)) == (items, 10)


@pytest.mark.parametrize("rule", [newest, oldest])
def test_values_cost_little_more_than_a_request_a_page(rule: Rule) -> None:
    items = [item(second) for second in range(10_000)]
    found, asked = everything(PagePlan([(0, 10_000)], 100, None), items, rule)
    assert found == items
    assert len(asked) <= 116


@pytest.mark.parametrize("rule", [newest, oldest])
def test_more_items_of_one_second_than_a_page(rule: Rule) -> None:
    items = [item(10, number) for number in range(5)] + [item(20, number) for number in range(250)] + [item(30)]
    plan = PagePlan([(0, 100)], 100, None)
    found, _ = everything(plan, items, rule)
    assert found == items


@pytest.mark.parametrize("rule", [newest, oldest])
def test_more_items_of_one_second_than_the_server_gives(rule: Rule) -> None:
    items = [item(second) for second in range(500)] + [item(500, number) for number in range(250)]
    plan = PagePlan([(0, 600)], 1000, None)
    found, _ = everything(plan, items, capped(rule, 200))
    assert [note for note in plan.notes if isinstance(note, LostItems)] == [LostItems(500, 200)]
    assert found == [*items[:500], *rule(Ask(0, 1, 200), items[500:])]


def test_what_was_not_asked_for_is_refused() -> None:
    plan = PagePlan([(1000, 2000)], 2, None)
    ask = plan.next()
    assert isinstance(ask, Ask)
    with pytest.raises(OtherTimeError):
        plan.take(ask, HistoryPage([item(1), item(2)], 2))


def test_items_without_a_time_do_not_hide_others() -> None:
    items = [item(second) for second in range(100)]

    def page(ask: Ask) -> HistoryPage:
        kept = [each for each in items if ask.begin <= each.second < ask.end][-ask.limit :]
        return HistoryPage([each for each in kept if each.second < 50], len(kept))

    plan, found = PagePlan([(0, 100)], 10, None), list[HistoryItem]()
    while (following := plan.next()) is not None:
        if isinstance(following, Ask):
            plan.take(following, page(following))
        else:
            found += following
    assert found == items[:50]


@pytest.mark.parametrize("rule", [newest, oldest])
def test_an_end_that_is_included_takes_no_place_of_what_is_looked_for(rule: Rule) -> None:
    """Here nothing is at the end of the whole stretch, so that it shows only where a part ends."""
    items = [item(second) for second in range(1000)]
    found, _ = everything(PagePlan([(0, 1010)], 100, None), items, rule, end_included=True)
    assert found == items
