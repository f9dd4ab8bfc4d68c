"""The lines of a batch, and its first values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.batch import Note
from tests.protocol.feeds import Tick, batch_of, series, texts

feeds = st.integers(0, 9).map(lambda count: series(*range(count)))


@given(feeds)
def test_lines_are_joined_once(feed: list[Tick]) -> None:
    batch = batch_of(feed)
    lines = batch.lines()
    assert lines.splitlines(keepends=True) == [text + b"\n" for text in texts(feed)]
    assert batch.lines() is lines


@given(feeds, st.integers(0, 12), st.lists(st.integers(0, 9)))
def test_the_first_values_keep_the_notes_among_them(feed: list[Tick], count: int, positions: list[int]) -> None:
    batch = batch_of(feed)
    batch.lines()
    batch.notes += [Note(position, "gap", b"{}") for position in sorted(positions)]
    first = batch.first(count)
    assert first.lines().splitlines() == texts(feed[:count])
    assert first.values == batch.values[:count]
    assert [note.position for note in first.notes] == sorted(place for place in positions if place < count)
