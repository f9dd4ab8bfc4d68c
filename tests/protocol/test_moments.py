"""Times are compared as moments: in whichever form they come, and exact to any number of digits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from operator import itemgetter

import pytest
from hypothesis import example, given, settings
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


@settings(deadline=None)
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


spellings = st.sampled_from(
    ["{0}.{1:03}Z", "{0}.{1:03}0000Z", "{0}.{1:03}+00:00", "{0},{1:03}Z", "{0}.{1:03}000000000000Z"]
)
samples = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(0, 2500), spellings), max_size=12, unique_by=lambda drawn: drawn[:2]
)


def spelled(index: str, ms: int, spelling: str) -> bytes:
    second, fraction = divmod(ms, 1000)
    whole = f"2017-03-18T22:42:{second:02}"
    time = f"{whole}Z" if not fraction else spelling.format(whole, fraction)
    return f'{{"type":"index","index_id":"{index}","time_coinapi":"{time}","value":{ms}}}'.encode()


def by_index(lines: list[tuple[str, int, str]]) -> dict[str, list[int]]:
    return {index: [ms for name, ms, _ in lines if name == index] for index in "AB"}


@settings(deadline=None)
@given(first=samples, second=samples, begins=st.integers(0, 12), is_lost=st.booleans())
def test_with_an_update_limit_each_index_goes_on_with_what_is_later(
    first: list[tuple[str, int, str]], second: list[tuple[str, int, str]], begins: int, is_lost: bool
) -> None:
    """Whatever the form of the times, at a loss and at a handover."""
    first, second = sorted(first, key=itemgetter(1)), sorted(second, key=itemgetter(1))
    run = Run(by_time=True)
    run.current_lines(*(spelled(*drawn) for drawn in first[:begins]))
    if is_lost:
        first = first[:begins]
        run.lose()
        run.current_lines(*(spelled(*drawn) for drawn in second))
    else:
        run.overlap()
        run.next_lines(*(spelled(*drawn) for drawn in second))
        run.current_lines(*(spelled(*drawn) for drawn in first[begins:]))
        run.switch()
    wanted = {
        index: [*mine, *(ms for ms in by_index(second)[index] if not mine or ms > mine[-1])]
        for index, mine in by_index(first).items()
    }
    written = [json.loads(line) for line in run.written]
    assert {index: [line["value"] for line in written if line["index_id"] == index] for index in "AB"} == wanted


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
