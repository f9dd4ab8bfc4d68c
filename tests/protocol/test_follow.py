"""One machine and its stream, step by step: who writes when, and what becomes of what was on its way."""

from __future__ import annotations

import orjson

from coinapi_idx_cli.protocol.backlog import Chunk, MemoryBacklog
from coinapi_idx_cli.protocol.blocks import BLOCK_BYTES, StreamBlock
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Action, Append, AskEnd, Follow, Mode, Rest, Tell
from coinapi_idx_cli.protocol.turns import AFTER_REFUSAL_S, TAKEOVER_S, UNMET_FACTOR
from tests.protocol.fake_log import value_text

LONG_S = TAKEOVER_S * (UNMET_FACTOR + 1)


def chunk(*numbers: int, now: float = 0.0, index_id: str = "IDX_1") -> Chunk:
    data = b"".join(value_text(index_id, float(number), number) + b"\n" for number in numbers)
    return Chunk(data, len(numbers), int(now * 1e9), now)


def block(sequence: int, *numbers: int, writer: str = "other/r", before: str = "other/r") -> StreamBlock:
    after = (sequence - 1, f"{before}/{sequence - 1}") if sequence > 1 else (0, "")
    return StreamBlock(f"{writer}/{sequence}", after, len(numbers), 0, chunk(*numbers).data)


def follower() -> CaptureMachine:
    return CaptureMachine("me/r", chance=lambda: 0.0)


def told(actions: list[Action]) -> list[str]:
    return [action.event for action in actions if isinstance(action, Tell)]


def appended(actions: list[Action]) -> Append:
    (append,) = [action for action in actions if isinstance(action, Append)]
    return append


def writing() -> CaptureMachine:
    """It wrote value 1 into an empty stream, and that is acknowledged."""
    one = follower()
    one.connected(0.0)
    one.looked(0, "first", 0.0)
    assert appended(one.feed(chunk(1))).expected == 0
    assert one.acknowledged(1, 0.0) == []
    assert one.mode is Mode.WRITING
    return one


def test_on_an_empty_stream_nobody_waits_and_nothing_is_missing() -> None:
    one = follower()
    assert one.connected(0.0) == [AskEnd()]
    assert one.looked(0, "first", 0.0) == []
    rest, tell, append = one.feed(chunk(1, 2))
    assert (rest, tell) == (Rest(), Tell("writing", {"after": 0}))
    assert isinstance(append, Append)
    assert append.block.data == chunk(1, 2).data
    assert append.block.id == "me/r/1"
    assert one.feed(chunk(3)) == [], "one block at a time"
    assert appended(one.acknowledged(1, 0.0)).block.after == (1, "me/r/1")


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    one = writing()
    assert (one.acknowledged(9, 0.0), one.refused(0.0), one.looked(0, "first", 0.0)) == ([], [], [])
    assert one.received(2, block(2, 1), 0.0) == []
    assert (one.known, one.mode) == (1, Mode.WRITING)


def test_one_that_has_not_met_the_stream_waits_long_and_writes_the_gap_first() -> None:
    one = follower()
    one.connected(0.0)
    assert one.looked(1, "first", 0.0) == [Follow(None)]
    assert one.received(1, block(1, 1), 0.0) == []
    assert one.feed(chunk(5, now=1.0)) == []
    assert one.tick(TAKEOVER_S * 3) == []
    gap = appended(one.tick(LONG_S + 1)).block
    record = orjson.loads(gap.data)
    assert gap.is_gap
    assert (record["kind"], record["time_coinapi_from"][-13:], record["time_coinapi_to"][-13:]) == (
        "not_running",
        "0:01.0000000Z",
        "0:05.0000000Z",
    )
    assert appended(one.acknowledged(2, LONG_S + 1)).block.data == chunk(5).data


def test_one_that_another_was_ahead_of_on_an_empty_stream_has_not_met_it() -> None:
    one = follower()
    one.connected(0.0)
    one.looked(0, "first", 0.0)
    append = appended(one.feed(chunk(5)))
    assert AskEnd() in one.refused(0.0)
    assert one.looked(1, "first", 0.0) == [Follow(1)]
    assert one.received(1, block(1, 1), 0.0) == []
    assert one.tick(TAKEOVER_S * 3) == [], "what lies between 1 and 5 is not known"
    assert appended(one.tick(LONG_S)).block.is_gap
    assert append.block.data == chunk(5).data


