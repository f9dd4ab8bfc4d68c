"""What the stream and a feed have, compared value by value."""

from __future__ import annotations

from coinapi_idx_cli.protocol.align import KEPT_S, Alignment
from coinapi_idx_cli.protocol.backlog import Chunk, MemoryBacklog
from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.feed_comparison import FeedComparison
from coinapi_idx_cli.protocol.messages import decode_value
from tests.protocol.fake_log import value_text


def texts(*moments: float, index_id: str = "IDX_1") -> list[bytes]:
    return [value_text(index_id, at, at) for at in moments]


def values(*moments: float, index_id: str = "IDX_1") -> list[IndexValue]:
    return [decode_value(text) for text in texts(*moments, index_id=index_id)]


def show(alignment: Alignment, *moments: float, now: float = 0.0, index_id: str = "IDX_1") -> None:
    alignment.showed(texts(*moments, index_id=index_id), values(*moments, index_id=index_id), 0, now)


def held(alignment: Alignment) -> list[float]:
    return [each.number for each in alignment.first(1 << 20)]


def test_what_both_have_is_held_by_neither() -> None:
    alignment = Alignment()
    show(alignment, 1, 2, 3)
    alignment.wrote(values(1, 2), 0.0)
    assert (held(alignment), alignment.written, alignment.missed) == ([3], 0, 0)
    alignment.wrote(values(3, 4), 0.0)
    show(alignment, 4, 5)
    assert (held(alignment), alignment.written) == ([5], 0)


def test_what_the_writer_skipped_is_missed() -> None:
    alignment = Alignment()
    show(alignment, 1, 2, 3)
    alignment.wrote(values(3), 0.0)
    assert (held(alignment), alignment.missed) == ([], 2)
    show(alignment, 4)
    alignment.wrote(values(5), 0.0)
    show(alignment, 5)
    assert (held(alignment), alignment.missed, alignment.written) == ([], 3, 0)


def test_an_interrupted_feed_has_met_the_stream_when_both_have_three_values_in_a_row() -> None:
    alignment = Alignment()
    alignment.lose("connection")
    alignment.lose("connection")
    assert len(alignment.losses) == 1
    show(alignment, 1, 2, 3, 4)
    alignment.wrote(values(1, 2), 0.0)
    assert not alignment.is_met
    alignment.wrote(values(3), 0.0)
    assert alignment.is_met


def test_what_only_one_of_them_brought_is_forgotten_after_a_while() -> None:
    alignment = Alignment()
    alignment.wrote(values(1), 0.0)
    show(alignment, 1, index_id="IDX_2")
    for each in (2, 3, 4):
        show(alignment, each)
        alignment.wrote(values(each), 1.0)
    show(alignment, 5, index_id="IDX_3")
    for now in (2.0, 3.0, 3.0 + KEPT_S):
        alignment.forget_old(now)
    assert alignment.held == 1, "the one that the stream is past is gone"
    assert alignment.missed == 1
    assert alignment.written == 0


def alternating(alignment: Alignment, count: int) -> None:
    for number in range(count):
        show(alignment, number)
        alignment.wrote(values(number + 0.5), 0.0)


def test_values_between_each_others_again_and_again_are_of_sites_that_differ() -> None:
    alignment = Alignment()
    alignment.lose("connection")
    alternating(alignment, 3)
    assert alignment.differing == {}
    alternating(alignment, 12)
    assert list(alignment.differing) == ["IDX_1"]
    assert alignment.is_met
    show(alignment, 100, 101)
    assert held(alignment) == [100, 101]
    alignment.wrote(values(100.5), 0.0)
    assert held(alignment) == [101]
    alignment.wrote(values(90), 0.0)
    assert held(alignment) == [101], "one that goes back does not bring the others back"
    alignment.wrote(values(101), 0.0)
    assert alignment.differing == {}, "they are the same again"


def test_a_writer_whose_feed_lags_writes_nothing_that_the_stream_has_passed() -> None:
    alignment = Alignment()
    for each in (1, 2, 3):
        show(alignment, each)
        alignment.wrote(values(each), 0.0)
    alignment.wrote(values(5, 6), 0.0)
    alignment.settle()
    alignment.is_writing = True
    show(alignment, 4, 5, 6, 7)
    assert (held(alignment), alignment.missed) == ([7], 1)


def test_where_it_is_not_known_what_follows_what_time_decides() -> None:
    alignment = Alignment()
    alignment.wrote(values(1), 0.0)
    for each in (1, 2, 3):
        show(alignment, each, index_id="IDX_2")
        alignment.wrote(values(each, index_id="IDX_2"), 0.0)
    show(alignment, 0.5)
    assert alignment.settle() == []
    assert held(alignment) == [0.5], "the stream's value is from before my feed began, so mine is a correction"
    alignment.wrote(values(7), 0.0)
    show(alignment, 6, 8)
    assert alignment.settle() == ["IDX_1"]
    assert held(alignment) == [8]
    assert alignment.settle() == []


def test_what_a_stream_forgot_is_held_before_all_else() -> None:
    alignment = Alignment()
    alignment.wrote(values(2), 0.0)
    show(alignment, 3)
    alignment.lose("connection")
    show(alignment, 4)
    alignment.lose("connection")
    alignment.take_back(texts(1, 2), values(1, 2), 0, 0.0)
    assert held(alignment) == [1, 3], "the second one comes from my feed"
    assert [loss.place for loss in alignment.losses] == [2, 3]


def test_a_stream_that_was_made_anew_has_nothing() -> None:
    alignment = Alignment()
    alignment.wrote(values(2), 0.0)
    show(alignment, 3)
    alignment.lose("connection")
    show(alignment, 4)
    alignment.begin_again("stream_made_again")
    assert not alignment.is_met
    assert alignment.forget_first_loss().kind == "stream_made_again"
    assert held(alignment) == [3]
    empty = Alignment()
    empty.begin_again("stream_made_again")
    assert [loss.kind for loss in empty.losses] == ["stream_made_again"]


def test_acknowledged_values_are_held_no_more() -> None:
    alignment = Alignment()
    show(alignment, 1, 2, 3)
    first = list(alignment.first(100))
    assert len(first) == 1, "of a limit that a value exceeds there is one"
    alignment.acknowledged(first)
    alignment.acknowledged(first)
    assert held(alignment) == [2, 3]


def test_the_texts_that_wait_are_counted_in_bytes() -> None:
    feed = FeedComparison(MemoryBacklog())
    feed.backlog.put(Chunk(b"".join(text + b"\n" for text in texts(*range(100))), 100, 0, 5.0))
    size = feed.waiting_bytes
    assert feed.waiting_values == 100
    feed.load()
    assert feed.waiting_values == 100
    assert abs(feed.waiting_bytes - size) < 0.2 * size


def test_what_waits_from_a_run_before_forgets_nothing() -> None:
    feed = FeedComparison(MemoryBacklog())
    feed.alignment.wrote(values(1), 0.0)
    feed.backlog.put(Chunk(texts(1)[0] + b"\n", 1, 0, 0.0))
    feed.forget_old(10 * KEPT_S)
    assert feed.alignment.written == 1
    feed.backlog.take()
    feed.forget_old(10 * KEPT_S)
    assert feed.alignment.written == 0
