"""What is received beside another run's file: nothing twice, nothing missing, whoever of the two is late."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.times import NS, utc_text
from coinapi_idx_cli.sinks.files import comparison as under_test
from coinapi_idx_cli.sinks.files.comparison import Comparison

BEGIN_NS = 1_792_540_800 * NS
STEP_NS = NS // 100


def message(number: int, index: int = 0) -> bytes:
    time = utc_text(BEGIN_NS + number * STEP_NS)
    return b'{"type":"index","index_id":"IDX_%d","time_coinapi":"%b","value":%d}' % (index, time.encode(), number)


def batch_of(texts: list[bytes], received_ns: int = BEGIN_NS) -> Batch:
    return decode(texts, received_ns).batch


def texts_of(batches: list[Batch]) -> list[bytes]:
    return [text for batch in batches for text in batch.texts]


def values_of(texts: list[bytes]) -> list[IndexValue]:
    return batch_of(texts).values


def takeover(comparison: Comparison, late: list[Batch]) -> list[bytes]:
    """What is written: at the takeover, and of what comes late."""
    written = texts_of(comparison.rest())
    for batch in late:
        written += without_doubles(batch, comparison.written)[0].texts
    return written


@settings(deadline=None)
@given(st.data())
def test_exact_for_any_feed_any_lag_and_any_end(data: st.DataObject) -> None:
    """The other run began before this one, and each is as far as it may be when the other one ends."""
    indexes = data.draw(st.lists(st.integers(0, 3), max_size=30))
    series = [message(number, index) for number, index in enumerate(indexes)]
    from_here = data.draw(st.integers(0, len(series)))
    comparison, here, there = Comparison(by_time=False), from_here, 0
    end = data.draw(st.integers(from_here, len(series)))  # of what the other run writes
    while there < end:
        if data.draw(st.booleans()) and here < len(series):
            comparison.hold(batch_of([series[here]]))
            here += 1
        else:
            comparison.saw_written(values_of([series[there]]))
            there += 1
    assert series[:there] + takeover(comparison, [batch_of([text]) for text in series[here:]]) == series


@pytest.mark.parametrize("late", ["the other run", "this run"])
def test_exact_with_one_run_far_behind_the_other_at_a_high_rate(late: str) -> None:
    """Forty thousand values, as of four seconds at 10,000 a second."""
    lag, count = 40_000, 60_000
    chance = random.Random(1)
    series = [message(number, chance.randrange(7000)) for number in range(count)]
    comparison, here = Comparison(by_time=False), 0
    for there in range(0, count - lag, 1000):
        until = there + 1000 + lag if late == "the other run" else max(0, there + 1000 - lag)
        comparison.hold(batch_of(series[here:until]))
        here = max(here, until)
        comparison.saw_written(values_of(series[there : there + 1000]))
    rest = takeover(comparison, [batch_of(series[here:])])
    assert series[: count - lag] + rest == series
    assert comparison.passed_over == 0


def test_what_the_other_run_missed_does_not_hide_what_it_wrote_after() -> None:
    """Its connection was lost for a while: it has told that as a gap, and nothing is put behind what is newer."""
    series = [message(number) for number in range(10)]
    comparison = Comparison(by_time=False)
    comparison.hold(batch_of(series))
    comparison.saw_written(values_of(series[:3] + series[6:8]))
    assert takeover(comparison, []) == series[8:]


def test_what_this_run_missed_stays_as_the_other_run_wrote_it() -> None:
    series = [message(number) for number in range(10)]
    comparison = Comparison(by_time=False)
    comparison.saw_written(values_of(series[:8]))
    comparison.hold(batch_of(series[:3] + series[6:]))
    assert takeover(comparison, []) == series[8:]


def test_an_update_limit_goes_by_time() -> None:
    series = [message(number) for number in range(10)]
    comparison = Comparison(by_time=True)
    comparison.hold(batch_of(series[1::2]))
    comparison.saw_written(values_of(series[0:7:2]))
    assert takeover(comparison, []) == series[7::2]


def test_the_line_of_a_gap_goes_with_what_is_written_after_it() -> None:
    comparison = Comparison(by_time=False)
    for number in range(3):
        batch = batch_of([message(number)], BEGIN_NS + number)
        batch.notes.append(Gap(BEGIN_NS, BEGIN_NS + number).note())
        comparison.hold(batch)
    comparison.saw_written(values_of([message(0)]))
    assert [len(batch.notes) for batch in comparison.rest()] == [1, 1]


def test_values_that_the_other_run_does_not_write_are_let_go_when_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only this run watches IDX_1. The other one is not late: it has written what came two minutes after."""
    monkeypatch.setattr(under_test, "HELD_LIMIT_BYTES", 100_000)
    comparison, first = Comparison(by_time=False), 0
    for number in range(2000):
        now_ns = BEGIN_NS + number * NS
        comparison.hold(batch_of([message(number, 0), message(number, 1)], now_ns))
        comparison.saw_written(values_of([message(number, 0)]))
        assert not comparison.is_too_much()
    first = comparison.passed_over
    assert 0 < first < 2000
    rest = texts_of(comparison.rest())
    assert rest == [message(number, 1) for number in range(first, 2000)]
    assert comparison.held_bytes < 100_000 + 1000