def test_one_that_was_first_after_all_has_met_the_stream() -> None:
    one = follower()
    one.connected(0.0)
    one.looked(0, "first", 0.0)
    mine = appended(one.feed(chunk(1)))
    one.disconnected(0.0)
    assert one.feed(chunk(2)) == []
    one.connected(1.0)
    one.looked(1, "first", 1.0)
    assert appended(one.received(1, mine.block, 1.0)).block.data == chunk(2).data


def test_messages_that_were_deleted_by_their_age_are_not_waited_for() -> None:
    one = follower()
    one.connected(0.0)
    one.looked(7, "first", 0.0)
    assert one.nothing_follows(0.0) == []
    assert one.mode is Mode.STANDBY
    assert one.nothing_follows(0.0) == []


def test_what_was_on_its_way_when_the_connection_ended_is_decided_by_its_id() -> None:
    one = writing()
    append = appended(one.feed(chunk(2)))
    assert told(one.disconnected(0.1)) == ["standing_by"]
    one.feed(chunk(3))
    one.connected(0.2)
    assert one.looked(2, "first", 0.2) == [Follow(1)]
    assert one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2) == []
    assert appended(one.received(2, append.block, 0.2)).block.data == chunk(3).data


def test_what_was_on_its_way_and_did_not_arrive_is_sent_again() -> None:
    one = writing()
    one.feed(chunk(2))
    one.disconnected(0.1)
    one.connected(0.2)
    one.looked(1, "first", 0.2)
    again = appended(one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2))
    assert (again.expected, again.block.data, again.block.id) == (1, chunk(2).data, "me/r/3")


def test_after_a_refusal_it_reads_what_the_other_wrote_and_waits_a_little() -> None:
    one = writing()
    one.feed(chunk(2))
    actions = one.refused(1.0)
    assert told(actions) == ["refused_append", "standing_by"]
    assert actions[-1] == AskEnd()
    one.looked(2, "first", 1.0)
    one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 1.0)
    one.received(2, StreamBlock("other/r/1", (1, "me/r/1"), 1, 0, chunk(2).data), 1.0)
    assert (one.alignment.held, one.known) == (0, 2)
    one.feed(chunk(3, now=1.1))
    assert one.tick(1.1) == []
    assert one.next_due_s() > 1.0 + AFTER_REFUSAL_S


def test_an_error_of_the_engine_leaves_in_doubt_whether_it_was_written() -> None:
    one = writing()
    append = appended(one.feed(chunk(2)))
    one.refused(1.0, is_certain=False)
    one.looked(2, "first", 1.0)
    one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 1.0)
    one.received(2, append.block, 1.0)
    assert (one.waiting_values, one.known) == (0, 2)


def test_a_stop_writes_out_and_leaves_the_stream_to_others() -> None:
    one = writing()
    one.feed(chunk(2))
    assert one.stop(0.0) == []
    assert one.waiting_values
    assert not one.is_done
    leaving = appended(one.acknowledged(2, 0.0))
    assert leaving.block.is_yield
    assert told(one.acknowledged(3, 0.0)) == ["yielded", "standing_by"]
    assert one.is_done


def test_a_stop_before_anything_was_written_has_nothing_to_leave() -> None:
    one = follower()
    one.connected(0.0)
    one.looked(0, "first", 0.0)
    assert one.stop(0.0) == []
    assert one.is_done


def test_a_lost_feed_leaves_the_stream_and_what_comes_later_waits_for_a_gap() -> None:
    one = writing()
    leaving = appended(one.lose_feed("connection", 0, 1.0))
    assert leaving.block.is_yield
    one.acknowledged(2, 1.0)
    one.looked(2, "first", 1.0)
    one.received(2, leaving.block, 1.0)
    one.feed(chunk(9, now=2.0))
    assert one.tick(2.0 + TAKEOVER_S) == []
    assert appended(one.tick(2.0 + LONG_S)).block.is_gap


def test_a_yield_is_taken_at_once_by_one_that_is_met() -> None:
    one = follower()
    one.connected(0.0)
    one.looked(3, "first", 0.0)
    for number in (1, 2, 3):
        one.feed(chunk(number))
        one.received(number, block(number, number), 0.0)
    one.feed(chunk(4))
    leaving = StreamBlock("other/r/4", (3, "other/r/3"), 0, 0, b'{"type":"yield"}', control=True)
    assert told(one.received(4, leaving, 0.1)) == ["writing"]


