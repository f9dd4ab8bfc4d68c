"""The seam between two connections, example by example."""

from __future__ import annotations

import json

import pytest

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.continuity import Continuity
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.recent import REMEMBERED_VALUES
from coinapi_idx_cli.protocol.times import NS, utc_text
from tests.protocol.feeds import START_NS, Run, Tick, batch_of, series, texts

A = series(*range(10))


def test_one_connection_writes_all_that_comes_doubles_too() -> None:
    run = Run()
    twice = [A[0], A[0], A[1], A[0]]
    run.current(*twice)
    assert run.written == texts(twice)


@pytest.mark.parametrize("begins", range(7))
@pytest.mark.parametrize("ends", range(1, 10))
def test_the_next_one_behind_or_ahead(begins: int, ends: int) -> None:
    """The next begins at one value, the current ends after another; each possible pair that meets."""
    if begins >= ends:
        return
    run = Run()
    run.current(*A[: ends // 2])
    run.overlap()
    run.next(*A[begins:8])
    run.current(*A[ends // 2 : ends])
    run.switch()
    run.current(*A[max(begins, 8) :])
    assert run.written == texts(A)
    assert run.gaps == []


def test_the_next_one_lags_beyond_the_switch() -> None:
    run = Run()
    run.current(*A[:6])
    run.overlap()
    run.next(*A[2:3])
    run.switch()
    for tick in A[3:]:
        run.current(tick)
    assert run.written == texts(A)
    assert run.gaps == []


def test_the_next_one_lags_so_far_that_it_shows_nothing_before_the_switch() -> None:
    run = Run()
    run.current(*A[:4])
    run.overlap()
    run.current(*A[4:6])
    run.switch()
    run.current(*A[3:])
    assert run.written == texts(A)
    assert run.gaps == []


def test_the_one_after_the_next_shows_that_the_next_one_missed_nothing() -> None:
    """The next one brought nothing at all while it was the current one, and the gap before its first value waits."""
    run = Run()
    run.overlap()
    run.current(A[0])
    run.switch()
    run.overlap()
    run.next(*A)
    run.switch()
    assert run.written == texts(A)
    assert run.gaps == []


def test_a_chain_of_switches_each_server_lagging_behind_the_one_before() -> None:
    run = Run()
    run.current(*A[:6])
    run.overlap()
    run.next(*A[4:5])
    run.switch()
    run.overlap()
    run.next(*A[2:4])  # written before the last switch
    run.current(A[5])
    run.switch()
    run.current(*A[4:])
    assert run.written == texts(A)
    assert run.gaps == []


def test_equal_values_in_a_row_and_equal_times() -> None:
    ticks = [
        Tick("A", 1, 5.0),
        Tick("A", 1, 6.0),
        Tick("A", 2, 6.0),
        Tick("A", 2, 6.0),
        Tick("A", 1, 5.5),
        Tick("A", 3, 6.0),
    ]
    for begins in range(4):
        for ends in range(begins + 1, 6):
            run = Run()
            run.current(*ticks[:begins])
            run.overlap()
            run.next(*ticks[begins:])
            run.current(*ticks[begins:ends])
            run.switch()
            assert run.written == texts(ticks), (begins, ends)


def test_values_of_the_next_one_keep_their_times_of_receipt() -> None:
    run = Run()
    run.current(A[0])
    run.overlap()
    run.next(A[0], A[1])
    received_ns = run.now_ns
    run.next(A[2])
    run.now_ns += NS
    flow = run.continuity.switch(run.now_s)
    assert [(batch.time_received_ns, batch.texts) for batch in flow.batches] == [
        (received_ns, [A[1].text]),
        (received_ns + 1000, [A[2].text]),
    ]


def test_a_next_one_that_dies_leaves_no_trace() -> None:
    run = Run()
    run.current(*A[:3])
    run.overlap()
    run.next(*A[3:5])
    run.continuity.end_overlap()
    run.current(*A[3:])
    assert run.written == texts(A)


def test_no_gap_when_nothing_came_during_the_overlap() -> None:
    run = Run()
    run.current(*A[:3])
    run.overlap()
    run.switch(after_s=2.0)
    run.current(*A[3:])
    assert (run.written, run.gaps) == (texts(A), [])


def test_a_gap_when_the_next_one_had_no_time_to_take_the_hello() -> None:
    run = Run()
    run.current(*A[:3])
    run.overlap()
    run.switch(after_s=0.0)
    run.current(*A[5:])
    assert len(run.gaps) == 1


def test_a_gap_when_the_next_one_began_too_late() -> None:
    run = Run()
    run.current(*A[:3])
    last_ns = run.now_ns
    run.overlap()
    run.current(A[3])
    run.switch()
    run.current(*A[6:])
    assert run.written == texts([*A[:4], *A[6:]])
    (gap,) = run.gaps
    assert last_ns < gap.from_ns < gap.to_ns == run.now_ns


def test_a_gap_after_a_loss_without_notice_and_no_doubles_when_the_next_server_lags() -> None:
    run = Run()
    run.current(*A[:6])
    last_ns = run.now_ns
    run.lose()
    run.current(*A[4:6])
    assert run.gaps == []
    run.current(*A[6:])
    assert run.written == texts(A)
    assert [(gap.from_ns, gap.to_ns, gap.seconds) for gap in run.gaps] == [(last_ns, run.now_ns, 2e-6)]


def test_one_gap_however_often_no_connection_can_be_had() -> None:
    run = Run()
    run.current(*A[:3])
    last_ns = run.now_ns
    for _ in range(3):
        run.lose()
        run.now_ns += NS
    run.current(A[5])
    (gap,) = run.gaps
    assert (gap.from_ns, gap.seconds) == (last_ns, 3.000001)


def test_a_gap_that_might_be_none_is_one_after_a_loss() -> None:
    run = Run()
    run.current(A[0])
    run.overlap()
    run.current(A[1])
    run.switch()  # to one that has brought nothing yet
    run.lose()
    run.current(*A[1:3])  # the first one was written before, and nobody knows what came after it
    assert run.written == texts(A[:3])
    assert len(run.gaps) == 1


def test_a_run_that_ends_after_a_loss_tells_a_gap_without_end() -> None:
    run = Run()
    run.current(*A[:3])
    last_ns = run.now_ns
    run.lose()
    gap = run.continuity.end(run.now_s + 20.0)
    assert gap is not None
    expected = {"from": utc_text(last_ns), "to": None, "seconds": 20.0}
    assert gap.fields == expected
    assert json.loads(gap.note().text) == {"type": "gap", **expected}
    assert run.continuity.end(run.now_s + 20.0) is None


def test_a_run_that_ends_without_a_loss_tells_no_gap() -> None:
    run = Run()
    run.lose()
    assert run.continuity.end(run.now_s) is None
    run.current(A[0])
    run.overlap()
    run.current(A[1])
    run.switch()  # nothing shows that something is missing
    assert run.continuity.end(run.now_s) is None


def test_without_a_second_connection_nothing_is_held_and_nothing_switched() -> None:
    run = Run()
    run.current(*A[:3])
    run.overlap()
    run.continuity.end_overlap()
    size_bytes = run.continuity.size_bytes
    assert run.continuity.hold(batch_of(A[3:6]), run.now_s)
    assert run.continuity.size_bytes == size_bytes
    run.switch()
    run.current(*A[3:])
    assert run.written == texts(A)
    assert run.gaps == []


def test_no_gap_before_the_first_value() -> None:
    run = Run()
    run.lose()
    run.current(*A)
    assert (run.written, run.gaps) == (texts(A), [])


def test_a_value_that_equals_an_old_one_is_a_new_one_when_enough_time_has_passed() -> None:
    run = Run()
    run.current(*A[:2])
    run.lose()
    run.now_ns += 60 * NS  # a reader of the output may have held us up for that long
    run.current(A[0])
    run.now_ns += 31 * NS
    run.current(A[1])
    assert run.written == texts([*A[:2], A[1]])


def test_suppression_ends_for_an_index_at_its_first_new_value() -> None:
    run = Run()
    run.current(*A[:3])
    run.lose()
    run.current(A[2], A[3], A[2])
    assert run.written == texts([*A[:4], A[2]])


def test_notes_keep_their_place_when_doubles_before_them_go() -> None:
    run = Run()
    run.current(*A[:3])
    run.lose()
    batch = batch_of(A[1:5], run.now_ns + 1000)
    batch.notes = [Note(0, "heartbeat", b"0"), Note(3, "heartbeat", b"3"), Note(4, "heartbeat", b"4")]
    flow = run.continuity.accept(batch, run.now_s)
    assert [(note.position, note.text[:1]) for note in flow.batches[0].notes] == [
        (0, b"{"), (0, b"0"), (1, b"3"), (2, b"4"),
    ]  # fmt: skip


def test_with_an_update_limit_each_server_samples_for_itself_and_older_values_go() -> None:
    run = Run(by_time=True)
    run.current(*A[0:4:2])
    run.overlap()
    run.next(*A[1:7:2])
    run.current(A[4])
    run.switch()
    run.current(A[7], A[9])
    assert run.written == texts([A[0], A[2], A[4], A[5], A[7], A[9]])
    assert run.gaps == []


def test_memory_stays_at_the_skew_however_long_the_overlap() -> None:
    run = Run()
    run.overlap()
    ticks = [Tick(f"I{number % 50}", number, number) for number in range(20_000)]
    for begin in range(0, 20_000, 100):
        run.next(*ticks[begin : begin + 100])
        if begin >= 300:
            run.current(*ticks[begin - 300 : begin - 200])
        assert run.continuity._seam is not None
        assert len(run.continuity._seam) <= 500
    for begin in range(19_700, 20_000, 100):
        run.current(*ticks[begin : begin + 100])
    run.switch()
    assert run.written == texts(ticks)


def test_what_is_remembered_is_bounded() -> None:
    run = Run()
    for number in range(100):
        run.current(*(Tick("A", number, value) for value in range(1000)))
    assert len(run.continuity._recent) <= REMEMBERED_VALUES + 1000


def test_values_that_repeat_as_they_are_get_through_after_a_switch() -> None:
    """Time and value stand still for one index; another one tells how far the next connection is."""
    still = Tick("M", 1, 7.0)
    feed = [tick for number in range(60) for tick in (Tick("X", number, number), still)]
    run = Run()
    run.current(*feed[:40])
    run.overlap()
    run.next(*feed[42:60])
    run.current(*feed[40:70])
    run.next(*feed[60:80])
    run.switch()
    run.current(*feed[80:])
    assert run.written == texts(feed)
    assert run.gaps == []


def test_a_server_that_lags_further_than_is_remembered_doubles_only_what_is_not() -> None:
    run = Run()
    run.current(*A[:3])
    run.now_ns += 6 * NS
    run.current(*A[3:6])
    run.lose()
    run.current(*A[2:])
    assert run.written == texts([*A[:6], A[2], *A[6:]])


def test_the_end_of_a_run_before_the_two_have_met_tells_the_gap() -> None:
    run = Run()
    run.current(*A[:3])
    run.overlap()
    run.current(A[3])
    run.next(*A[6:8])
    run.switch(after_s=0.1)
    assert run.written == texts([*A[:4], *A[6:8]])
    assert len(run.gaps) == 1


def test_a_gap_after_a_connection_that_lagged_begins_when_its_last_value_was_sent() -> None:
    def sent(second: int) -> Tick:
        return Tick("A", second, 1.0)

    def batch(second: int, received_ns: int) -> Batch:
        made = batch_of([sent(second)], received_ns)
        made.values[0] = IndexValue("index", "A", utc_text(START_NS + second * NS), 1.0)
        return made

    def stamp(second: int) -> str:
        return utc_text(START_NS + second * NS)

    continuity = Continuity()
    continuity.accept(batch(1, START_NS + 1 * NS), 0.0)
    continuity.begin_overlap(0.0)
    continuity.hold(batch(4, START_NS + 4 * NS), 2.0)
    continuity.accept(batch(2, START_NS + 5 * NS), 3.0)
    flow = continuity.switch(4.0)
    assert flow.gap == Gap(START_NS + 2 * NS, START_NS + 4 * NS, None, stamp(2), stamp(4))


def test_sampled_feeds_remember_one_value_an_index() -> None:
    run = Run(by_time=True)
    run.overlap()
    for number in range(1000):
        run.next(Tick("A", 2 * number + 1, 1.0))
        run.current(Tick("A", 2 * number, 1.0))
    assert run.continuity._seam is not None
    assert len(run.continuity._seam) < 200
