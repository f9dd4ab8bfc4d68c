"""Several connections of one series, in the cases that have a name."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from coinapi_idx_cli.protocol import common_order
from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.continuity import Flow, MemoryLimits
from coinapi_idx_cli.protocol.feed_merge import FeedMerge
from tests.protocol.feeds import START_NS, Tick, batch_of, texts

HOUR_S = 3600.0


class Lines:
    """What is written, in order, and what else a flow says."""

    def __init__(self, limits: MemoryLimits | None = None) -> None:
        self.merge = FeedMerge(limits)
        self.texts: list[bytes] = []
        self.gaps = 0
        self.differing = 0

    def bring(self, number: int, now: float, *ticks: Tick) -> None:
        self.take(self.merge.accept(number, batch_of(ticks, START_NS + round(now * 1e9)), now))
        if now >= self.merge.next_due_s():
            self.take(self.merge.tick(now))

    def close(self, number: int, now: float) -> None:
        self.take(self.merge.closed(number, now))

    def take(self, flow: Flow) -> None:
        self.texts += [text for batch in flow.batches for text in batch.texts]
        self.gaps += flow.gap is not None
        self.differing += flow.differing


def two_active(limits: MemoryLimits | None = None) -> Lines:
    """Both have brought ten values, and go on from second 11 on."""
    lines = Lines(limits)
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.1)
    for second in range(1, 11):
        for number in (1, 2):
            lines.bring(number, second, Tick("A", second, 1.0))
    lines.texts.clear()
    return lines


def test_the_first_that_brings_a_value_writes_it_though_the_other_is_frozen() -> None:
    lines = two_active()
    for second in range(11, 16):
        lines.bring(2, second, Tick("A", second, 1.0))
        assert len(lines.texts) == second - 10
    lines.bring(1, 16, *(Tick("A", second, 1.0) for second in range(11, 18)))
    lines.bring(2, 16.1, Tick("A", 16, 1.0), Tick("A", 17, 1.0))
    assert lines.texts == texts([Tick("A", second, 1.0) for second in range(11, 18)])


def test_an_index_that_was_silent_for_hours_is_written_at_once() -> None:
    lines = two_active()
    for now, number in ((4 * HOUR_S, 2), (4 * HOUR_S + 0.1, 1), (9 * HOUR_S, 1), (9 * HOUR_S + 0.1, 2)):
        lines.bring(number, now, Tick("A", round(now), 2.0) if number == 3 else Tick("B", int(now // HOUR_S), 2.0))
    assert lines.texts == texts([Tick("B", 4, 2.0), Tick("B", 9, 2.0)])


def test_a_server_that_begins_with_the_last_value_of_a_quiet_index_doubles_nothing() -> None:
    lines = two_active()
    lines.close(2, 20.0)
    lines.merge.opened(3, 5 * HOUR_S)
    lines.bring(3, 5 * HOUR_S, Tick("A", 10, 1.0))
    lines.bring(3, 5 * HOUR_S + 1, Tick("A", 11, 1.0))
    lines.bring(1, 5 * HOUR_S + 1, Tick("A", 11, 1.0))
    assert lines.texts == texts([Tick("A", 11, 1.0)])


def test_a_new_one_that_is_ahead_writes_nothing_before_the_others_have_come_to_where_it_began() -> None:
    lines = two_active()
    lines.close(2, 11.0)
    lines.merge.opened(3, 11.0)
    lines.bring(3, 11.0, Tick("A", 14, 1.0), Tick("B", 14, 1.0))
    assert lines.texts == []
    lines.bring(1, 12.0, *(Tick("A", time, 1.0) for time in range(11, 15)))
    lines.close(1, 12.1)
    assert lines.texts == texts([*(Tick("A", time, 1.0) for time in range(11, 15)), Tick("B", 14, 1.0)])
    assert lines.gaps == 0


def test_if_the_only_one_ends_before_the_new_one_has_met_it_there_is_a_gap() -> None:
    lines = two_active()
    lines.close(2, 11.0)
    lines.merge.opened(3, 11.0)
    lines.bring(3, 11.0, Tick("A", 14, 1.0))
    lines.close(1, 11.5)
    assert lines.texts == texts([Tick("A", 14, 1.0)])
    assert lines.gaps == 1


def test_after_the_end_of_both_the_next_one_brings_nothing_twice_and_there_is_a_gap() -> None:
    lines = two_active()
    lines.close(1, 11.0)
    lines.close(2, 11.0)
    lines.merge.opened(3, 12.0)
    lines.bring(3, 12.0, Tick("A", 9, 1.0), Tick("A", 10, 1.0), Tick("A", 12, 1.0))
    assert lines.texts == texts([Tick("A", 12, 1.0)])
    assert lines.gaps == 1


def test_what_only_a_passive_one_has_brought_is_written_at_the_end_of_the_run() -> None:
    lines = two_active()
    lines.close(2, 11.0)
    lines.merge.opened(3, 11.0)
    lines.bring(1, 11.1, Tick("A", 11, 1.0))
    lines.bring(3, 11.2, Tick("A", 11, 1.0), Tick("A", 12, 1.0))
    lines.take(lines.merge.end(11.3))
    assert lines.texts == texts([Tick("A", 11, 1.0), Tick("A", 12, 1.0)])


def test_notes_of_the_leading_one_and_notices_of_all_go_out() -> None:
    lines = two_active()
    for number, wanted in ((1, ["heartbeat", "reconnect"]), (2, ["reconnect"])):
        notes = [Note(0, "heartbeat", b"{}"), Note(0, "reconnect", b"{}")]
        flow = lines.merge.accept(number, Batch(START_NS, notes=notes), 12.0)
        assert [note.kind for batch in flow.batches for note in batch.notes] == wanted


# -- sites that differ -------------------------------------------------------------------------------------------------


def site(number: int, time: int) -> Tick:
    """What each site sends of an index at that time."""
    return Tick("D", 10 * time + number, float(number))


def test_of_sites_that_differ_only_the_older_connections_values_are_written() -> None:
    lines = Lines()
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.1)
    for time in range(1, 60):
        for number in (1, 2):
            lines.bring(number, time + number / 10, site(number, time), Tick("A", time, 1.0))
    ours = [text for text in lines.texts if b'"D"' in text]
    assert ours == texts([site(1, time) for time in range(1, 60)])
    assert [text for text in lines.texts if b'"A"' in text] == texts([Tick("A", time, 1.0) for time in range(1, 60)])
    assert lines.differing == 1
    lines.close(1, 60.0)
    for time in range(60, 70):
        lines.bring(2, time + 0.2, site(2, time))
    ours = [text for text in lines.texts if b'"D"' in text]
    assert ours == texts([*(site(1, time) for time in range(1, 60)), *(site(2, time) for time in range(60, 70))])
    assert lines.gaps == 0


def test_sites_that_begin_to_differ_are_cut_by_time_and_never_both_written() -> None:
    lines = two_active()
    for time in range(11, 60):
        lines.bring(2, time, site(2, time))
        lines.bring(1, time + 0.5, site(1, time))
    sources = [text.split(b'"value":')[1] for text in lines.texts]
    switches = sum(one != other for one, other in pairwise(sources))
    assert switches <= 1
    assert sources[-1] == b"1.0}"
    assert len(sources) >= 44  # what is held until it is clear that they differ is one side's again


def test_where_every_index_differs_the_second_one_is_there_when_the_first_ends() -> None:
    lines = Lines()
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.1)
    for time in range(1, 30):
        for number in (1, 2):
            lines.bring(number, time + number / 10, site(number, time))
    assert lines.merge.is_joined(2, 30.0)
    lines.close(1, 30.0)
    for time in range(30, 40):
        lines.bring(2, time + 0.2, site(2, time))
    assert lines.texts == texts([*(site(1, time) for time in range(1, 30)), *(site(2, time) for time in range(30, 40))])
    assert (lines.gaps, lines.differing) == (0, 1)


# -- memory ------------------------------------------------------------------------------------------------------------


def test_the_memory_stays_at_the_skew_for_days() -> None:
    """Some indexes are silent for hours, one has other values at each site, one side lags, freezes and reconnects."""
    chance = Random(1)
    lines = Lines()
    merge = lines.merge
    merge.opened(1, 0.0)
    merge.opened(2, 0.0)
    behind: list[tuple[float, list[Tick]]] = []
    second, made, peak, written = 2, 2, 0, 0
    for minute in range(3 * 24 * 60):
        now = minute * 60.0
        frozen_until_s = now + chance.choice((0.0, 0.0, 8.0))
        for part in range(6):
            now = minute * 60.0 + part * 10
            indexes = ["A", "B", f"S{chance.randrange(40)}"] if chance.random() < 0.1 else ["A", "B"]
            ticks = [Tick(index, minute * 600 + part * 100, chance.random()) for index in indexes]
            own = [[Tick("D", minute * 600 + part * 100 + number, float(number))] for number in (1, 2)]
            lines.bring(1, now, *ticks, *own[0])
            written += len(ticks) + 1
            behind.append((max(now + chance.uniform(0, 4), frozen_until_s), [*ticks, *own[1]]))
            while behind and behind[0][0] <= now + 5:
                at_s, late = behind.pop(0)
                lines.bring(second, max(now, at_s), *late)
            peak = max(peak, merge.size_bytes)
        if chance.random() < 0.2:
            lines.close(second, now + 6)
            made += 1
            second = made
            merge.opened(second, now + 6)
            behind.clear()
    assert peak < 64 * 1024
    assert len(lines.texts) == written
    assert lines.gaps == 0


def test_one_that_lags_too_far_to_be_remembered_is_named() -> None:
    lines = two_active(MemoryLimits(written=100_000))
    now = 11.0
    while (unfit := lines.merge.unfit()) is None:
        now += 0.01
        lines.bring(2, now, Tick("A", round(now * 100), 1.0))
    assert unfit == 1
    assert lines.merge.size_bytes <= 101_000


def test_one_that_is_too_far_ahead_is_named() -> None:
    lines = Lines(MemoryLimits(held=100_000))
    lines.merge.opened(1, 0.0)
    lines.bring(1, 0.5, Tick("A", 1, 1.0))
    lines.merge.opened(2, 1.0)
    time = 10
    while (unfit := lines.merge.unfit()) is None:
        time += 1
        lines.bring(2, 1.5, Tick("A", time, 1.0))
    assert unfit == 2


@pytest.mark.parametrize("seed", range(30))
def test_servers_with_orders_of_their_own_keep_each_index_exact(seed: int) -> None:
    """Over all indexes nothing promises one order; here each connection shuffles what is published within a second."""
    chance = Random(seed)
    feed = [[Tick(index, second, chance.random()) for index in "ABCDEF"] for second in range(60)]
    lines = Lines()
    made, live = 2, {1: 0, 2: 0}  # up to which second each has brought
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.0)
    for second in range(60):
        for number in list(live):
            while live[number] <= second - chance.choice((0, 0, 1)):
                ticks = feed[live[number]][:]
                chance.shuffle(ticks)
                lines.bring(number, second + chance.random() / 2, *ticks)
                live[number] += 1
        if chance.random() < 0.15 and all(lines.merge.is_joined(number, 0.0) for number in live):
            ended = chance.choice(list(live))
            del live[ended]
            lines.close(ended, second + 0.6)
            made += 1
            live[made] = second + 1
            lines.merge.opened(made, second + 0.6)
    for index in "ABCDEF":
        mark = f'"{index}"'.encode()
        ours = [text for text in lines.texts if mark in text]
        everything = texts([tick for ticks in feed for tick in ticks if tick.index == index])
        assert ours == everything[: len(ours)]
        assert len(ours) >= 59


# -- what is rare ------------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_place_among_the_values() -> None:
    lines = two_active()
    batch = batch_of([Tick("A", 11, 1.0), Tick("A", 12, 1.0)], START_NS)
    batch.notes.append(Note(1, "heartbeat", b"{}"))
    (written,) = lines.merge.accept(1, batch, 12.0).batches
    assert [note.position for note in written.notes] == [1]


def test_the_end_of_a_run_without_a_connection_is_a_gap_without_an_end() -> None:
    lines = two_active()
    assert lines.merge.end(11.0).batches == []
    assert lines.merge.open_gap(11.0) is None
    lines.close(1, 12.0)
    lines.close(2, 12.0)
    gap = lines.merge.open_gap(20.0)
    assert gap is not None
    assert gap.seconds == 10.0


def test_after_a_switch_between_sites_that_differ_nothing_earlier_is_written() -> None:
    lines = Lines()
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.1)
    for time in range(1, 30):
        lines.bring(1, time, site(1, time))
        lines.bring(2, time + 0.5, site(2, time - 3))  # three behind
    lines.close(1, 30.0)
    count = len(lines.texts)
    for time in range(27, 35):
        lines.bring(2, time + 4.0, site(2, time))
    assert lines.texts[count:] == texts([site(2, time) for time in range(29, 35)])


def test_a_quiet_index_that_was_forgotten_is_not_doubled_by_a_server_that_begins_with_it() -> None:
    lines = two_active()
    for number in (1, 2):
        lines.bring(number, 4 * HOUR_S, Tick("B", 40, 1.0))
        lines.bring(number, 4 * HOUR_S + 10, Tick("B", 41, 1.0))
    lines.close(2, 5 * HOUR_S)
    lines.merge.opened(3, 5 * HOUR_S)
    count = len(lines.texts)
    lines.bring(3, 5 * HOUR_S, Tick("A", 10, 1.0))
    lines.take(lines.merge.end(5 * HOUR_S + 1))
    assert lines.texts[count:] == []


def test_what_one_leaves_out_is_not_waited_for_once_the_other_has_brought_what_follows() -> None:
    lines = two_active()
    lines.bring(1, 11.0, Tick("A", 11, 1.0))
    lines.bring(2, 11.1, Tick("A", 12, 1.0), Tick("A", 13, 1.0))  # without 11
    assert lines.texts == texts([Tick("A", 11, 1.0)])
    lines.bring(1, 11.2, Tick("A", 12, 1.0))
    assert lines.texts == texts([Tick("A", 11, 1.0), Tick("A", 12, 1.0), Tick("A", 13, 1.0)])


def test_each_index_that_is_not_where_it_should_be_has_its_own_time() -> None:
    lines = two_active()
    for number in (1, 2):
        lines.bring(number, 11.0, Tick("B", 11, 1.0))
    lines.bring(1, 12.0, Tick("A", 12, 1.0), Tick("B", 12, 1.0))
    lines.bring(2, 12.0, Tick("A", 12, 9.0))
    lines.bring(2, 13.5, Tick("B", 12, 9.0))
    lines.take(lines.merge.tick(14.1))
    assert lines.differing == 1
    lines.take(lines.merge.tick(15.6))
    assert lines.differing == 2


def test_one_whose_place_is_not_certain_takes_over_index_by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_order, "EVIDENCE", 0)
    lines = two_active()
    lines.close(2, 11.0)
    lines.merge.opened(3, 11.0)
    lines.bring(3, 11.0, Tick("A", 10, 1.0), Tick("A", 11, 1.0))  # two are too few to be certain
    assert not lines.merge.is_joined(3, 0.0)
    lines.close(1, 11.1)
    assert lines.texts == texts([Tick("A", 11, 1.0)])
    assert lines.gaps == 0


def test_a_value_that_came_twice_may_be_the_one_that_a_new_connection_began_with() -> None:
    """The new one begins with the second of two equal values, which nobody else has brought yet."""
    lines = two_active()
    lines.close(2, 11.0)
    lines.merge.opened(3, 11.0)
    lines.bring(1, 11.0, Tick("B", 11, 1.0))
    lines.bring(3, 11.1, Tick("B", 11, 1.0))
    lines.take(lines.merge.tick(13.2))
    lines.bring(1, 13.3, Tick("B", 11, 1.0))
    lines.bring(3, 13.4, Tick("B", 12, 1.0))
    lines.bring(1, 13.5, Tick("B", 12, 1.0))
    assert lines.texts == texts([Tick("B", 11, 1.0), Tick("B", 11, 1.0), Tick("B", 12, 1.0)])


def test_one_that_never_meets_the_others_and_brings_little_stays_passive() -> None:
    lines = Lines()
    lines.merge.opened(1, 0.0)
    lines.merge.opened(2, 0.1)
    for time in range(1, 30, 10):
        lines.bring(1, time, Tick("A", time, 1.0))
    lines.bring(2, 1.5, Tick("A", 2, 9.0))
    for now in range(7, 40, 6):
        lines.take(lines.merge.tick(float(now)))
    assert lines.differing == 0
    assert not lines.merge.is_joined(2, 40.0)
