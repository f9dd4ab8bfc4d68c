"""A seam between two series that may both have holes, as those of two runs, one of which takes over from the other."""

from __future__ import annotations

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.seam import EVIDENCE, Seam
from coinapi_idx_cli.protocol.written_values import WrittenValues
from tests.protocol.feeds import START_NS, Tick, batch_of, texts

feeds = st.lists(st.sampled_from("ABC"), max_size=40).map(
    lambda indexes: [Tick(index, number, float(number)) for number, index in enumerate(indexes)]
)


def seam_of_two_runs() -> Seam:
    return Seam(WrittenValues(), by_time=False, may_miss=True)


def rest_of(seam: Seam) -> list[bytes]:
    return list(chain.from_iterable(batch.texts for batch, _ in seam.rest()))


@settings(max_examples=300)
@given(feeds, st.data())
def test_nothing_twice_and_nothing_new_is_lost_whatever_each_of_them_missed(
    feed: list[Tick], data: st.DataObject
) -> None:
    seam = seam_of_two_runs()
    written: list[Tick] = []
    shown: list[Tick] = []
    unread = [[tick for tick in feed if data.draw(st.integers(0, 3))] for _ in range(2)]
    while any(unread):
        is_shown = not unread[0] or (bool(unread[1]) and data.draw(st.booleans()))
        tick = unread[is_shown].pop(0)
        if is_shown:
            seam.showed(batch_of([tick]), 0.0)
            shown.append(tick)
        else:
            seam.wrote(batch_of([tick]).values)
            written.append(tick)
    rest = rest_of(seam)
    assert not set(rest) & set(texts(written))
    last = {tick.index: tick.time for tick in written}
    new = [tick for tick in shown if tick.time > last.get(tick.index, -1)]
    assert [text for text in rest if text in texts(new)] == texts(new)
    assert seam.held == len(rest)
    assert (seam.held_bytes > 0) == bool(rest)


def alternating(turns: int, *, shown_first: bool) -> Seam:
    """Two sites that publish at times of their own."""
    seam = seam_of_two_runs()
    ours = [Tick("A", 2 * turn + 1, float(turn)) for turn in range(turns)]
    theirs = [Tick("A", 2 * turn, float(turn)) for turn in range(turns)]
    if shown_first:
        seam.showed(batch_of(ours), 0.0)
    seam.wrote(batch_of(theirs).values)
    if not shown_first:
        seam.showed(batch_of(ours), 0.0)
    return seam


def test_values_that_stand_between_each_others_again_and_again_are_cut_by_time() -> None:
    many = 3 * EVIDENCE
    for shown_first in (True, False):
        seam = alternating(many, shown_first=shown_first)
        assert seam.written.differing == ["A"]
        assert rest_of(seam) == texts([Tick("A", 2 * many - 1, float(many - 1))])


def test_a_few_turns_may_be_holes() -> None:
    for shown_first in (True, False):
        seam = alternating(EVIDENCE, shown_first=shown_first)
        assert seam.written.differing == []
        assert seam.held == EVIDENCE


def test_what_nobody_wrote_in_time_is_given_up_from_the_oldest_on() -> None:
    seam = seam_of_two_runs()
    feed = [Tick(index, number, 1.0) for number, index in enumerate("ABAB")]
    for number, tick in enumerate(feed):
        seam.showed(batch_of([tick], START_NS + number), 0.0)
    assert seam.give_up_before(START_NS) == 0
    assert seam.give_up_before(START_NS + 3) == 3
    assert rest_of(seam) == texts(feed[3:])
    assert seam.give_up_before(START_NS + 10) == 1
    assert seam.held == seam.held_bytes == 0
