"""The four ways to ask for an end."""

from __future__ import annotations

from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.stops import StopRules, StopWatch


def batch(count: int) -> Batch:
    values = [IndexValue("index", "A", "t", number) for number in range(count)]
    return Batch(0, values, [b"%d" % number for number in range(count)])


def test_no_rule_no_end() -> None:
    watch = StopWatch(StopRules(), 0.0)
    watch.check(10**12, 10**9)
    assert watch.reason is None
    assert watch.next_due_s() == float("inf")


def test_count_cuts_the_batch_exactly() -> None:
    watch = StopWatch(StopRules(count=5), 0.0)
    assert len(watch.wanted_part(batch(3), 0).values) == 3
    assert watch.reason is None
    assert watch.wanted_part(batch(3), 3).texts == [b"0", b"1"]
    assert watch.reason == "--count 5"


def test_a_cut_batch_keeps_the_notes_before_the_cut() -> None:
    whole = batch(3)
    whole.notes = [Note(1, "gap", b""), Note(2, "heartbeat", b"")]
    assert [note.position for note in whole.first(2).notes] == [1]


def test_a_count_that_is_reached_stays_so_whatever_else_is_due() -> None:
    watch = StopWatch(StopRules(count=3, duration_s=3.0), 100.0)
    watch.wanted_part(batch(3), 0)
    watch.check(0, 103.0)
    assert (watch.reason, watch.fell_short_of) == ("--count 3", None)


def test_a_stop_before_the_count_falls_short_of_it_unless_the_last_values_reach_it() -> None:
    watch = StopWatch(StopRules(count=5, duration_s=3.0), 100.0)
    watch.wanted_part(batch(3), 0)
    missing = [watch.fell_short_of]
    watch.check(0, 103.0)
    missing.append(watch.fell_short_of)
    watch.wanted_part(batch(2), 3)
    missing.append(watch.fell_short_of)
    assert missing == [None, 5, None]
    assert watch.reason == "--count 5"


def test_without_a_count_nothing_falls_short() -> None:
    watch = StopWatch(StopRules(duration_s=3.0), 100.0)
    watch.check(0, 103.0)
    assert watch.fell_short_of is None


def test_duration() -> None:
    watch = StopWatch(StopRules(duration_s=3.0), 100.0)
    assert watch.next_due_s() == 103.0
    watch.check(0, 102.9)
    assert watch.reason is None
    watch.check(0, 103.0)
    assert watch.reason == "--duration"


def test_max_bytes() -> None:
    watch = StopWatch(StopRules(max_bytes=1000), 0.0)
    watch.check(999, 1.0)
    assert watch.reason is None
    watch.check(1000, 1.0)
    assert watch.reason == "--max-bytes"


def test_idle_counts_from_the_last_value_() -> None:
    watch = StopWatch(StopRules(idle_s=5.0), 0.0)
    watch.saw_values(4.0)
    watch.check(0, 8.9)
    assert watch.reason is None
    assert watch.next_due_s() == 9.0
    watch.check(0, 9.0)
    assert watch.reason == "--idle-timeout"


def test_a_run_that_has_all_it_wanted_stops() -> None:
    has_all = False
    watch = StopWatch(StopRules(is_satisfied=lambda: has_all, duration_s=5.0), 0.0)
    watch.check(0, 1.0)
    assert watch.reason is None
    has_all = True
    watch.check(0, 9.0)
    assert watch.reason == "all that was wanted came"
