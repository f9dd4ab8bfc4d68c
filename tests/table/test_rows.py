"""The row model, its numbers, and the cells made of it: pure, no terminal."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.table.cells import Look, Memory, cells, trail_cell
from coinapi_idx_cli.table.delays import Delay, Delays, delay_ms
from coinapi_idx_cli.table.flash import FLASH_S, Flash
from coinapi_idx_cli.table.rows import ARRANGED_EVERY_S, Row, Rows
from coinapi_idx_cli.table.trail import STEP_S, STEPS_KEPT, Steps, Trail, sparkline
from coinapi_idx_cli.terminal.text import ASCII, UNICODE


def message(index_id: str, text: str, time: str = "t", more: str = "") -> bytes:
    return f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{time}","value":{text}{more}}}'.encode()


def take(rows: Rows, now_s: float, *pairs: tuple[str, str]) -> None:
    values = [IndexValue("index", index_id, "t", float(text)) for index_id, text in pairs]
    rows.update(values, [message(*pair) for pair in pairs], now_s, 0)


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


def test_low_and_high_are_those_of_all_values() -> None:
    rows = Rows()
    take(rows, 1.0, ("A", "5"), ("A", "9"), ("A", "-2"), ("A", "3"))
    (row,) = rows.snapshot()
    assert (row.low, row.high) == (-2.0, 9.0)


def test_an_index_is_quiet_far_beyond_its_own_rhythm_only() -> None:
    rows = Rows()
    for second in range(10):
        take(rows, second * 1.0, ("FAST", "1"))
        take(rows, second * 60.0, ("SLOW", "1"))
    take(rows, 0.0, ("ONCE", "1"))
    fast, slow, once = rows.snapshot()
    assert [fast.is_quiet(9.0 + age_s) for age_s in (5, 9.9, 11)] == [False, False, True]
    assert [slow.is_quiet(540.0 + age_s) for age_s in (11, 470, 500)] == [False, False, True]
    assert not once.is_quiet(1e6)


def arranged(sort: Sort) -> list[str]:
    rows = Rows(("W", "C", "A"), sort)
    for second in range(10):
        take(rows, 1.0 + second, ("C", "100"), ("C", "101"), ("B", "200"))
    take(rows, 60.0, ("A", "100"), ("A", "99.5"))
    rows.look(70.0, connected=True)
    return ids(rows)


@pytest.mark.parametrize(
    ("sort", "order"), [("asked", "WCAB"), ("id", "ABCW"), ("change", "CABW"), ("activity", "CBAW"), ("quiet", "WCBA")]
)
def test_orders(sort: str, order: str) -> None:
    assert "".join(arranged(Sort(sort))) == order


def test_rows_change_places_now_and_then_only_and_new_ones_come_last() -> None:
    rows = Rows((), Sort.ID)
    take(rows, 1.0, ("B", "1"))
    rows.look(1.0, connected=True)
    take(rows, 1.1, ("A", "1"))
    rows.look(1.0 + ARRANGED_EVERY_S / 2, connected=True)
    assert ids(rows) == ["B", "A"]
    rows.look(1.0 + ARRANGED_EVERY_S, connected=True)
    assert ids(rows) == ["A", "B"]


def test_a_sparkline_spans_from_the_lowest_to_the_highest() -> None:
    assert sparkline([1.0, 2.0, 3.0], 3, "_-^") == "_-^"
    assert sparkline([5.0, 1.0, 2.0, 3.0], 5, "_-^") == " ^__-"
    assert sparkline([5.0, 1.0, None, 3.0], 3, "_-^") == "_ ^"
    assert sparkline([2.0, 2.0], 2, "_-^") == "--"
    assert sparkline([None], 2, "_-^") == "  "
    assert sparkline([-1.7e308, 1.7e308], 2, "_-^") == "--"


def test_the_trail_has_a_hole_where_there_was_no_connection() -> None:
    rows = Rows(("A",))
    rows.look(0.0, connected=True)
    take(rows, 1.0, ("A", "1"))
    rows.look(STEP_S, connected=True)
    rows.look(2 * STEP_S, connected=False)
    take(rows, 2.5 * STEP_S, ("A", "2"))
    rows.look(3 * STEP_S, connected=True)
    (row,) = rows.snapshot()
    assert list(row.trail.values) == [1.0, None, 2.0]
    assert trail_cell(row, 6, "_-^").left == "_ ^^"


def test_steps_that_nobody_looked_at_count() -> None:
    steps = Steps()
    assert [steps.over(second * STEP_S) for second in (0, 0.5, 1, 1.9, 2, 6.5, 7)] == [0, 0, 1, 0, 1, 4, 1]
    assert steps.over(1e6 * STEP_S) == STEPS_KEPT


def test_the_rate_of_a_row_is_that_of_the_last_minute() -> None:
    trail = Trail()
    assert trail.rate(1, 0.0, 0.5) is None
    assert trail.rate(21, 0.0, 10.0) == 2.0
    for step in range(1, 26):
        trail.note(1.0, step * 5, step * STEP_S)
    assert trail.rate(125, 0.0, 125.0) == 1.0
    assert trail.rate(155, 0.0, 155.0) == 1.0


def test_a_change_lights_the_digits_that_are_others_for_a_moment() -> None:
    flash = Flash()
    assert flash.see("12.34", 12.34, 0.0) is None
    assert flash.see("12.44", 12.44, 1.0) == (3, True)
    assert flash.see("12.44", 12.44, 1.0 + FLASH_S / 2) == (3, True)
    assert flash.see("12.44", 12.44, 1.0 + FLASH_S) is None
    assert flash.see("9.50", 9.5, 2.0) == (0, False)
    assert flash.see("9.50", 9.5, 9.0) is None
    assert flash.see("9.500", 9.5, 10.0) is None


def test_the_delay_is_receipt_minus_the_time_of_the_message() -> None:
    for more in ("", ',"far":1e999', r',"half":"\ud800"', ',"x":{"time_coinapi":"1970-01-01T00:00:00Z"}'):
        sent = message("A", "1", "1970-01-01T00:00:01.5000000Z", more)
        assert delay_ms(Row("A", message=sent, received_ns=1_512_000_000)) == 12.0
    assert delay_ms(Row("A", message=message("A", "1", "yesterday"))) is None


def test_a_long_message_has_its_delay_and_its_digits_too() -> None:
    rows = Rows()
    values = decode([message("A", "1.50", "1970-01-01T00:00:01.5000000Z", f',"x":"{"y" * 5000}"')], 0).batch
    rows.update(values.values, values.texts, 1.0, 1_512_000_000)
    (row,) = rows.snapshot()
    assert delay_ms(row) == 12.0
    assert cells(row, Memory(), Look(UNICODE, 10, 4.0))["value"].right == ".50"


def test_percentiles_of_delays() -> None:
    delays = Delays(200)
    assert delays.tell() is None
    for sample_ms in range(300):
        delays.note(float(sample_ms))
    assert delays.tell() == Delay(200.0, 298.0)


def test_a_row_is_asked_for_its_delay_once_a_value() -> None:
    memory = Memory()
    row = Row("A", 1, 1.0, message=message("A", "1", "1970-01-01T00:00:00Z"), received_ns=2_000_000)
    assert [memory.learn(row), memory.learn(row), memory.delay] == [2.0, None, Delay(2.0, 2.0)]


def test_arrows_and_signs_tell_the_direction_without_colour() -> None:
    look = Look(UNICODE, 10, 4.0)
    rising = Row("A", 2, 2.5, 2.0, 3.0, message=message("A", "2.5"), updated_s=1.0)
    found = cells(rising, Memory(), look)
    assert (found["change"].mark, found["change"].style) == ("▲ ", "green")
    assert (found["since"].left, found["since"].right, found["since"].style) == ("-0", ".5", "red")
    assert cells(rising, Memory(), Look(ASCII, 10, 4.0))["change"].mark == "+ "
    same = Row("A", 2, 2.5, 2.5, 2.5, message=message("A", "2.5"), updated_s=1.0)
    assert cells(same, Memory(), look)["change"].mark == "= "
