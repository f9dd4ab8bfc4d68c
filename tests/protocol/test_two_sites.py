"""Two servers that do not publish the same values: the series is cut by time where they differ, and exact elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.protocol import seam
from coinapi_idx_cli.protocol.times import NS
from tests.protocol.feeds import Run, Tick, texts

PERIOD = 10  # steps of a tick's time
PERIODS = 40


@dataclass(frozen=True)
class Index:
    """How one index is published by the two sites."""

    name: str
    phase: int  # when in a period
    offset: int  # by how much the second site's stamps are off, less than half a period
    digits: float  # and its values
    turns_at: int  # from which period on

    def tick(self, period: int, site: int) -> Tick:
        is_other = site == 1 and period >= self.turns_at
        time = PERIOD * period + self.phase + (self.offset if is_other else 0)
        return Tick(self.name, time, period + (self.digits if is_other else 0.0))

    def differs_from(self, period: int) -> bool:
        return self.turns_at <= period and bool(self.offset or self.digits)


def site_of(indexes: list[Index], number: int) -> list[list[Tick]]:
    """What that site publishes, period by period."""
    return [
        sorted((index.tick(period, number) for index in indexes), key=lambda tick: tick.time)
        for period in range(PERIODS)
    ]


def handed_over(indexes: list[Index], *, begins: int, ends: int, lags: tuple[int, int]) -> Run:
    """The first site until `ends`, the second from `begins` on; each period the one, then the other, with its lag."""
    run = Run()
    first, second = (site_of(indexes, number) for number in (0, 1))
    for period in range(ends):
        if period == begins:
            run.overlap()
        if period >= lags[0]:
            run.current(*first[period - lags[0]])
        if period >= begins:
            run.next(*second[max(0, period - lags[1])])
    run.switch()
    for period in range(ends - lags[1], PERIODS):
        run.current(*second[period])
    return run


def periods_of(run: Run, index: Index) -> list[int]:
    written = [line for line in run.written if f'"{index.name}"'.encode() in line]
    known = {tick.text: period for period in range(PERIODS) for tick in (index.tick(period, 0), index.tick(period, 1))}
    return [known[line] for line in written]


def check(run: Run, index: Index, *, differs: bool) -> None:
    periods = periods_of(run, index)
    if not differs:
        assert periods == list(range(PERIODS))
        return
    times = Counter(periods)
    odd = [period for period in range(PERIODS) if times[period] != 1]
    assert len(odd) <= 1, times
    assert max(times.values()) <= 2
    assert periods == sorted(periods)


@pytest.mark.parametrize("offset", [-4, -1, 0, 3])
@pytest.mark.parametrize("lags", [(0, 0), (2, 0), (0, 2), (1, 3)])
def test_an_index_that_differs_is_cut_by_time_without_a_gap(offset: int, lags: tuple[int, int]) -> None:
    index = Index("A", 5, offset, 0.25, 0)
    run = handed_over([index], begins=10, ends=20, lags=lags)
    check(run, index, differs=True)
    assert (run.gaps, run.differing) == ([], [1])


def test_one_period_of_overlap_is_enough() -> None:
    for offset in (-3, 3):
        index = Index("A", 5, offset, 0.0, 0)
        run = handed_over([index], begins=10, ends=12, lags=(0, 0))
        check(run, index, differs=True)
        assert run.gaps == []


indexes = st.builds(
    Index, st.just(""), st.integers(4, 5), st.integers(-4, 4), st.sampled_from([0.0, 0.125]), st.integers(0, PERIODS)
)


@settings(max_examples=200, deadline=None)
@given(
    drawn=st.lists(indexes, min_size=1, max_size=4),
    begins=st.integers(5, 15),
    lasts=st.integers(5, 12),
    lags=st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_the_mixture_is_exact_where_sites_agree_and_within_a_period_where_not(
    drawn: list[Index], begins: int, lasts: int, lags: tuple[int, int]
) -> None:
    """Some agree, some never, some turn different before, during or after the overlap."""
    made = [Index(f"I{number}", x.phase, x.offset, x.digits, x.turns_at) for number, x in enumerate(drawn)]
    ends = begins + lasts
    run = handed_over(made, begins=begins, ends=ends, lags=lags)
    for index in made:
        check(run, index, differs=index.differs_from(PERIODS - 1))
    assert run.gaps == []
    had_met = [index for index in made if index.turns_at > begins]  # else two may differ and nobody can know
    assert run.differing or all(periods_of(run, index) == list(range(PERIODS)) for index in had_met)


def test_sites_that_agree_again_are_told_apart_by_identity_again() -> None:
    run = handed_over([Index("A", 5, 3, 0.0, 0)], begins=10, ends=20, lags=(0, 0))
    feed = [Tick("A", PERIOD * (PERIODS + number), 1000.0 + number) for number in range(10)]
    run.overlap()
    run.next(*feed[:6])
    run.current(*feed[:4])
    run.switch()
    run.current(*feed[6:])
    assert run.written[-10:] == texts(feed)
    assert run.differing == [1]


def test_a_site_that_agrees_until_the_switch_and_not_after_it_is_told_by_its_first_value() -> None:
    agreed, ours, theirs = Tick("A", 0, 1.0), Tick("A", 10, 2.0), Tick("A", 13, 2.5)
    run = Run()
    run.overlap()
    run.current(agreed)
    run.next(agreed)
    run.current(ours)
    run.switch()
    assert run.differing == []
    run.current(theirs)  # where `ours` is due
    assert run.differing == [1]
    assert run.written == texts([agreed, ours, theirs])


def test_what_both_brought_is_remembered_of_so_many_indexes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the others fewer differences are seen, and nothing else changes."""
    monkeypatch.setattr(seam, "SAME_KEPT", 1)
    run = Run()
    feed = [Tick(name, 10 * number, 1.0) for number in range(4) for name in "AB"]
    run.overlap()
    run.next(*feed[:4])
    run.current(*feed[:6])
    run.switch()
    run.current(*feed[4:])
    assert run.written == texts(feed)
    assert (run.gaps, run.differing) == ([], [])


def test_after_a_loss_an_index_that_is_known_to_differ_is_cut_by_time() -> None:
    index = Index("A", 5, 3, 0.0, 0)
    run = handed_over([index], begins=10, ends=20, lags=(0, 0))
    run.lose()
    late = [Tick("A", PERIOD * (PERIODS - 3 + number) + 5, 50.0 + number) for number in range(6)]  # by the first site
    run.current(*late)
    assert run.written[-3:] == texts(late[3:])


def test_after_a_loss_an_index_that_differs_and_was_long_silent_is_not_cut() -> None:
    """What is remembered holds nothing of it any more, so there is nothing to compare."""
    index = Index("A", 5, 3, 0.0, 0)
    run = handed_over([index], begins=10, ends=20, lags=(0, 0))
    run.now_ns += 6 * NS
    other = Tick("B", 0, 1.0)
    run.current(other)
    run.lose()
    early = Tick("A", PERIOD * (PERIODS - 3) + 5, 50.0)
    run.current(early)
    assert run.written[-2:] == texts([other, early])
