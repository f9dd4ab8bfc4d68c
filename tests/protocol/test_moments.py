"""Times are compared as moments: in whichever form they come, and exact to any number of digits."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.times import is_before, moment
from tests.protocol.feeds import Run

A_SECOND = "2017-03-18T22:42:01"
SAME = (
    f"{A_SECOND}Z",
    f"{A_SECOND}.0Z",
    f"{A_SECOND}.0000000Z",
    f"{A_SECOND}+00:00",
    f"{A_SECOND}.000-00:00",
    A_SECOND,
    "2017-03-18 22:42:01z",
    "2017-03-19T00:12:01.00+01:30",
    "20170318T224201Z",
    "2017-W11-6T22:42:01,0Z",
)
NO_TIMES = ("", "soon", "2017-03-18", "2017-13-18 22:42:01Z", "2017-03-18T22:42.5Z", "22:42:01", f"{A_SECOND}.Z", "?")


@pytest.mark.parametrize("text", SAME)
def test_each_form_of_a_moment_is_the_same(text: str) -> None:
    assert moment(text) == moment(SAME[0])


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_not_a_time_is_only_the_same_as_itself(text: str) -> None:
    assert moment(text) == moment(text)
    for other in (*SAME, *NO_TIMES):
        if other != text:
            assert moment(text) != moment(other)
            assert not is_before(moment(text), moment(other))
            assert not is_before(moment(other), moment(text))


digits = st.text("0123456789", max_size=25)
seconds = st.integers(0, 4_000_000_000)


@given(st.tuples(seconds, digits), st.tuples(seconds, digits))
@example((1, ""), (1, "05"))
@example((1, "0000001"), (1, "00000009"))
@example((1, "123456789"), (1, "1234567890001"))
def test_moments_are_ordered_as_numbers_are(one: tuple[int, str], other: tuple[int, str]) -> None:
    exact, keys = [], []
    for second, fraction in (one, other):
        exact.append(Fraction(f"{second}.{fraction or '0'}"))
        text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        keys.append(moment(f"{text}.{fraction}Z" if fraction else f"{text}Z"))
    assert is_before(*keys) == (exact[0] < exact[1])
    assert (keys[0] == keys[1]) == (exact[0] == exact[1])


def line(time: str, value: str) -> bytes:
    return f'{{"type":"index","index_id":"A","time_coinapi":"{time}","value":{value}}}'.encode()


def at(fraction: str, value: str = "1") -> bytes:
    return line(f"{A_SECOND}{fraction}Z", value)


WHOLE_THEN_PARTS = [at("", "1"), at(".05", "2"), at(".1", "3"), at(".15", "4")]


def test_with_an_update_limit_nothing_vanishes_after_a_whole_second_at_a_loss() -> None:
    run = Run(by_time=True)
    run.current_lines(WHOLE_THEN_PARTS[0])
    run.lose()
    run.current_lines(*WHOLE_THEN_PARTS)
    assert run.written == WHOLE_THEN_PARTS


def test_with_an_update_limit_nothing_vanishes_after_a_whole_second_at_a_handover() -> None:
    run = Run(by_time=True)
    run.current_lines(WHOLE_THEN_PARTS[0])
    run.overlap()
    run.next_lines(*WHOLE_THEN_PARTS[:3])
    run.switch()
    run.current_lines(WHOLE_THEN_PARTS[3])
    assert run.written == WHOLE_THEN_PARTS


def test_another_spelling_of_a_time_or_a_number_is_the_same_value() -> None:
    run = Run()
    run.current_lines(at("", "1"), at(".5", "2.0"))
    run.overlap()
    run.next_lines(at(".0000000", "1.0"), line(f"{A_SECOND}.50+00:00", "2"), at(".75", "3"))
    run.switch()
    assert run.written == [at("", "1"), at(".5", "2.0"), at(".75", "3")]
    assert (run.gaps, run.differing) == ([], [])


def test_what_is_not_a_time_is_compared_by_its_text_and_nothing_of_it_vanishes() -> None:
    run = Run(by_time=True)
    run.current_lines(line("later", "1"))
    run.lose()
    run.current_lines(line("later", "1"), line("earlier", "2"), at("", "3"))
    assert run.written == [line("later", "1"), line("earlier", "2"), at("", "3")]
