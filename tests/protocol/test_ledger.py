"""The ledger of values beside a plain list, and corners of the seam that random feeds seldom reach."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.ledger import ENTRY_BYTES, LINE_BYTES, SPARE, Entry, Ledger
from coinapi_idx_cli.protocol.times import NS
from tests.protocol.feeds import Run, Tick, series, texts

identities = st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.sampled_from([1.0, 2.0]))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), identities),
        st.tuples(st.just("drop"), st.tuples(st.sampled_from("ABC"), st.integers(0, 4))),
        st.tuples(st.just("oldest"), st.none()),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_it_keeps_what_a_list_would_keep(taken: list[tuple[str, Any]]) -> None:
    ledger: Ledger[Entry] = Ledger()
    plain: list[tuple[str, str, float]] = []
    for what, given_with in taken:
        if what == "add":
            index_id, moment, number = given_with
            ledger.add(Entry(index_id, moment, number, ENTRY_BYTES))
            plain.append(given_with)
        elif what == "drop":
            index_id, count = given_with
            places = [place for place, identity in enumerate(plain) if identity[0] == index_id][:count]
            if places:
                ledger.drop(index_id, len(places))
            plain = [identity for place, identity in enumerate(plain) if place not in places]
        else:
            oldest = ledger.oldest()
            assert (None if oldest is None else identity_of(oldest)) == next(iter(plain), None)
        assert [identity_of(entry) for entry in ledger] == plain
        assert len(ledger) == len(plain)
        lines = {identity[0] for identity in plain}
        assert set(ledger.lines) == lines
        assert ledger.size_bytes == len(plain) * ENTRY_BYTES + sum(LINE_BYTES + name.__sizeof__() for name in lines)


def test_a_value_that_stays_for_long_does_not_keep_the_places_of_those_that_came_after_it() -> None:
    ledger: Ledger[Entry] = Ledger()
    ledger.add(Entry("A", "x", 1.0, ENTRY_BYTES))
    for number in range(10_000):
        ledger.add(Entry("B", str(number), 1.0, ENTRY_BYTES))
        ledger.drop("B", 1)
    ledger.add(Entry("C", "y", 1.0, ENTRY_BYTES))
    assert [entry.index_id for entry in ledger] == ["A", "C"]
    assert len(ledger._order) <= 2 * len(ledger) + SPARE


def identity_of(entry: Entry) -> tuple[str, str, float]:
    return entry.index_id, entry.moment, entry.number


def test_an_identity_is_found_behind_a_place() -> None:
    ledger: Ledger[Entry] = Ledger()
    for moment in "xyx":
        line = ledger.add(Entry("A", moment, 1.0, ENTRY_BYTES))
    assert [line.find("x", 1.0, after=place) for place in (-1, 0, 1, 2)] == [0, 2, 2, None]
    assert line.find("z", 1.0) is None
    assert line.find("x", 2.0) is None


def test_a_server_that_lags_further_than_is_remembered_and_catches_up_is_not_taken_for_another_site() -> None:
    feed = series(*map(float, range(12)))
    run = Run()
    run.current(*feed[:5])
    run.now_ns += 6 * NS
    run.current(feed[5])
    run.overlap()
    run.current(*feed[6:9])
    for tick in feed[:9]:
        run.next(tick)
    run.switch()
    run.current(*feed[9:])
    assert run.written == texts(feed)
    assert (run.gaps, run.differing) == ([], [])


def test_an_index_that_stands_still_for_long_is_not_looked_through_each_time() -> None:
    still, other = Tick("A", 1, 7.0), Tick("A", 1, 8.0)
    run = Run()
    run.overlap()
    run.next(still)
    run.current(*[still] * 500)
    run.next(other)
    run.switch()
    assert run.written == texts([*[still] * 500, other])
