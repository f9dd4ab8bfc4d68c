"""Numbers as the table shows them: pure."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.terminal.numbers import (
    Digits,
    show,
    show_change,
    show_delay,
    show_percent,
    show_rate,
    split_at_point,
)
from coinapi_idx_cli.wording import duration


def shown(*texts: str, budget: int = 10) -> list[str]:
    digits = Digits()
    found = []
    for text in texts:
        digits.learn(Decimal(text))
        found.append(show(Decimal(text), digits.places(budget), budget))
    return found


def test_decimals_stay_as_many_as_were_seen() -> None:
    assert shown("1.25", "1.3", "1.375", "2") == ["1.25", "1.30", "1.375", "2.000"]


def test_more_digits_than_there_is_room_for_are_rounded() -> None:
    assert shown("56787.5997300339") == ["56787.59973"]
    assert shown("56787.5997300339", budget=17) == ["56787.5997300339"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-12", "1e-12"),
        ("1e15", "1e+15"),
        ("1000000000000000.0", "1e+15"),
        ("1.5e3", "1500"),
        ("0.00001234", "0.00001234"),
        ("0", "0"),
        ("-0.0", "-0.0"),
        ("123456789012.5", "123456789012"),
    ],
)
def test_very_small_and_very_large_numbers(text: str, expected: str) -> None:
    assert shown(text) == [expected]


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([6, 8, 10, 17]))
def test_every_double_is_shown_short_and_near(value: float, budget: int) -> None:
    (text,) = shown(repr(value), budget=budget)
    assert len(text) <= 27
    number = Decimal(repr(value))
    assert abs(Decimal(text) - number) <= abs(number) / 1000


@given(st.lists(st.floats(min_value=-1e9, max_value=1e9), min_size=2))
def test_decimals_never_jump_back_and_forth(values: list[float]) -> None:
    digits = Digits()
    places = []
    for value in values:
        digits.learn(Decimal(repr(value)))
        places.append((digits.decimals, digits.magnitude or -400))
    assert all(one[0] <= other[0] for one, other in pairwise(places))


@pytest.mark.parametrize(
    ("change", "like", "text"),
    [(0.1 + 0.2, "1.25", "0.30"), (-3.0, "1e-12", "3e+0"), (1e-9, "1.25", "0.00"), (1e300, "1.25", "1e+300")],
)
def test_the_size_of_a_change(change: float, like: str, text: str) -> None:
    assert show_change(change, like, 2) == text


def test_small_formats() -> None:
    assert [split_at_point(text) for text in ("1.5", "15", "-2e+9")] == [("1", ".5"), ("15", ""), ("-2", "e+9")]
    assert [show_percent(number) for number in (0.0, -1.5, 1e9)] == ["0.000%", "-1.500%", "+1.0e+09%"]
    assert [show_rate(rate) for rate in (0.0, 0.012, 0.5, 9.94, 12.4, 20_000)] == [
        "0",
        "0.01",
        "0.5",
        "9.9",
        "12",
        "20,000",
    ]
    delays = ((1.25, 85.4), (-3.0, 0.0), (900.0, 12_345.0))
    assert [show_delay(*delay) for delay in delays] == ["1.2/85 ms", "-3.0/0.0 ms", "0.9/12 s"]
    times = (-1, 0.9, 59.9, 60, 3599, 3661, 86400 * 3 + 7200)
    assert [duration(time) for time in times] == ["0s", "0s", "59s", "1m 00s", "59m 59s", "1h 01m", "3d 02h"]