def test_too_much_is_too_much_until_half_of_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other run stands still: nothing is let go then."""
    monkeypatch.setattr(under_test, "HELD_LIMIT_BYTES", 100_000)
    series = [message(number) for number in range(1000)]
    comparison, here = Comparison(by_time=False), 0
    while not comparison.is_too_much():
        comparison.hold(batch_of([series[here]]))
        here += 1
    assert comparison.passed_over == 0
    seen: list[bool] = []
    for text in series[:here]:
        comparison.saw_written(values_of([text]))
        seen.append(comparison.is_too_much())
    assert seen == [True] * seen.count(True) + [False] * seen.count(False)
    assert here * 0.4 < seen.count(True) < here * 0.6
    assert comparison.held_bytes == comparison.held == 0


def test_what_only_the_other_run_writes_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "WRITTEN_LIMIT_BYTES", 64 * 1024)
    comparison = Comparison(by_time=False)
    for number in range(1000):
        comparison.saw_written(values_of([message(number, number % 3)]))
    assert len(comparison.written) <= 200
    assert takeover(comparison, [batch_of([message(number, number % 3) for number in range(950, 1010)])]) == [
        message(number, number % 3) for number in range(1000, 1010)
    ]


@pytest.mark.parametrize("lag", [-7, 0, 7])
def test_a_site_that_differs_is_cut_by_time_for_the_indexes_concerned(lag: int) -> None:
    """IDX_0 is stamped a moment later here; IDX_1 is the same at both. `lag`: so many values this run is behind."""
    there = [message(number, index) for number in range(60) for index in (0, 1)]
    here = [message(number, 1) if index else shifted(number) for number in range(60) for index in (0, 1)]
    comparison, end = Comparison(by_time=False), 80
    for number in range(end):
        comparison.saw_written(values_of([there[number]]))
        comparison.hold(batch_of(here[number - lag : number - lag + 1] if number >= lag else []))
    late = [batch_of([text]) for text in here[end - lag :]]
    written = there[:end] + takeover(comparison, late)
    assert comparison.differing == 1
    assert [text for text in written if b"IDX_1" in text] == [text for text in there if b"IDX_1" in text]
    periods = sorted(value.value for value in values_of(written) if value.index_id == "IDX_0")
    assert len(periods) - len(set(periods)) <= 1
    assert set(range(60)) - set(periods) <= {end // 2 - 1, end // 2}


def shifted(number: int) -> bytes:
    return message(number).replace(b'Z","value"', b'1Z","value"')


@settings(deadline=None)
@given(st.data())
def test_holes_in_both_runs_are_no_sign_that_the_sites_differ(data: st.DataObject) -> None:
    """A hole is a stretch of time."""
    series = [message(number) for number in range(40)]
    there, here = (without_stretch(series, data) for _ in range(2))
    comparison = Comparison(by_time=False)
    position = {"there": 0, "here": 0}
    end = data.draw(st.integers(0, len(there)))
    while position["there"] < end:
        if data.draw(st.booleans()) and position["here"] < len(here):
            comparison.hold(batch_of([here[position["here"]]]))
            position["here"] += 1
        else:
            comparison.saw_written(values_of([there[position["there"]]]))
            position["there"] += 1
    assert comparison.differing == 0


def without_stretch(series: list[bytes], data: st.DataObject) -> list[bytes]:
    begin = data.draw(st.integers(0, len(series)))
    return series[:begin] + series[data.draw(st.integers(begin, len(series))) :]
