"""The row model, its numbers, and the cells made of it: pure, no terminal."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.table.cells import RANGE, Look, Memory, cells, trail_cell
from coinapi_idx_cli.table.delays import Delay, Delays, delay_ms
from coinapi_idx_cli.table.flash import FLASH_S, Flash
from coinapi_idx_cli.table.index_names import IndexNames, ShownNames
from coinapi_idx_cli.table.rows import ARRANGED_EVERY_S, Row, Rows
from coinapi_idx_cli.table.trail import STEP_S, STEPS_KEPT, Trail, sparkline
from coinapi_idx_cli.terminal.numbers import show_percent
from coinapi_idx_cli.terminal.text import ASCII, UNICODE


def message(index_id: str, text: str, time: str = "t", more: str = "") -> bytes:
    return f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{time}","value":{text}{more}}}'.encode()


def take(rows: Rows, now_s: float, *pairs: tuple[str, str]) -> None:
    values = [IndexValue("index", index_id, "t", float(text)) for index_id, text in pairs]
    rows.update(values, [message(*pair) for pair in pairs], now_s, 0)


def ids(rows: Rows) -> list[str]:
    return [row.index_id for row in rows.snapshot(0.0, rows.ids())]


def test_rows_stand_in_the_order_asked_for_and_wait() -> None:
    rows = Rows(("B", "A", "B"))
    take(rows, 1.0, ("A", "2.5"))
    assert ids(rows) == ["B", "A"]
    assert [row.value for row in rows.snapshot(0.0, rows.ids())] == [None, 2.5]


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
    (row,) = rows.snapshot(0.0, rows.ids())
    assert (row.change(), row.since_start(), row.percent(), row.updates) == (-10.0, 10.0, 5.0, 3)
    assert row.age_s(15.5) == 3.5
    assert row.age_s(11.0) == 0.0


def test_one_value_has_no_change_yet() -> None:
    rows = Rows()
    take(rows, 1.0, ("A", "200"))
    (row,) = rows.snapshot(0.0, rows.ids())
    assert (row.change(), row.since_start(), row.percent()) == (None, None, None)


@pytest.mark.parametrize(
    ("first", "last", "percent"), [("0", "5", None), ("-10", "-5", 50.0), ("5e-324", "1e308", None)]
)
def test_percent_where_it_has_a_meaning(first: str, last: str, percent: float | None) -> None:
    rows = Rows()
    take(rows, 1.0, ("A", first), ("A", last))
    assert rows.snapshot(0.0, rows.ids())[0].percent() == percent


def test_a_snapshot_does_not_change_and_is_limited() -> None:
    rows = Rows(("A", "B", "C"))
    take(rows, 1.0, ("A", "1"))
    before = rows.snapshot(0.0, rows.ids()[:2])
    take(rows, 2.0, ("A", "2"))
    assert [(row.index_id, row.value) for row in before] == [("A", 1.0), ("B", None)]


def test_low_and_high_are_those_of_all_values() -> None:
    rows = Rows()
    take(rows, 1.0, ("A", "5"), ("A", "9"), ("A", "-2"), ("A", "3"))
    (row,) = rows.snapshot(0.0, rows.ids())
    assert (row.low, row.high) == (-2.0, 9.0)


def test_an_index_is_quiet_far_beyond_its_own_rhythm_only() -> None:
    rows = Rows()
    for second in range(10):
        take(rows, second * 1.0, ("FAST", "1"))
        take(rows, second * 60.0, ("SLOW", "1"))
    take(rows, 0.0, ("ONCE", "1"))
    fast, slow, once = rows.snapshot(0.0, rows.ids())
    assert [fast.is_quiet(9.0 + age_s) for age_s in (5, 9.9, 11)] == [False, False, True]
    assert [slow.is_quiet(540.0 + age_s) for age_s in (11, 470, 500)] == [False, False, True]
    assert not once.is_quiet(1e6)


def arranged(sort: Sort) -> list[str]:
    rows = Rows(("W", "C", "A"), sort)
    for second in range(10):
        take(rows, 1.0 + second, ("C", "100"), ("C", "101"), ("B", "200"))
    take(rows, 60.0, ("A", "100"), ("A", "99.5"))
    rows.look(70.0)
    return ids(rows)


@pytest.mark.parametrize(
    ("sort", "order"), [("asked", "WCAB"), ("id", "ABCW"), ("change", "CABW"), ("activity", "CABW"), ("quiet", "WCBA")]
)
def test_orders(sort: str, order: str) -> None:
    assert "".join(arranged(Sort(sort))) == order


def test_rows_change_places_now_and_then_only_and_new_ones_come_last() -> None:
    rows = Rows((), Sort.ID)
    take(rows, 1.0, ("B", "1"))
    rows.look(1.0)
    take(rows, 1.1, ("A", "1"))
    rows.look(1.0 + ARRANGED_EVERY_S / 2)
    assert ids(rows) == ["B", "A"]
    rows.look(1.0 + ARRANGED_EVERY_S)
    assert ids(rows) == ["A", "B"]


def test_a_sparkline_spans_from_the_lowest_to_the_highest() -> None:
    assert sparkline([1.0, 2.0, 3.0], 3, "_-^") == "_-^"
    assert sparkline([5.0, 1.0, 2.0, 3.0], 5, "_-^") == " ^__-"
    assert sparkline([5.0, 1.0, None, 3.0], 3, "_-^") == "_ ^"
    assert sparkline([2.0, 2.0], 2, "_-^") == "--"
    assert sparkline([None], 2, "_-^") == "  "
    assert sparkline([-1.7e308, 1.7e308], 2, "_-^") == "--"


def test_the_trail_has_a_hole_where_there_was_a_gap_and_nowhere_else() -> None:
    rows = Rows(("A",))
    take(rows, 0.0, ("A", "1"))
    take(rows, 3.5 * STEP_S, ("A", "2"))  # nobody looked, and no value came
    rows.note_gap(4.5 * STEP_S, 6.5 * STEP_S)
    take(rows, 6.5 * STEP_S, ("A", "3"))
    (row,) = rows.snapshot(8.2 * STEP_S, rows.ids())
    assert row.past == [1.0, 1.0, 1.0, 2.0, None, None, 3.0, 3.0]
    assert trail_cell(row, 9 + RANGE, "_-^").left == "___-  ^^^  200%"


def test_a_short_gap_is_one_hole() -> None:
    rows = Rows(("A",))
    take(rows, 0.0, ("A", "1"))
    rows.note_gap(2.2 * STEP_S, 2.3 * STEP_S)
    take(rows, 2.3 * STEP_S, ("A", "1"))
    (row,) = rows.snapshot(5.0 * STEP_S, rows.ids())
    assert row.past == [1.0, 1.0, None, 1.0, 1.0]


def test_the_trail_is_as_long_as_it_may_be_after_a_long_silence() -> None:
    trail = Trail()
    trail.note(10**6, 1.0, 7)
    assert list(trail.values) == [1.0] * STEPS_KEPT
    trail.note(3, 2.0, 8)  # a clock that went back
    assert trail.step == 10**6


def test_the_rate_of_a_row_is_that_of_the_last_minute() -> None:
    rows = Rows(("A",))
    for second in range(300):
        take(rows, second, *[("A", "1")] * (1 if second < 150 else 3))
        (row,) = rows.snapshot(second + 0.5, rows.ids())
        if second == 0:
            assert row.rate is None
        elif second == 100:
            assert row.rate == pytest.approx(1.0, abs=0.05)
    assert row.rate == pytest.approx(3.0, abs=0.1)
    (row,) = rows.snapshot(330.0, rows.ids())
    assert row.rate == pytest.approx(1.5, abs=0.2)
    (row,) = rows.snapshot(400.0, rows.ids())
    assert row.rate == 0.0


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
    (row,) = rows.snapshot(0.0, rows.ids())
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
    assert (found["tick"].mark, found["tick"].style) == ("▲ ", "")
    assert (found["moved"].left, found["moved"].right, found["moved"].style) == ("-0", ".5", "")
    assert found["percent"].style == "red"
    assert cells(rising, Memory(), Look(ASCII, 10, 4.0))["tick"].mark == "+ "
    same = Row("A", 2, 2.5, 2.5, 2.5, message=message("A", "2.5"), updated_s=1.0)
    assert cells(same, Memory(), look)["tick"].mark == "= "


def test_what_rounds_to_zero_has_no_sign_and_no_colour() -> None:
    row = Row("A", 2, 99_999.999, 100_000.0, 100_000.0, message=message("A", "99999.999"), updated_s=1.0)
    found = cells(row, Memory(), Look(UNICODE, 6, 4.0))
    assert (found["percent"].left, found["percent"].style) == ("0.000%", "dim")
    assert found["moved"].left + found["moved"].right == "0.0"
    assert show_percent(-0.0004) == "0.000%"
    assert show_percent(-0.0006) == "-0.001%"


def test_without_ids_the_rows_are_in_order_of_their_ids() -> None:
    rows = Rows()
    take(rows, 0.0, ("B", "1"), ("C", "1"), ("A", "1"))
    rows.look(0.1)
    assert [row.index_id for row in rows.snapshot(0.1, rows.ids())] == ["A", "B", "C"]


def test_names_do_not_show_the_words_that_all_begin_with() -> None:
    assert IndexNames(("IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD")).prefix == "IDX_REFRATE_PRIMKT_"
    assert IndexNames(("IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_BTC_EUR")).prefix == "IDX_REFRATE_PRIMKT_"
    assert IndexNames(("IDX_REFRATE_VWAP_BTC", "IDX_REFRATE_VWAP_BTCB")).prefix == "IDX_REFRATE_"
    assert IndexNames(("IDX_REFRATE_VWAP_BTC", "IDX_VOL_CAPIVIX_BTC_USD")).prefix == "IDX_"
    assert IndexNames(("A", "B")).prefix == IndexNames(("IDX_REFRATE_VWAP_BTC",)).prefix == IndexNames().prefix == ""


def test_a_name_is_unique_among_all_not_only_among_those_on_the_screen() -> None:
    names = ShownNames(str, "…")
    ids = ("X_PRIMKT_BTC_USD", "X_VWAP_BTC_USD", "X_VOL_ETH_USD")
    names.learn(IndexNames(ids))
    alone = names.fit([ids[0]], 8)
    assert alone != names.fit([ids[1]], 8)
    assert len(set(names.fit(list(ids), 8))) == 3
    assert names.fit(["X_NEW_ADA_USD"], 11) == ["NEW_ADA_USD"]
