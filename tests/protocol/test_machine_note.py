"""What a machine notes, and how the next run goes on with it."""

from __future__ import annotations

from coinapi_idx_cli.protocol.backlog import Chunk, MemoryBacklog
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Append, Follow, Mode
from coinapi_idx_cli.protocol.machine_note import MachineNote, note_of, resume
from tests.protocol.fake_log import value_text


def chunk(origin: int, *numbers: int) -> Chunk:
    data = b"".join(value_text("IDX_1", float(number), number) + b"\n" for number in numbers)
    return Chunk(data, len(numbers), 0, 0.0, origin=origin)


def machine(run: str = "r", *chunks: Chunk) -> CaptureMachine:
    backlog = MemoryBacklog()
    for each in chunks:
        backlog.put(each)
    return CaptureMachine(f"me/{run}", chance=lambda: 0.0, backlog=backlog)


def block(sequence: int, *numbers: int) -> StreamBlock:
    return StreamBlock(
        f"me/r/{sequence}", (sequence - 1, f"me/r/{sequence - 1}"), len(numbers), 9, chunk(0, *numbers).data
    )


def writing() -> CaptureMachine:
    one = machine()
    one.connected(0.0)
    one.looked(0, "then", 0.0)
    one.feed(chunk(0, 1))
    one.acknowledged(1, 0.0)
    return one


def test_before_anything_is_known_of_the_stream_there_is_nothing_to_note() -> None:
    assert note_of(machine(), 0) is None


def test_a_writer_notes_its_place_and_the_message_on_its_way() -> None:
    one = writing()
    assert note_of(one, 0) == MachineNote("then", 1, "me/r/1", is_exact=True, head=None)
    one.feed(chunk(10, 2, 3))
    one.feed(chunk(20, 4))
    note = note_of(one, 0)
    assert note == MachineNote("then", 1, "me/r/1", True, (10, 0), "me/r/2", 2)  # noqa: FBT003
    one.acknowledged(2, 0.0)
    note = note_of(one, 0)
    assert note is not None
    assert (note.head, note.flight_id, note.flight_count) == ((20, 0), "me/r/3", 1)
    one.disconnected(0.0)
    one.feed(chunk(30, 5, 6))
    note = note_of(one, 1)
    assert note == MachineNote("then", 1, "", is_exact=False, head=(20, 0))


def test_a_machine_with_nothing_on_its_way_notes_what_waits() -> None:
    one = machine()
    one.connected(0.0)
    one.looked(0, "then", 0.0)
    one.mode = Mode.WRITING
    one.backlog.put(chunk(40, 1))
    assert note_of(one, 0) == MachineNote("then", 0, "", is_exact=True, head=(40, 0))


def test_the_message_on_its_way_is_decided_by_its_id() -> None:
    note = MachineNote("then", 1, "me/r/1", True, (10, 0), "me/r/2", 2)  # noqa: FBT003
    for arrived in (True, False):
        one = machine("next", chunk(10, 2, 3), chunk(20, 4))
        resume(one, note)
        one.connected(0.0)
        assert one.looked(2 if arrived else 1, "then", 0.0) == [Follow(1)]
        one.received(1, StreamBlock("me/r/1", (0, ""), 1, 9, chunk(0, 1).data), 0.0)
        if arrived:
            one.received(2, block(2, 2, 3), 0.0)
        assert one.waiting_values == (1 if arrived else 3)
        (append,) = [each for each in one.tick(9.0) if isinstance(each, Append)]
        assert append.expected == (2 if arrived else 1)
        assert append.block.data == (chunk(0, 4).data if arrived else chunk(0, 2, 3, 4).data)


def test_one_that_stood_by_reads_the_stream_again_and_compares() -> None:
    one = machine("next", chunk(10, 2, 3))
    resume(one, MachineNote("then", 1, "", is_exact=False, head=(10, 0)))
    one.connected(0.0)
    assert one.looked(3, "then", 0.0) == [Follow(1)]
    assert not one.alignment.is_met
    one.received(2, block(2, 2), 0.0)
    one.received(3, block(3, 3), 0.0)
    assert one.waiting_values == 0


def test_an_empty_stream_has_no_last_message() -> None:
    one = machine("next", chunk(0, 1))
    resume(one, MachineNote("then", 0, "", is_exact=True, head=(0, 0)))
    one.connected(0.0)
    (append,) = [each for each in one.looked(0, "then", 0.0) if isinstance(each, Append)]
    assert append.block.data == chunk(0, 1).data


def test_one_that_was_killed_while_another_was_the_first_to_write_has_not_met_the_stream() -> None:
    first = machine()
    first.connected(0.0)
    first.looked(0, "then", 0.0)
    first.feed(chunk(0, 5))
    note = note_of(first, 0)
    assert note is not None
    one = machine("next", chunk(0, 5))
    resume(one, note)
    one.connected(0.0)
    one.looked(1, "then", 0.0)
    one.received(1, StreamBlock("other/r/1", (0, ""), 1, 9, chunk(0, 1).data), 0.0)
    assert one.tick(9.0) == [], "what lies between 1 and 5 is not known"
    (append,) = [each for each in one.tick(99.0) if isinstance(each, Append)]
    assert append.block.is_gap


def test_one_that_was_killed_and_was_the_first_to_write_has_met_the_stream() -> None:
    one = machine("next", chunk(0, 1), chunk(10, 2))
    resume(one, MachineNote("then", 0, "", True, (0, 0), "me/r/1", 1))  # noqa: FBT003
    one.connected(0.0)
    one.looked(1, "then", 0.0)
    one.received(1, StreamBlock("me/r/1", (0, ""), 1, 9, chunk(0, 1).data), 0.0)
    (append,) = [each for each in one.tick(9.0) if isinstance(each, Append)]
    assert append.block.data == chunk(0, 2).data
