"""The view of one index: its past, its chart, its figures, at all sizes."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from math import inf, nan
from random import Random

import pytest
from rich.cells import cell_len

from coinapi_idx_cli.protocol.batch import Note
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.chart import Chart
from coinapi_idx_cli.table.figures import large
from coinapi_idx_cli.table.history import HALF_HOURS_KEPT, MINUTES_KEPT, SECONDS_KEPT, History, PastBucket
from coinapi_idx_cli.table.rows import SEEN_KEPT, Rows
from coinapi_idx_cli.terminal.regions import FullScreen
from tests.table.screens import BTC, ETH, Clock, batch, opened, table, terminal

# -- the past ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_buckets_are_what_a_plain_computation_over_all_values_gives(seed: int) -> None:
    chance, history, at_s = Random(seed), History(), 1000.0
    history.see([])
    values: list[tuple[float, float]] = []
    while at_s < 1500:
        at_s += chance.expovariate(3.0)
        values.append((at_s, chance.gauss(100, 5)))
        when, value = values[-1]
        history.add(when, value, value, value)
    whole = history.since(1100.0, at_s)
    found = [each for each in whole if each.begin_s >= 1100]
    for bucket in found:
        inside = [value for when, value in values if int(when) == bucket.begin_s]
        assert (bucket.low, bucket.high, bucket.last) == (min(inside), max(inside), inside[-1])
    assert [each.begin_s for each in found] == sorted({float(int(when)) for when, _ in values if when >= 1100})
    assert whole[0].begin_s < 1100  # what the value was then


def test_of_a_week_the_last_day_is_kept_and_of_that_the_last_hour_by_the_second() -> None:
    history = History()
    history.see([])
    end_s = 7 * 86_400
    for second in range(0, end_s, 7):
        history.add(second, float(second), float(second), float(second))
    day = history.since(end_s - 86_400, end_s)
    assert MINUTES_KEPT - 1 <= len(day) <= MINUTES_KEPT * 9 // 8 + 3
    assert day[0].begin_s <= end_s - 86_400 + 60
    hour = history.since(end_s - 3600, end_s)
    assert len(hour) >= 3600 / 7 - 1
    assert len(history.since(0, end_s)) <= (MINUTES_KEPT + HALF_HOURS_KEPT) * 9 // 8 + 3
    history.forget()
    assert all(each.begin_s % 60 == 0 for each in history.since(end_s - 600, end_s))


def test_of_one_that_nobody_looks_at_minutes_and_half_hours_have_every_value() -> None:
    rows, chance, now_s = Rows(), Random(1), 0.0
    values: list[tuple[float, float]] = []
    while now_s < 3 * 3600:
        now_s += chance.expovariate(0.5)
        values.append((now_s, float(chance.randrange(10**6))))
        come = batch((BTC, str(values[-1][1])))
        rows.update(come.values, come.texts, now_s)
    past = rows.past(BTC, 0.0, now_s)
    lengths = [after.begin_s - before.begin_s for before, after in pairwise(past)]
    assert set(lengths) == {60.0, 1800.0}
    assert set(lengths[-60:]) == {60.0}, "the last hour"
    assert (past[0].begin_s, sum(lengths)) == (0.0, past[-1].begin_s)
    for bucket, length_s in zip(past, [*lengths, 60.0], strict=True):
        inside = [value for when, value in values if bucket.begin_s <= when < bucket.begin_s + max(60.0, length_s)]
        if length_s in (60.0, 1800.0):
            assert (bucket.low, bucket.high, bucket.last) == (min(inside), max(inside), inside[-1])


def test_seconds_begin_when_somebody_looks_and_go_on_from_what_was_known() -> None:
    rows, now_s = Rows(), 0.0
    for number in range(600):
        now_s = number * 0.5
        if number == 300:
            rows.snapshot(now_s, [BTC])
        come = batch((BTC, str(number % 7)))
        rows.update(come.values, come.texts, now_s)
    past = rows.past(BTC, 0.0, now_s)
    assert [each.begin_s for each in past] == sorted({each.begin_s for each in past})
    seconds = [each for each in past if each.begin_s > 151]
    assert len(seconds) == 148
    for bucket in seconds:
        inside = [number % 7 for number in (int(bucket.begin_s) * 2, int(bucket.begin_s) * 2 + 1)]
        assert (bucket.low, bucket.high, bucket.last) == (min(inside), max(inside), inside[-1])


def test_all_the_indexes_there_are_fit_into_64_mib() -> None:
    def filled(count: int, *, seen: bool, step_s: int, hours: int) -> int:
        histories = [History() for _ in range(count)]
        tracemalloc.start()
        for history in histories:
            if seen:
                history.see([])
            for at_s in range(0, hours * 3600, step_s):
                history.add(at_s, 1.0, 2.0, 1.5)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size // count

    seen = filled(2, seen=True, step_s=1, hours=2) + MINUTES_KEPT * 32
    unseen = filled(20, seen=False, step_s=60, hours=60)
    assert SEEN_KEPT * seen + (7_700 - SEEN_KEPT) * unseen <= 64 * 1024 * 1024


def test_the_memory_of_a_past_is_bounded() -> None:
    history = History()
    history.see([])
    for second in range(3 * SECONDS_KEPT):
        history.add(second, 1.0, 1.0, 1.0)
    assert len(history.since(0, SECONDS_KEPT)) <= SECONDS_KEPT * 9 // 8 + 200


# -- the chart ---------------------------------------------------------------------------------------------------------


def chart(past: list[PastBucket], gaps: list[tuple[float, float]] | None = None, width: int = 10) -> list[str]:
    return Chart(width, 3, 0.0, 10.0, is_ascii=True).draw(past, gaps or [])


def test_a_chart_goes_from_the_lowest_to_the_highest_and_holds_a_value_until_the_next() -> None:
    past = [PastBucket(0, 1.0, 1.0, 1.0), PastBucket(5, 3.0, 3.0, 3.0), PastBucket(8, 2.0, 2.0, 2.0)]
    assert chart(past) == ["     **** ", "     *  **", "******    "]


def test_where_there_was_a_gap_it_is_open() -> None:
    past = [PastBucket(0, 1.0, 1.0, 1.0), PastBucket(7, 3.0, 3.0, 3.0)]
    assert chart(past, [(3.0, 7.0)]) == ["       ***", "          ", "***       "]


def test_least_and_greatest_of_a_bucket_are_both_drawn() -> None:
    past = [PastBucket(0, 2.0, 2.0, 2.0), PastBucket(4, 1.0, 3.0, 2.0)]
    assert chart(past) == ["    *     ", "**********", "    *     "]


@pytest.mark.parametrize("value", [inf, -inf, nan])
def test_what_is_no_number_is_not_drawn(value: float) -> None:
    assert chart([PastBucket(0, value, value, value)]) == [" " * 10] * 3
    assert chart([]) == [" " * 10] * 3


def test_braille_has_eight_dots_in_a_cell() -> None:
    drawn = Chart(2, 1, 0.0, 4.0, is_ascii=False).draw(
        [PastBucket(number, float(number), float(number), float(number)) for number in range(4)], []
    )
    assert drawn == ["⣠⠞"]


def test_large_figures_have_three_lines_where_there_is_room() -> None:
    assert [len(line) for line in large("1.5", 80)] == [9, 9, 9]
    assert large("1.5", 8) == ["1.5"]
    assert large("Infinity", 80) == ["Infinity"]


# -- the screen --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (120, 40), (200, 50)])
def test_one_index_has_the_screen_for_itself(columns: int, lines: int) -> None:
    with terminal(columns, lines) as fake:
        clock = Clock()
        with opened(fake, BTC, clock=clock) as output:
            for number in range(20):
                output.write(batch((BTC, f"{67000 + number * 5}.25")))
                clock.now_s += 1.0
            fake.wait_for(fake.shows("+0.142%", "since "))
            text = fake.text()
            assert any("\u2800" < character <= "\u28ff" for character in text)
            assert "67095.25" in text
            assert "67000.25" in text
            assert ("█" in text) == (lines >= 24)
            output.close()
            fake.wait_for(fake.shows("0 values in", "index"))  # the last table


def test_a_run_that_is_younger_than_the_span_moved_since_its_first_value() -> None:
    with terminal(80, 24) as fake, opened(fake, BTC, clock=Clock()) as output:
        output.write(batch((BTC, "1.5"), (BTC, "3.0")))  # in the same second
        fake.wait_for(fake.shows("+100.000% since ", "5 minutes: +100.000%"))
        output.close()


def test_the_chart_has_the_first_second_of_the_run_too() -> None:
    clock = Clock()
    clock.now_s = 100.5
    status = Status("h", clock.now_s, state=State.LIVE)
    with terminal(80, 24) as fake, opened(fake, BTC, status=status, clock=clock) as output:
        output.write(batch((BTC, "177.5"), (BTC, "103.5")))
        clock.now_s = 103.5
        output.write(batch((BTC, "101.5"), (BTC, "102.5")))
        fake.wait_for(fake.shows("low 101.5 at", "high 177.5 at"))
        assert any(line.endswith(" 177.5") for line in fake.text().split("\n")), "the scale"
        output.close()


def test_resized_while_one_index_has_the_screen() -> None:
    with terminal(120, 40) as fake, opened(fake, BTC) as output:
        output.write(batch((BTC, "67000.25"), (BTC, "67001.25")))
        for columns, lines in ((40, 10), (200, 50), (80, 24), (60, 12)):
            fake.resize(columns, lines)
            fake.wait_for(lambda: fake.text().count("● live") == 1 and "+0.001%" in fake.text())
        output.close()


@pytest.mark.parametrize("environ", [{}, {"LC_ALL": "C"}])
def test_the_view_fits_a_terminal_of_any_size(environ: dict[str, str]) -> None:
    output = table(0, BTC, environ=environ)
    for lines in (3, 5, 8, 10, 24, 50):
        for columns in (1, 10, 40, 300):
            for text in ("1.5", "67000.123456789", "-1e300", "1e-12"):
                output.write(batch((BTC, text)))
                painted = [line.plain for line in output.frame(columns, lines)]
                assert len(painted) < lines
                assert all(cell_len(line) <= columns for line in painted)


def test_enter_goes_there_and_back_and_figures_change_the_span() -> None:
    output = table(0, BTC, ETH)
    output.write(batch((BTC, "1.5"), (ETH, "2.5")))

    def shows(word: str) -> bool:
        return any(word in line.plain for line in output.frame(80, 24))

    ids = [BTC, ETH]
    browse = output._browse
    browse.press("enter", ids)
    assert shows("5 minutes: ")
    browse.press("1", ids)
    assert shows("1 minute: ")
    browse.press("down", ids)
    assert shows(ETH)
    browse.press("escape", ids)
    assert shows("index") or shows("IDX_")
    assert browse.browsed.marked == ETH


def test_held_still_the_chart_stands_still_too() -> None:
    with terminal(80, 24) as fake:
        clock = Clock()
        with opened(fake, BTC, clock=clock) as output:
            output.write(batch((BTC, "1.5"), (BTC, "2.5")))
            fake.wait_for(fake.shows("2.5"))
            output._press(" ")
            fake.wait_for(fake.shows("held, Space goes on"))
            before = fake.text().split("\n")[1:20]
            clock.now_s += 60.0
            output.write(batch((BTC, "77.5")))
            fake.wait_for(fake.shows("running 1m 00s"))
            assert fake.text().split("\n")[1:20] == before
            output._press(" ")
            fake.wait_for(fake.shows("77.5"))
            output.close()


def test_a_gap_is_named_and_all_is_dim_while_nothing_can_come() -> None:
    status = Status("h", 100.0, state=State.LIVE, connected_s=100.0)
    clock = Clock()
    output = table(0, BTC, status=status, clock=clock)
    output.write(batch((BTC, "1.5")))
    clock.now_s += 30.0
    with_gap = batch((BTC, "2.5"))
    with_gap.notes.append(Note(0, "gap", b"{}", {"seconds": 12.0}))
    output.write(with_gap)
    assert any("last gap 12.00 s at " in line.plain for line in output.frame(100, 24))
    status.state = State.WAITING
    assert all(line.style == "dim" for line in output.frame(100, 24)[1:10])


# -- the tab -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "title"),
    [
        (["67410.5", "67430.25"], "67,430 +0.029% BTC_USD"),
        (["1.08443"], "1.0844 BTC_USD"),
        (["0.00002312", "0.00002312"], "0.00002 0.000% BTC_USD"),
        (["1e300"], "1e+300 BTC_USD"),
        ([], "idxstream: live"),
    ],
)
def test_the_tab_of_one_index_has_its_value_and_how_far_it_moved(values: list[str], title: str) -> None:
    with terminal() as fake, opened(fake, BTC) as output:
        for text in values:
            output.write(batch((BTC, text)))
        fake.wait_for(lambda: fake.screen.title == title)
        assert b"\x1b[22;2t" in fake.bytes
        assert b"\x1b[23;2t" not in fake.bytes
        output.close()
        fake.wait_for(lambda: b"\x1b[23;2t" in fake.bytes)


def test_the_tab_of_several_indexes_has_the_state_and_no_control_character() -> None:
    status = Status("h", 100.0, state=State.LIVE, gaps=2)
    with terminal() as fake, opened(fake, BTC, ETH, status=status):
        fake.wait_for(lambda: fake.screen.title == "idxstream: live, 2 gaps")
    with terminal() as fake, opened(fake, "IDX_A_B_\x1b]2;x\x07SECRET") as output:
        output.write(batch(("IDX_A_B_\x1b]2;x\x07SECRET", "1.5")))
        fake.wait_for(lambda: fake.screen.title.startswith("1.5000 "))
        assert "SECRET" not in fake.screen.title
        assert "\x1b" not in fake.screen.title


def test_a_setting_leaves_the_tab_as_it_is() -> None:
    place = FullScreen()
    assert "22;2t" not in place.enter()
    assert "]2;" not in place.frame(["row"], [], 80)
    assert "23;2t" not in place.leave()
