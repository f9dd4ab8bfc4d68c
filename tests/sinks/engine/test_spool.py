"""The spool: chunks in order through restarts, a note of how far they are, and what is half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.protocol.backlog import Chunk
from coinapi_idx_cli.protocol.machine_note import MachineNote
from coinapi_idx_cli.sinks.engine import spool as spool_module
from coinapi_idx_cli.sinks.engine.spool import Spool


def chunk(*lines: str, loss: str = "") -> Chunk:
    data = "".join(f"{line}\n" for line in lines).encode()
    return Chunk(data, len(lines), 7, 1.0, loss)


def note(head: tuple[int, int] | None) -> MachineNote:
    return MachineNote("then", 5, "a/r/5", is_exact=True, head=head)


def drained(spool: Spool) -> list[bytes]:
    found = []
    while spool.first() is not None:
        found.append(spool.take().data)
    return found


def test_chunks_come_back_in_their_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    for each in (chunk("a", "b"), chunk(loss="connection"), chunk("c")):
        spool.put(each)
    assert (spool.values, spool.size_bytes) == (3, 6)
    taken = [spool.take(), spool.take()]
    assert taken[1].loss == "connection"
    spool.give_back(taken)
    assert drained(spool) == [b"a\nb\n", b"", b"c\n"]
    assert (spool.values, spool.size_bytes) == (0, 0)
    spool.close()


def test_after_a_kill_all_is_there_that_the_note_does_not_say_to_be_in_the_stream(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(chunk("a", "b"))
    spool.put(chunk("c", "d"))
    first = spool.take()
    second = spool.first()
    assert second is not None
    spool.keep(note((second.origin, 1)))
    spool.put(chunk("e"))
    spool.close()
    again = Spool(tmp_path)
    assert again.note == note((second.origin, 1))
    begin = again.first()
    assert begin is not None
    assert (begin.data, begin.first_line, again.values, first.data) == (b"d\n", 1, 2, b"a\nb\n")
    assert drained(again) == [b"d\n", b"e\n"]
    again.keep(note(None))
    again.put(chunk("f"))
    again.close()
    last = Spool(tmp_path)
    assert drained(last) == [b"f\n"]
    last.close()


def test_half_a_chunk_is_no_chunk(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(chunk("a"))
    spool.put(chunk("b" * 100))
    spool.close()
    (segment,) = tmp_path.glob("*.spool")
    os.truncate(segment, segment.stat().st_size - 50)
    again = Spool(tmp_path)
    again.put(chunk("c"))
    assert drained(again) == [b"a\n", b"c\n"]
    again.close()


def test_what_is_in_the_stream_is_removed_and_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 2000)
    monkeypatch.setattr(spool_module, "IN_MEMORY_BYTES", 500)
    spool = Spool(tmp_path)
    lines = [f"{number:0100}" for number in range(200)]
    for line in lines:
        spool.put(chunk(line))
        assert sum(len(each.data) for each in spool._memory) < 700
    count = len(list(tmp_path.glob("*.spool")))
    assert count > 8
    for number, line in enumerate(lines):
        begin = spool.first()
        assert begin is not None
        assert begin.data == f"{line}\n".encode()
        if number % 10 == 0:
            spool.keep(note((begin.origin, 0)))
        spool.take()
    assert len(list(tmp_path.glob("*.spool"))) < 4
    spool.close()
    again = Spool(tmp_path)
    assert drained(again) == [f"{line}\n".encode() for line in lines[190:]]
    again.close()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(OutputError, match="another run"):
        Spool(tmp_path)
    spool.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot keep"):
        Spool(tmp_path / "file" / "spool")


def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.put(chunk("a"))
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:5]))
    with pytest.raises(OutputError, match="free some space"):
        spool.put(chunk("b"))
    monkeypatch.undo()
    spool.put(chunk("c"))
    assert drained(spool) == [b"a\n", b"c\n"]
    spool.close()


def test_a_note_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(chunk("a"))
    spool.keep(note((0, 0)))
    spool.close()
    (tmp_path / "note").write_bytes(b"\0" * 100)
    again = Spool(tmp_path)
    assert again.note is None
    assert drained(again) == [b"a\n"]
    again.close()