def test_a_chunk_that_is_too_large_is_sent_in_pieces() -> None:
    one = writing()
    count = 2 * BLOCK_BYTES // len(value_text("IDX_1", 1.0, 1))
    large = chunk(*range(10, 10 + count))
    first = appended(one.feed(large)).block
    one.feed(chunk(1))
    one.feed(chunk(2))
    assert len(first.data) <= BLOCK_BYTES
    sent = first.data
    sequence = 1
    while one.flight is not None:
        sequence += 1
        for action in one.acknowledged(sequence, 0.0):
            assert isinstance(action, Append)
            assert len(action.block.data) <= BLOCK_BYTES
            sent += action.block.data
    assert sent == large.data + chunk(1).data + chunk(2).data


def test_a_stream_that_was_made_anew_begins_with_a_gap() -> None:
    one = writing()
    one.feed(chunk(2))
    one.disconnected(0.1)
    one.connected(0.2)
    actions = one.looked(0, "second", 0.3)
    assert told(actions) == ["rolled_back", "writing"]
    gap = appended(actions)
    assert (gap.expected, gap.block.is_gap) == (0, True)
    assert appended(one.acknowledged(1, 0.3)).block.data == chunk(2).data


def test_a_stream_that_forgot_gets_back_what_it_had_acknowledged() -> None:
    one = writing()
    for number in (2, 3):
        one.feed(chunk(number))
        one.acknowledged(number, 0.0)
    one.disconnected(0.1)
    one.connected(0.2)
    actions = one.looked(1, "first", 0.2)
    assert told(actions) == ["rolled_back"]
    assert actions[-1] == Follow(1)
    again = appended(one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2))
    assert (again.expected, again.block.data) == (1, chunk(2).data)
    assert one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2) == []
    last = appended(one.acknowledged(2, 0.2))
    assert (last.expected, last.block.data) == (2, chunk(3).data)
    assert one.acknowledged(3, 0.2) == [AskEnd()]
    one.feed(chunk(4))
    assert appended(one.looked(3, "first", 0.2) + one.received(3, last.block, 0.2)).block.data == chunk(4).data


def test_another_may_give_it_back_as_well() -> None:
    one = writing()
    second = appended(one.feed(chunk(2))).block
    one.acknowledged(2, 0.0)
    one.disconnected(0.1)
    one.connected(0.2)
    one.looked(1, "first", 0.2)
    one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2)
    assert one.received(2, second, 0.2) == [AskEnd()]


def test_a_wait_comes_before_the_stream_is_given_back() -> None:
    one = CaptureMachine("me/r", chance=lambda: 0.9)
    one.connected(0.0)
    one.looked(0, "first", 0.0)
    one.feed(chunk(1))
    one.acknowledged(1, 0.0)
    one.disconnected(0.1)
    one.connected(0.2)
    assert not [action for action in one.looked(0, "first", 0.2) if isinstance(action, Append)]
    due_s = one.next_due_s()
    assert due_s > 0.2
    assert appended(one.tick(due_s)).expected == 0


def test_what_is_not_kept_any_more_is_lost_and_that_is_written() -> None:
    one = writing()
    one.feed(chunk(2, now=500.0))
    one.acknowledged(2, 500.0)
    one.disconnected(500.0)
    one.feed(chunk(3, now=500.1))
    one.connected(500.2)
    actions = one.looked(0, "first", 500.2)
    assert told(actions) == ["rolled_back", "writing"]
    assert appended(actions).block.is_gap


def test_somebody_wrote_on_behind_what_a_stream_forgot() -> None:
    one = writing()
    for number in (2, 3):
        one.feed(chunk(number))
        one.acknowledged(number, 0.0)
    one.disconnected(0.1)
    one.connected(0.2)
    one.looked(2, "first", 0.2)
    strange = StreamBlock("other/r/1", (1, "me/r/1"), 1, 0, chunk(2).data)
    assert told(one.received(2, strange, 0.2)) == ["rolled_back"]
    assert one.alignment.held == 3
    one.looked(2, "first", 0.2)
    one.received(1, StreamBlock("me/r/1", (0, ""), 1, 0, chunk(1).data), 0.2)
    one.received(2, strange, 0.2)
    assert (one.alignment.held, one.known) == (1, 2)


def test_a_backlog_gives_back_what_was_taken() -> None:
    backlog = MemoryBacklog()
    first, second = chunk(1), chunk(2)
    backlog.put(first)
    backlog.put(second)
    taken = [backlog.take(), backlog.take()]
    assert backlog.size_bytes == 0
    backlog.give_back(taken)
    assert backlog.take() == first
    assert backlog.first() == second
