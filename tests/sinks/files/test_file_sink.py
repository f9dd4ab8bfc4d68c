"""The file of the moment: rotation by a fake clock, SIGHUP's reopening, and an hour in seconds."""

from __future__ import annotations

import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files import joiner
from tests.harness import GENEROUS_S
from tests.sinks.files.files import COMPRESSED, HEAD, KINDS, MIDNIGHT_NS, Told, content, open_files, sink_for, written
from tests.sinks.files.test_file import other_process_opens

VALUES_PER_S = 1000
AN_HOUR_S = 3600
FLAT_BYTES = 1024 * 1024


def start_at(now_ns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: now_ns)


@pytest.mark.parametrize("suffix", KINDS)
def test_over_midnight_each_value_is_in_the_file_of_its_day(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    start_at(MIDNIGHT_NS - 3 * NS, monkeypatch)
    sink = sink_for(tmp_path / f"%Y/%m-%d.csv{suffix}", told)
    sink.open(HEAD)
    for tenths in range(-30, 30):
        sink.write(Batch(MIDNIGHT_NS + tenths * NS // 10), b"%d\n" % tenths)
    sink.close()
    before, after = (tmp_path / "2026" / f"10-{day}.csv{suffix}" for day in (20, 21))
    assert content(before) == HEAD + b"".join(b"%d\n" % tenths for tenths in range(-30, 0))
    assert content(after) == HEAD + b"".join(b"%d\n" % tenths for tenths in range(30))
    assert told.events == [("rotated", {"from": str(before), "to": str(after)})]


@pytest.mark.parametrize("suffix", KINDS)
def test_two_hours_by_the_minute_lose_and_double_nothing(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With steps back such as a handover brings, and a minute without any value."""
    start_at(MIDNIGHT_NS, monkeypatch)
    told = Told()
    sink = sink_for(tmp_path / f"%H%M.csv{suffix}", told)
    sink.open(HEAD)
    rows = []
    for second in [second for second in range(0, 7200, 7) if second // 60 != 50]:
        rows.append(b"%d\n" % second)
        sink.write(Batch(MIDNIGHT_NS + (second - second % 3) * NS), rows[-1])
    sink.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 119
    pieces = [content(path) for path in files]
    assert all(piece.startswith(HEAD) and piece.count(HEAD) == 1 for piece in pieces)
    assert b"".join(piece[len(HEAD) :] for piece in pieces) == b"".join(rows)
    assert told.names == ["rotated"] * 118


def test_a_clock_set_back_appends_to_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_at(MIDNIGHT_NS, monkeypatch)
    sink = sink_for(tmp_path / "%H%M.csv")
    sink.open(HEAD)
    for minute in (0, 5, 0, 5):
        sink.write(Batch(MIDNIGHT_NS + 60 * minute * NS), b"%d\n" % minute)
    sink.close()
    assert content(tmp_path / "0000.csv") == HEAD + b"0\n0\n"
    assert content(tmp_path / "0005.csv") == HEAD + b"5\n5\n"


def test_a_clock_set_back_to_a_file_that_is_being_made_small_waits_for_it_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock is still ours, and the run must not end for it."""
    start_at(MIDNIGHT_NS, monkeypatch)
    may_go_on = threading.Event()

    def join_later(*_: object) -> int:
        may_go_on.wait(GENEROUS_S)
        return 0

    monkeypatch.setattr(joiner, "join", join_later)
    sink = sink_for(tmp_path / "%H%M.csv.gz")
    sink.open(HEAD)
    for minute, second in ((0, 0), (5, 0), (0, 1), (0, 2)):
        sink.write(Batch(MIDNIGHT_NS + (60 * minute + second) * NS), b"%d:%d\n" % (minute, second))
    may_go_on.set()
    sink._joiner.wait(GENEROUS_S)
    sink.write(Batch(MIDNIGHT_NS + 3 * NS), b"0:3\n")
    sink.close()
    assert content(tmp_path / "0000.csv.gz") == HEAD + b"0:0\n0:3\n"
    assert content(tmp_path / "0005.csv.gz") == HEAD + b"5:0\n0:1\n0:2\n"


def test_the_next_file_may_be_there_already_or_not_be_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_at(MIDNIGHT_NS, monkeypatch)
    written(tmp_path / "0001.csv", b"earlier\n", head=HEAD)
    written(tmp_path / "0002.csv", b"1,2\n", head=b"other,columns\n")
    told = Told()
    sink = sink_for(tmp_path / "%H%M.csv", told)
    sink.open(HEAD)
    sink.write(Batch(MIDNIGHT_NS + 60 * NS), b"1\n")
    with pytest.raises(OutputError, match=r"0002.csv has the columns other,columns, not time,id,value"):
        sink.write(Batch(MIDNIGHT_NS + 120 * NS), b"2\n")
    assert told.names == []
    before = open_files()
    sink.close()
    assert open_files() == before - 1
    assert not (tmp_path / "0000.csv").exists()
    assert content(tmp_path / "0001.csv") == HEAD + b"earlier\n1\n"


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_that_was_moved_is_let_go_and_another_begun(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.csv{suffix}"
    sink = sink_for(path)
    before = open_files()
    sink.open(HEAD)
    for number in range(20):
        sink.write(Batch(0), b"%d\n" % number)
        assert "is being written" in other_process_opens(path) if number > 17 else path.exists()
        if number % 2:
            path.rename(tmp_path / f"{number}{suffix}")
        sink.reopen()
        sink.reopen()
    assert sink.finish(GENEROUS_S)
    sink.close()
    assert open_files() == before
    assert not path.exists()
    for number in range(1, 20, 2):
        assert content(tmp_path / f"{number}{suffix}") == HEAD + b"%d\n%d\n" % (number - 1, number)


def test_reopening_a_file_that_is_still_there_keeps_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "x"
    sink = sink_for(path)
    sink.open(b"")
    sink.write(Batch(0), b"1\n")
    for _ in range(3):
        sink.reopen()
    assert "is being written by another run" in other_process_opens(path)
    sink.close()


def test_a_file_that_cannot_be_begun_again_is_named_and_the_old_one_closed_once(tmp_path: Path) -> None:
    path = tmp_path / "x"
    before = open_files()
    sink = sink_for(path)
    sink.open(b"")
    sink.write(Batch(0), b"1\n")
    path.rename(tmp_path / "moved")
    path.mkdir()
    with pytest.raises(OutputError, match=f"cannot open {path}: Is a directory"):
        sink.reopen()
    sink.close()
    assert open_files() == before
    assert (tmp_path / "moved").read_bytes() == b"1\n"


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_an_hour_of_a_thousand_values_a_second(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All there, in order; memory and open files stay what they were after the first minutes."""
    start_at(MIDNIGHT_NS, monkeypatch)
    second = b"".join(b"SSSS,IDX_%03d,1.5\n" % number for number in range(VALUES_PER_S))
    sink = sink_for(tmp_path / f"%H%M.csv{suffix}")
    sink.open(HEAD)
    sink.write(Batch(MIDNIGHT_NS), b"")
    open_at_first = open_files() + 1
    tracemalloc.start()
    bytes_at_first = 0
    for at in range(AN_HOUR_S):
        sink.write(Batch(MIDNIGHT_NS + at * NS), second.replace(b"SSSS", b"%04d" % at))
        if at == AN_HOUR_S // 20:
            bytes_at_first = tracemalloc.get_traced_memory()[0]
        if at % 60 == 0 and not suffix:
            assert open_files() == open_at_first
    grown = tracemalloc.get_traced_memory()[0] - bytes_at_first
    tracemalloc.stop()
    sink.close()
    assert grown < FLAT_BYTES
    files = sorted(tmp_path.iterdir())
    assert len(files) == 60
    for minute, path in enumerate(files):
        seconds = range(minute * 60, minute * 60 + 60)
        assert content(path) == HEAD + b"".join(second.replace(b"SSSS", b"%04d" % at) for at in seconds)
        path.unlink()


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_year_of_days_begins_each_member_anew(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_at(MIDNIGHT_NS, monkeypatch)
    sink = sink_for(tmp_path / f"%j{suffix}")
    before = open_files()
    sink.open(b"")
    for day in range(365):
        sink.write(Batch(MIDNIGHT_NS + day * 86400 * NS), b"%d\n" % day)
    assert sink.finish(GENEROUS_S)
    sink.close()
    assert open_files() == before
    assert len(list(tmp_path.iterdir())) == 365
    assert {content(path) for path in tmp_path.iterdir()} == {b"%d\n" % day for day in range(365)}


def test_the_lock_on_a_file_that_was_moved_is_kept_until_the_next_one_is_there(tmp_path: Path) -> None:
    """Or a run that waits would take the name before the next value came, and the one that has it would fail."""
    path, moved = tmp_path / "x", tmp_path / "moved"
    sink = sink_for(path)
    sink.open(b"")
    sink.write(Batch(0), b"1\n")
    path.rename(moved)
    sink.reopen()
    sink.reopen()
    assert "is being written by another run" in other_process_opens(moved)
    sink.write(Batch(0), b"2\n")
    assert "is being written by another run" in other_process_opens(path)
    assert other_process_opens(moved) == ""
    assert sink.written_bytes == 4
    sink.close()
