"""Two captures with holes of their own become the series that was published."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.audit import alignment
from coinapi_idx_cli.audit.alignment import CapturedValue, Source, aligned
from coinapi_idx_cli.audit.two_sites import HOLE


def value(number: int, index_id: str, second: int, price: float) -> CapturedValue:
    return CapturedValue(index_id, f"{second:010}", price, second, f"{number} {index_id} {second} {price}")


def series(chance: random.Random, length: int, *, back: float) -> list[CapturedValue]:
    """Equal repeats, several a second, some that go back in time. Of one moment an index has one price: the order of
    others that only one capture has each could not be known."""
    second, found = 1000, []
    prices: dict[tuple[str, int], float] = {}
    for _ in range(length):
        second += chance.choice((0, 0, 0, 1, 1, 2, 30))
        at = second - chance.randint(1, 20) if chance.random() < back else second
        index_id = chance.choice("ABCDE")
        found.append((index_id, at, prices.setdefault((index_id, at), float(chance.randint(1, 3)))))
    return [value(0, index_id, at, price) for index_id, at, price in found]


def with_holes(chance: random.Random, values: list[CapturedValue]) -> list[CapturedValue]:
    kept, at = [], 0
    while at < len(values):
        run = chance.randint(1, 200)
        kept += values[at : at + run]
        at += run + chance.choice((0, 1, 3, 50, 400))
    return [copy(each) for each in kept]


def copy(each: CapturedValue) -> CapturedValue:
    return CapturedValue(each.index_id, each.key, each.number, each.second, each.line)


def merge(first: list[CapturedValue], second: list[CapturedValue]) -> list[CapturedValue]:
    """Of one site: no index may be taken for one of two sites."""
    apart: set[str] = set()
    merged = [each for each, _ in aligned(map(copy, first), map(copy, second), apart)]
    assert apart == set()
    return merged


def by_index(values: list[CapturedValue]) -> dict[str, list[tuple[str, float]]]:
    found = defaultdict(list)
    for each in values:
        found[each.index_id].append((each.key, each.number))
    return found


def is_within(part: list[tuple[str, float]], whole: list[tuple[str, float]]) -> bool:
    rest = iter(whole)
    return all(each in rest for each in part)


@pytest.mark.parametrize("seed", range(60))
def test_each_index_is_exact_where_one_of_the_two_has_it(seed: int) -> None:
    chance = random.Random(seed)
    published = series(chance, 3000, back=0.0)
    captures = [with_holes(chance, published) for _ in range(2)]
    merged = merge(*captures)
    whole, parts = by_index(merged), [by_index(capture) for capture in captures]
    for index_id, truth in by_index(published).items():
        assert all(is_within(part[index_id], whole[index_id]) for part in parts)
        assert is_within(whole[index_id], truth)
        assert Counter(whole[index_id]) == Counter(parts[0][index_id]) | Counter(parts[1][index_id])


@pytest.mark.parametrize("seed", range(30))
def test_with_values_that_go_back_nothing_is_lost_or_doubled(seed: int) -> None:
    chance = random.Random(1000 + seed)
    published = series(chance, 3000, back=0.05)
    captures = [with_holes(chance, published) for _ in range(2)]
    merged = by_index(merge(*captures))
    parts = [by_index(capture) for capture in captures]
    for index_id in merged:
        assert all(is_within(part[index_id], merged[index_id]) for part in parts)
        least = Counter(parts[0][index_id]) | Counter(parts[1][index_id])
        assert Counter(merged[index_id]) == least


def test_the_same_twice_is_itself_in_the_same_order() -> None:
    published = series(random.Random(7), 5000, back=0.05)
    found = list(aligned([copy(each) for each in published], [copy(each) for each in published]))
    assert [each.line for each, _ in found] == [each.line for each in published]
    assert {source for _, source in found} == {Source.BOTH}


def test_one_that_is_empty_adds_nothing() -> None:
    published = series(random.Random(8), 500, back=0.05)
    empty: list[CapturedValue] = []
    for captures in ((list(map(copy, published)), empty), (empty, list(map(copy, published)))):
        assert by_index(merge(*captures)) == by_index(published)


def test_a_wild_stamp_makes_nothing_late() -> None:
    published = series(random.Random(9), 2000, back=0.0)
    published.insert(700, value(0, "A", 10**9, 1.0))
    captures: list[list[CapturedValue]] = [[copy(each) for each in published] for _ in range(2)]
    del captures[1][900:1000]
    merged = merge(*captures)
    assert by_index(merged) == by_index(published)


def test_memory_stays_at_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0

    def watched(values: list[CapturedValue], out: list[int]):  # type: ignore[no-untyped-def]
        for each in values:
            out[0] += 1
            yield each

    published = [value(0, "ABCDE"[n % 5], n // 10, float(n)) for n in range(50_000)]
    read = [0]
    gone = 0
    for _ in aligned(
        watched([copy(each) for each in published], read), watched([copy(each) for each in published[::2]], read)
    ):
        gone += 1
        most = max(most, read[0] - gone)
    assert gone == len(published)
    assert most < 2 * 10 * (alignment.WINDOW_S + 10) + len(published) // 2  # what both brought counts twice in `read`


def site(number: int, chance: random.Random, seconds: range) -> list[CapturedValue]:
    """A value every three seconds, whose stamp and price are the site's own."""
    return [
        CapturedValue("D", f"{second:010}.{number}{chance.randint(0, 9)}", number + second / 1e6, second, f"{number} D")
        for second in seconds
        if second % 3 == 0
    ]


