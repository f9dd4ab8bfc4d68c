"""The row model, its numbers, and the cells made of it: pure, no terminal."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.outputs.table_cells import cells
from coinapi_idx_cli.outputs.table_numbers import (
    Digits,
    duration,
    exact_text,
    show,
    show_change,
    show_percent,
    split_at_point,
)
from coinapi_idx_cli.outputs.table_rows import Row, Rows
from coinapi_idx_cli.outputs.table_status import Rate, status_lines
from coinapi_idx_cli.outputs.table_text import ASCII, UNICODE
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.status import State, Status


def message(index_id: str, text: str) -> bytes:
    return f'{{"type":"index","index_id":"{index_id}","value":{text}}}'.encode()


def take(rows: Rows, now_s: float, *pairs: tuple[str, str]) -> None:
    values = [IndexValue("index", index_id, "t", float(text)) for index_id, text in pairs]
    rows.take(values, [message(*pair) for pair in pairs], now_s)


def ids(rows: Rows) -> list[str]:
    return [row.index_id for row in rows.snapshot()]


def test_rows_stand_in_the_order_asked_for_and_wait() -> None:
    rows = Rows(("B", "A", "B"))
    take(rows, 1.0, ("A", "2.5"))
    assert ids(rows) == ["B", "A"]
    assert [row.value for row in rows.snapshot()] == [None, 2.5]


def test_without_ids_rows_stand_in_order_of_first_arrival() -> None:
    rows = Rows()
    take(rows, 1.0, ("C", "1"), ("A", "1"), ("C", "2"), ("B", "1"))
    assert ids(rows) == ["C", "A", "B"]
    assert len(rows) == 3


def test_an_index_nobody_asked_for_is_shown_all_the_same() -> None:
    rows = Rows(("A",))
    take(rows, 1.0, ("Z", "1"))
    assert ids(rows) == ["A", "Z"]


def test_a_row_tells_changes_age_and_count() -> None:
    rows = Rows()
    take(rows, 10.0, ("A", "200"), ("A", "220"))
    take(rows, 12.0, ("A", "210"))
    (row,) = rows.snapshot()
    assert (row.change(), row.since_start(), row.percent(), row.updates) == (-10.0, 10.0, 5.0, 3)
    assert row.age_s(15.5) == 3.5
    assert row.age_s(11.0) == 0.0


def test_one_value_has_no_change_yet() -> None:
    rows = Rows()
    take(rows, 1.0, ("A", "200"))
    (row,) = rows.snapshot()
    assert (row.change(), row.since_start(), row.percent()) == (None, None, None)


@pytest.mark.parametrize(
    ("first", "last", "percent"), [("0", "5", None), ("-10", "-5", 50.0), ("5e-324", "1e308", None)]
)
def test_percent_where_it_has_a_meaning(first: str, last: str, percent: float | None) -> None:
    rows = Rows()
    take(rows, 1.0, ("A", first), ("A", last))
    assert rows.snapshot()[0].percent() == percent


def test_a_snapshot_does_not_change_and_is_limited() -> None:
    rows = Rows(("A", "B", "C"))
    take(rows, 1.0, ("A", "1"))
    before = rows.snapshot(2)
    take(rows, 2.0, ("A", "2"))
    assert [(row.index_id, row.value) for row in before] == [("A", 1.0), ("B", None)]


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        (b'{"value":1085.72276}', 1085.72276, "1085.72276"),
        (b'{"value":1.500}', 1.5, "1.500"),
        (b'{"value":1e-12}', 1e-12, "1e-12"),
        (b'{"value": -0.0 }', -0.0, "-0.0"),
        (b'{"more":{"value":7},"value":8.0}', 8.0, "8.0"),
        (b'{"index_id":"\\"value\\":3","value":4}', 4, "4"),
        (b'{"v\\u0061lue":0.1}', 0.1, "0.1"),
        (b'{"value":1-2}', 1.0, "1.0"),
    ],
)
def test_the_exact_text_is_that_of_the_message(text: bytes, value: float, exact: str) -> None:
    assert exact_text(text, value) == exact


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
    assert [show_percent(number) for number in (0.0, -1.5, 1e9)] == ["+0.000%", "-1.500%", "+1.0e+09%"]
    times = (-1, 0.9, 59.9, 60, 3599, 3661, 86400 * 3 + 7200)
    assert [duration(time) for time in times] == ["0s", "0s", "59s", "1m 00s", "59m 59s", "1h 01m", "3d 02h"]


def test_arrows_and_signs_tell_the_direction_without_colour() -> None:
    rising = Row("A", 2, 2.5, 2.0, 3.0, message("A", "2.5"), 1.0)
    found = cells(rising, Digits(), 10, 4.0, UNICODE)
    assert (found["change"].mark, found["change"].style) == ("▲ ", "green")
    assert (found["since"].left, found["since"].right, found["since"].style) == ("-0", ".5", "red")
    assert cells(rising, Digits(), 10, 4.0, ASCII)["change"].mark == "+ "
    same = Row("A", 2, 2.5, 2.5, 2.5, message("A", "2.5"), 1.0)
    assert cells(same, Digits(), 10, 4.0, UNICODE)["change"].mark == "= "


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.sample(0, 0.0) == 0.0
    for second in range(1, 21):
        latest = rate.sample(second * 10, float(second))
    assert latest == 10.0
    for second in range(21, 31):
        latest = rate.sample(200, float(second))
    assert latest == 0.0


def line(status: Status, width: int = 120) -> str:
    return status_lines(status, 12.4, 62.0, width, UNICODE)[0].plain


def test_the_status_line_says_state_server_and_counts() -> None:
    status = Status("feed.example:443", 0.0, State.LIVE, values=1234, malformed=2)
    assert line(status).split("   ") == [
        "● live",
        "feed.example:443",
        "up 1m 02s",
        "1,234 values",
        "12/s",
        "2 malformed",
    ]


def test_while_waiting_the_status_line_counts_down() -> None:
    status = Status("feed.example", 0.0, State.WAITING, retry_at_s=65.2)
    assert "waiting, next try in 4 s" in line(status)
    status.retry_at_s = 1.0
    assert "next try in 0 s" in line(status)


@pytest.mark.parametrize("width", range(1, 100))
def test_the_status_line_drops_what_does_not_fit(width: int) -> None:
    text = line(Status("feed.example:443", 0.0, State.LIVE, values=1234), width)
    assert text.startswith("● live")
    assert len(text) <= max(width, len("● live"))


def test_the_last_warning_stands_under_the_status_line() -> None:
    status = Status("feed.example", 0.0, State.LIVE, last_warning="slow down " + "x" * 500)
    warning = status_lines(status, 0.0, 1.0, 40, UNICODE)[1].plain
    assert warning.startswith("slow down xxx")
    assert len(warning) == 40
