"""What several captures lack together, against a plain count of each moment."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.audit.common_gaps import in_all, missing_in
from coinapi_idx_cli.protocol.stretches import joined

stretches = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6
)


def moments(found: list[tuple[int, int]]) -> set[int]:
    return {moment for begin, end in found for moment in range(begin, end)}


@given(st.lists(stretches, min_size=1, max_size=4))
def test_in_all_is_what_each_has(captures: list[list[tuple[int, int]]]) -> None:
    found = in_all(captures)
    assert moments(found) == set.intersection(*map(moments, captures))
    assert all(one[1] < two[0] for one, two in pairwise(found))


@given(stretches, st.integers(0, 30), st.integers(31, 60))
def test_a_capture_lacks_its_gaps_and_what_is_outside_of_it(gaps: list[tuple[int, int]], begin: int, end: int) -> None:
    found = missing_in(gaps, (begin, end), (0, 75))
    assert moments(found) == moments(gaps) | {*range(begin), *range(end, 75)}
    assert found == joined(found)