@pytest.mark.parametrize("seed", range(20))
def test_an_index_of_two_sites_is_cut_by_time_and_the_others_are_exact(seed: int) -> None:
    chance = random.Random(seed)
    published = [value(0, "ABC"[second % 3], second, float(second)) for second in range(1000, 4000)]
    sides = [site(number, chance, range(1000, 4000)) for number in (1, 2)]
    holes = [range(2000, 2100), range(3000, 3200)]
    captures = [
        sorted(
            (each for each in map(copy, [*published, *own]) if each.second not in hole),
            key=lambda each: (each.second, each.key),
        )
        for own, hole in zip(sides, holes, strict=True)
    ]
    apart: set[str] = set()
    merged = [each for each, _ in aligned(captures[0], captures[1], apart)]
    assert apart == {"D"}
    found = by_index(merged)
    of_site = found.pop("D")
    assert found == by_index(published)
    keys = [key for key, _ in of_site]
    assert keys == sorted(keys)
    runs = [(number, len(list(run))) for number, run in groupby(int(number) for _, number in of_site)]
    assert [number for number, count in runs if count > 1] == [1, 2, 1]  # else at the very begin and end
    assert len(runs) <= 5
    periods = Counter(int(float(key)) // 3 for key in keys)
    odd = [period for period in range(1000 // 3 + 1, 4000 // 3) if periods[period] != 1]
    assert len(odd) <= 4  # at the switches


def test_an_index_of_two_sites_that_comes_rarely_is_found_out_too() -> None:
    steady = [value(0, "A", second, float(second)) for second in range(1000, 20_000)]
    rare = [
        [value(number, "D", second + number, float(number)) for second in range(1000, 20_000, 100)] for number in (0, 7)
    ]
    captures = [sorted(map(copy, [*steady, *own]), key=lambda each: each.second) for own in rare]
    apart: set[str] = set()
    merged = [each for each, _ in aligned(captures[0], captures[1], apart)]
    assert apart == {"D"}
    assert 190 <= len(by_index(merged)["D"]) <= 190 + 12  # until it is known


def grid_site(chance: random.Random, *, every: int, same: float, grid: int = 1) -> list[CapturedValue]:
    """Whole seconds and one of few prices, as of a stablecoin: by accident many values are those of the other site."""
    return [
        value(0, "D", second, 1.0 if chance.random() < same else chance.random())
        for second in (at + chance.randrange(0, every, grid) for at in range(1000, 4000, every))
    ]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("every", "same", "grid"), [(1, 0.5, 1), (1, 0.7, 1), (4, 1.0, 1), (4, 0.9, 2)])
def test_values_that_are_the_same_by_accident_do_not_hide_two_sites(
    seed: int, every: int, same: float, grid: int
) -> None:
    chance = random.Random(seed)
    captures = [grid_site(chance, every=every, same=same, grid=grid) for _ in range(2)]
    apart: set[str] = set()
    merged = [each for each, _ in aligned(captures[0], captures[1], apart)]
    assert apart == {"D"}
    assert len(merged) <= len(captures[0]) + 150  # all of the first one; of the other what came before it was known
    assert is_within(by_index(captures[0])["D"], by_index(merged)["D"])


@settings(max_examples=50)
@given(
    length=st.integers(20, 400),
    holes=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 400), st.integers(1, 60)), max_size=12),
    single=st.floats(0, 0.4),
    seed=st.integers(0, 2**32),
)
def test_holes_are_never_taken_for_sites_that_differ(
    length: int, holes: list[tuple[int, int, int]], single: float, seed: int
) -> None:
    """Any holes, of either or both, with single values lost here and there."""
    chance = random.Random(seed)
    published = series(chance, length, back=0.0)
    captures: list[list[CapturedValue]] = [[], []]
    for number, each in enumerate(published):
        for side, capture in enumerate(captures):
            is_lost = any(of == side and begin <= number < begin + lasts for of, begin, lasts in holes)
            if not is_lost and chance.random() >= single:
                capture.append(each)
    merged = by_index(merge(*captures))  # asserts that no index is apart
    for index_id, truth in by_index(published).items():
        parts = [by_index(capture)[index_id] for capture in captures]
        assert Counter(merged[index_id]) == Counter(parts[0]) | Counter(parts[1])
        assert is_within(merged[index_id], truth)


@settings(max_examples=25)
@given(
    every=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    holes=st.lists(st.tuples(st.integers(0, 1), st.integers(1200, 1580), st.integers(1, 100)), max_size=4),
    seed=st.integers(0, 2**32),
)
def test_two_sites_are_never_interleaved(every: tuple[int, int], holes: list[tuple[int, int, int]], seed: int) -> None:
    """Whatever their rates: where the first one has values, each is followed by the next, except at a switch."""
    chance = random.Random(seed)
    captures = [
        [
            CapturedValue("D", f"{tenth // 10:010}.{tenth % 10}{side}", side + chance.random(), tenth // 10, str(side))
            for tenth in range(10_000, 16_000, each)
            if not any(of == side and begin <= tenth // 10 < begin + lasts for of, begin, lasts in holes)
        ]
        for side, each in enumerate(every)
    ]
    apart: set[str] = set()
    merged = [each for each, _ in aligned(captures[0], captures[1], apart)]
    assert apart == {"D"}
    assert [each for each in merged if each.line == "0"] == captures[0]
    assert [each.key for each in merged] == sorted(each.key for each in merged)
    runs = [line for line, _ in groupby(each.line for each in merged)]
    assert len(runs) <= 2 * sum(of == 0 for of, _, _ in holes) + 5  # twice before its rate is known
    longest = max(
        (
            int(float(later.key) * 10) - int(float(one.key) * 10)
            for one, later in pairwise(merged)
            if not any(begin - 10 <= one.second < begin + lasts + 10 for _, begin, lasts in holes)
        ),
        default=0,
    )
    assert longest <= HOLE * max(every)
