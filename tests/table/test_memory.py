"""However many indexes the feed names, and however long its messages are: the table keeps what it has room for."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.delays import delay_ms
from coinapi_idx_cli.table.frame import Painter, Scene
from coinapi_idx_cli.table.rows import LONGEST_MESSAGE_BYTES, ROW_BYTES, Rows
from coinapi_idx_cli.terminal.text import UNICODE
from tests.cli.watch.floods.flooded import MIB, Flooded, sending, value

REAL_IDS = 7_700
ROOM_FOR_TEN = 10 * (ROW_BYTES + 100)


def batch_of(*index_ids: str, number: str = "1.50", more: str = "") -> Batch:
    text = '{"type":"index","index_id":"%s","time_coinapi":"2026-11-26T00:00:00.5000000Z","value":%s%s}'
    return decode([(text % (index_id, number, more)).encode() for index_id in index_ids], 1).batch


def take(rows: Rows, batch: Batch, now_s: float) -> None:
    rows.update(batch.values, batch.texts, now_s, batch.time_received_ns)


def ids(rows: Rows) -> list[str]:
    return [row.index_id for row in rows.snapshot(0.0, rows.ids())]


def test_those_that_were_quiet_for_the_longest_time_go_first() -> None:
    rows = Rows(limit_bytes=ROOM_FOR_TEN)
    take(rows, batch_of(*(f"I{number}" for number in range(10))), 1.0)
    assert (len(rows), rows.dropped) == (10, 0)
    take(rows, batch_of("I0", "I1"), 2.0)
    take(rows, batch_of("NEW"), 3.0)
    assert rows.dropped > 0
    assert len(rows) + rows.dropped == 11
    assert {"I0", "I1", "NEW"} < set(ids(rows))
    assert "I2" not in ids(rows)


def test_what_was_asked_for_stays_also_while_it_is_quiet() -> None:
    rows = Rows(("ASKED", "WAITS"), limit_bytes=ROOM_FOR_TEN)
    take(rows, batch_of("ASKED"), 1.0)
    for number in range(200):
        take(rows, batch_of(f"I{number}"), 2.0 + number)
    assert ids(rows)[:2] == ["ASKED", "WAITS"]
    assert ids(rows)[-1] == "I199"
    assert len(rows) <= 12
    assert rows.waiting == 1


@pytest.mark.parametrize("sort", list(Sort))
def test_the_order_holds_each_row_once_while_rows_come_and_go(sort: Sort) -> None:
    rows = Rows(sort=sort, limit_bytes=ROOM_FOR_TEN)
    for number in range(100):
        take(rows, batch_of(f"I{number:02}", number=str(number)), float(number))
        if number % 3 == 0:
            rows.look(float(number))
        shown = ids(rows)
        assert len(shown) == len(set(shown)) == len(rows)
        assert all(row.value is not None for row in rows.snapshot(0.0, rows.ids()))


def test_all_indexes_there_are_fit_several_times() -> None:
    rows = Rows()
    for begin in range(0, 2 * REAL_IDS, 100):
        take(rows, batch_of(*(f"IDX_REFRATE_PRIMKT_{number:05}_USD" for number in range(begin, begin + 100))), 1.0)
    assert (len(rows), rows.dropped) == (2 * REAL_IDS, 0)


def test_a_thread_that_looks_meets_no_row_that_is_gone() -> None:
    rows, ended = Rows(limit_bytes=ROOM_FOR_TEN), Event()
    failures: list[Exception] = []

    def look() -> None:
        second = 0.0
        while not ended.is_set():
            second += 2.5
            try:
                rows.look(second)
            except Exception as error:  # noqa: BLE001 - told by the test
                failures.append(error)

    thread = Thread(target=look)
    thread.start()
    for number in range(5000):
        take(rows, batch_of(f"I{number}"), float(number))
    ended.set()
    thread.join()
    assert failures == []
    assert len(ids(rows)) == len(rows) <= 10


@pytest.mark.parametrize(
    ("number", "shown"), [("67401.10", " 67401.10 "), ("1e5", " 100000 "), ("1." + "0" * 5000, " 1.0 ")]
)
def test_of_a_long_message_what_is_shown_is_kept(number: str, shown: str) -> None:
    rows = Rows()
    take(rows, batch_of("A", number=number, more=f',"more":{{"value":7,"pad":"{"x" * 100_000}"}}'), 1.0)
    (row,) = rows.snapshot(0.0, rows.ids())
    assert len(row.message) <= LONGEST_MESSAGE_BYTES
    assert delay_ms(row) == pytest.approx((1 - 1795651200.5e9) / 1e6)
    painted = Painter(UNICODE).paint(Scene([row], 1, 0, Status("h", 0.0), 1.0), 160, None)
    assert shown in "\n".join(line.plain for line in painted)


def test_the_foot_says_how_many_rows_are_dropped() -> None:
    scene = Scene([], 0, 0, Status("h", 0.0, state=State.LIVE), 1.0, dropped=1234)
    text = "\n".join(line.plain for line in Painter(UNICODE).paint(scene, 100, 24))
    assert "1,234 rows dropped" in text


def test_a_name_without_end_is_cut_and_a_secret_in_it_is_hidden_first() -> None:
    secret = "KEY-0123456789"
    rows = Rows()
    take(rows, batch_of("A" * 1018 + secret + "B" * 100_000, secret * 150 + "C" * 5000), 1.0)
    painter = Painter(UNICODE, lambda text: text.replace(secret, "***"))
    lines = painter.paint(Scene(rows.snapshot(0.0, rows.ids()), 2, 0, Status("h", 0.0), 1.0), 5000, 24)
    assert "KEY" not in "".join(line.plain for line in lines)


def test_frames_keep_no_name_that_is_gone() -> None:
    painter = Painter(UNICODE)

    def paint(number: int) -> None:
        rows = Rows()
        take(rows, batch_of(f"{'X' * 100_000}{number}"), 1.0)
        painter.paint(Scene(rows.snapshot(0.0, rows.ids()), 1, 0, Status("h", 0.0), 1.0), 100, 24)

    paint(0)
    tracemalloc.start()
    for number in range(1, 100):
        paint(number)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 2 * MIB


def test_made_up_indexes_on_a_terminal_fill_no_memory() -> None:
    def flood() -> Iterator[bytes]:
        for begin in range(0, 36_000, 300):
            yield b"".join(value(f"IDX_{number}", number) for number in range(begin, begin + 300))

    with sending(flood) as port:
        done = Flooded(port, "--all", "-f", "table", "-n", "36000", on_terminal=True)
    assert done.code == 0, done.err
    assert "more indexes than the table can hold" in done.err + done.out
    assert done.peak_bytes < 200 * MIB
