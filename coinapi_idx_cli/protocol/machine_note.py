"""What a capture machine has to remember beyond its own end, so that nothing is written twice and nothing is lost.

An exact note is one of a machine that writes: all before `head` is in the stream, and what the message on its way held
is known by that message's id. Where a machine stands by, values are found in the stream in any order: it reads the
stream again from a while before, and compares.
"""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Flight, Mode


class MachineNote(Struct, frozen=True):
    """What is noted.

    `head`: which chunk of the spool, and which line of it, is the first that has to be kept; None: none.

    `known` and `last_id`: the last message of the stream that was compared. `flight_id` and `flight_count`: of the
    message on its way behind it.
    """

    created: str
    known: int
    last_id: str
    is_exact: bool
    head: tuple[int, int] | None
    flight_id: str = ""
    flight_count: int = 0


def note_of(machine: CaptureMachine, known_before: int) -> MachineNote | None:
    """None while there is nothing to note. `known_before`: what was known a while ago."""
    if machine.created is None:
        return None
    composer, alignment, flight = machine.composer, machine.alignment, machine.flight
    is_exact = machine.mode is Mode.WRITING and not (alignment.written or alignment.differing)
    head = _head(machine)
    if not is_exact:
        return MachineNote(machine.created, min(known_before, composer.known), "", is_exact=False, head=head)
    last_id = composer.last.id if composer.last is not None else ""
    flight_id, count = ("", 0) if flight is None or flight.block.control else (flight.block.id, flight.block.count)
    return MachineNote(
        machine.created, composer.known, last_id, is_exact=True, head=head, flight_id=flight_id, flight_count=count
    )


def resume(machine: CaptureMachine, note: MachineNote) -> None:
    """The backlog of the machine has what the note's head says, and all after it."""
    machine.created = note.created
    machine.composer.known = note.known
    if not note.is_exact:
        return
    if note.last_id:
        machine.alignment.losses.clear()
        machine.composer.last = StreamBlock(note.last_id, (0, ""), 0, 0, b"", control=True)
    else:
        machine.alignment.assume_nothing_is_missing()
    if note.flight_id:
        machine.waiting.load()
        held = list(machine.alignment.first(1 << 62))[: note.flight_count]
        block = StreamBlock(note.flight_id, (note.known, note.last_id), len(held), 0, b"")
        machine.doubt.append(Flight(block, note.known, held=held))
    machine.alignment.stand_by()  # where nothing was in the stream, another may have been the first to write


def _head(machine: CaptureMachine) -> tuple[int, int] | None:
    oldest, flight = machine.alignment.oldest(), machine.flight
    if oldest is not None:
        return (oldest.origin, oldest.line)
    if flight is not None and flight.chunks:
        return (flight.chunks[0].origin, flight.chunks[0].first_line)
    chunk = machine.backlog.first()
    return (chunk.origin, chunk.first_line) if chunk is not None else None
