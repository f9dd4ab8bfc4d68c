"""--wait-lock within one process, beside another one that has the file: what the loop sees, and what goes wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.outputs import takeover
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.takeover import Takeover
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.session.back_pressure import PENDING_LIMIT_BYTES
from coinapi_idx_cli.sinks.files import comparison
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from coinapi_idx_cli.sinks.files.names import FileName
from tests.harness import GENEROUS_S
from tests.sinks.files.files import Told, sink_for
from tests.sinks.files.other_run import OtherRun
from tests.sinks.files.test_comparison import message

DAYS_90_NS = 90 * 86_400 * NS


class Waiting:
    """A run that waits for a file, and its loop."""

    def __init__(self, pattern: Path, kind: type[Format] = Ndjson, timeout_s: float = GENEROUS_S) -> None:
        self.told = Told()
        self.status = Status("host:443", 0.0)
        sink = sink_for(pattern, self.told)
        self.woken = threading.Event()
        output = EncodedOutput(kind(FormatContext()), sink, bytes)
        self.takeover = Takeover(output, sink, self.status, timeout_s, self.woken.set, by_time=False)
        self.takeover.open()

    def receive(self, *texts: bytes) -> None:
        self.takeover.write(decode(list(texts), time.time_ns()).batch)

    def turn_until(self, happened: Callable[[], bool]) -> None:
        """The loop: does what is due, else waits to be woken."""
        until_s = time.monotonic() + GENEROUS_S
        while not happened():
            assert time.monotonic() < until_s
            if self.takeover.next_due_s() <= time.monotonic():
                self.takeover.tick(time.monotonic())
            else:
                self.woken.wait(0.01)
                self.woken.clear()

    def turn_until_told(self, event: str) -> dict[str, object]:
        self.turn_until(lambda: event in self.told.names)
        return dict(self.told.events)[event]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ticks.ndjson"


@pytest.fixture
def other(path: Path) -> Iterator[OtherRun]:
    with OtherRun(path) as run:
        yield run


def test_what_is_held_and_for_which_process_can_be_seen(path: Path, other: OtherRun) -> None:
    waiting = Waiting(path)
    assert waiting.told.events == [("waiting_lock", {"file": str(path), "pid": other.pid})]
    assert waiting.status.waits_for == f"process {other.pid}"
    waiting.receive(message(1), message(2), message(3))
    assert waiting.status.held_values == 3
    assert waiting.status.held_bytes > len(message(1)) * 3
    other.write(message(1), message(2))
    waiting.turn_until(lambda: waiting.status.held_values == 1)
    other.end()
    fields = {"values_dropped": 2, "values_written": 1, "values_passed_over": 0, "gap_seconds": None}
    assert waiting.turn_until_told("took_over") == fields
    assert (waiting.status.waits_for, waiting.status.held_values, waiting.status.held_bytes) == ("", 0, 0)
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(1), message(2), message(3)]


def test_who_gives_up_names_the_process_and_what_it_held(path: Path, other: OtherRun) -> None:
    waiting = Waiting(path, timeout_s=0)
    waiting.receive(message(1))
    with pytest.raises(OutputError, match=rf"within 0 s: process {other.pid} writes to it; not written: 1 value"):
        waiting.takeover.finish(GENEROUS_S)
    waiting.takeover.close()


class Broken(Ndjson):
    """Cannot read back what it has written."""

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:
        if lines:
            raise RuntimeError("a bug")
        return []


def test_a_bug_in_reading_back_loses_nothing(path: Path, other: OtherRun) -> None:
    waiting = Waiting(path, Broken)
    other.write(message(1))
    waiting.receive(message(1), message(2))
    assert waiting.turn_until_told("read_back_failed") == {"error": "RuntimeError: a bug"}
    other.write(message(2))
    other.end()
    waiting.turn_until_told("took_over")
    waiting.receive(message(3))
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(n) for n in (1, 2, 1, 2, 3)]
    assert waiting.told.names.count("read_back_failed") == 1


def test_a_bug_in_comparing_loses_nothing(path: Path, other: OtherRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(comparison.Comparison, "saw_written", broken)
    waiting = Waiting(path)
    other.write(message(1))
    waiting.receive(message(1), message(2))
    waiting.turn_until_told("read_back_failed")
    other.end()
    waiting.turn_until_told("took_over")
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(n) for n in (1, 1, 2)]


def test_the_loop_reads_no_line_and_writes_in_small_portions(
    path: Path, other: OtherRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[threading.Thread] = set()

    class Watched(Ndjson):
        def values_of(self, lines: list[bytes]) -> list[IndexValue]:
            if lines:
                threads.add(threading.current_thread())
            return super().values_of(lines)

    monkeypatch.setattr(takeover, "AT_ONCE_S", 0.0)
    waiting = Waiting(path, Watched)
    other.write(message(0))
    for number in range(20):
        waiting.receive(message(number))
    other.end()
    sizes = [path.stat().st_size]
    while "took_over" not in waiting.told.names:
        waiting.turn_until(lambda: waiting.takeover.next_due_s() <= time.monotonic())
        waiting.takeover.tick(time.monotonic())
        sizes.append(path.stat().st_size)
    assert max(after - before for before, after in pairwise(sizes)) <= len(message(19)) + 1
    assert threads
    assert threading.main_thread() not in threads
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(number) for number in range(20)]


def test_what_comes_while_the_rest_is_written_stands_behind_it(
    path: Path, other: OtherRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "AT_ONCE_S", 0.0)
    waiting = Waiting(path)
    for number in range(5):
        waiting.receive(message(number))
    other.end()
    size = path.stat().st_size
    waiting.turn_until(lambda: path.stat().st_size > size)
    waiting.receive(message(5))
    assert "took_over" not in waiting.told.names
    waiting.turn_until_told("took_over")
    waiting.receive(message(6))
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(number) for number in range(7)]


def test_the_server_is_held_back_when_the_other_run_stands_still(
    path: Path, other: OtherRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "HELD_LIMIT_BYTES", PENDING_LIMIT_BYTES + 1)
    waiting = Waiting(path)
    here = 0
    while not waiting.takeover.pending_bytes:
        waiting.receive(*(message(number) for number in range(here, here + 1000)))
        here += 1000
    assert waiting.takeover.pending_bytes > PENDING_LIMIT_BYTES
    assert waiting.takeover.slow_one == f"process {other.pid}, which writes {path},"
    other.end()
    waiting.turn_until_told("took_over")
    assert waiting.takeover.pending_bytes == 0
    assert waiting.takeover.slow_one == "the reader of the output"
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(number) for number in range(here)]


@pytest.mark.parametrize("set_by_ns", [DAYS_90_NS, -DAYS_90_NS])
def test_a_clock_that_is_set_while_it_waits_holds_nothing_up(
    tmp_path: Path, set_by_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both runs go on to the file of the new time; formatting a name for each second of 90 days took 17 s."""
    pattern, now_ns = tmp_path / "%Y%m%d-%H%M%S.ndjson", time.time_ns()
    clock = [now_ns]
    monkeypatch.setattr(time, "time_ns", lambda: clock[0])
    first = tmp_path / time.strftime("%Y%m%d-%H%M%S.ndjson", time.gmtime(now_ns // NS))
    second = tmp_path / time.strftime("%Y%m%d-%H%M%S.ndjson", time.gmtime((now_ns + set_by_ns) // NS))
    names: list[int] = []
    format_name = FileName.at

    def at(name: FileName, at_ns: int) -> str:
        names.append(at_ns)
        return format_name(name, at_ns)

    monkeypatch.setattr(FileName, "at", at)
    with OtherRun(first) as before, OtherRun(second) as after:
        waiting = Waiting(pattern)
        waiting.receive(message(1))
        before.write(message(1))
        clock[0] += set_by_ns
        waiting.receive(message(2), message(3))
        after.write(message(2))
        before.end()
        waiting.turn_until(lambda: waiting.status.waits_for == f"process {after.pid}")
        after.end()
        waiting.turn_until_told("took_over")
        waiting.takeover.close()
    assert len(names) < 1000
    assert first.read_bytes().splitlines() == [message(1)]
    assert second.read_bytes().splitlines() == [message(2), message(3)]


def test_a_next_file_that_another_run_has_is_waited_for_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This run had the file before; the next one was begun by another run."""
    now_ns = 1_792_540_800 * NS
    clock = [now_ns]
    monkeypatch.setattr(time, "time_ns", lambda: clock[0])
    path = tmp_path / "2026-10-21-0001.ndjson"
    with OtherRun(path) as other:
        waiting = Waiting(tmp_path / "%F-%H%M.ndjson")
        waiting.receive(message(1))
        clock[0] += 60 * NS
        other.write(message(2))
        waiting.receive(message(2), message(3))
        assert waiting.status.waits_for == f"process {other.pid}"
        waiting.receive(message(4))
        other.end()
        assert waiting.turn_until_told("took_over")["values_written"] == 2
        waiting.takeover.close()
    assert (tmp_path / "2026-10-21-0000.ndjson").read_bytes().splitlines() == [message(1)]
    assert path.read_bytes().splitlines() == [message(2), message(3), message(4)]


def test_what_a_full_disk_does_not_take_is_told_and_tried_again(
    path: Path, other: OtherRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Waiting(path)
    for number in range(3):
        waiting.receive(message(number))
    other.end()
    write, room = FileSink.write, [1]

    def with_room_for_some(sink: FileSink, batch: Batch, data: bytes) -> None:
        if not room[0]:
            raise OutputError("cannot write: No space left on device")
        room[0] -= 1
        write(sink, batch, data)

    monkeypatch.setattr(FileSink, "write", with_room_for_some)
    for _ in range(2):
        with pytest.raises(OutputError):
            waiting.turn_until_told("took_over")
    assert [fields for event, fields in waiting.told.events if event == "not_written"] == [{"values": 2}]
    assert waiting.takeover.unwritten().startswith("not written: 2 values")
    room[0] = 9
    waiting.turn_until_told("took_over")
    waiting.takeover.close()
    assert path.read_bytes().splitlines() == [message(0), message(1), message(2)]


def test_what_there_was_no_time_to_write_is_a_gap_beside_the_file(path: Path, other: OtherRun) -> None:
    """The other run has let go, and the run ends before it has written what the file lacks."""
    waiting = Waiting(path)
    waiting.receive(message(1))
    other.write(message(1))
    waiting.receive(message(2), message(3))
    waiting.turn_until(lambda: waiting.status.held_values == 2)
    other.end()
    waiting.turn_until(lambda: waiting.takeover.next_due_s() <= time.monotonic())
    waiting.takeover.tick(time.monotonic())  # the lock is ours
    waiting.takeover.close()
    (gap,) = (json.loads(line) for line in (path.parent / "ticks.gaps.ndjson").read_text().splitlines())
    assert (gap["kind"], gap["values"], gap["output"]) == ("not_written", 2, str(path))
    times = [json.loads(message(number))["time_coinapi"] for number in (2, 3)]
    assert [gap["time_coinapi_from"], gap["time_coinapi_to"]] == times
    assert path.read_bytes().splitlines() == [message(1)]


def test_while_another_run_has_the_file_nothing_is_given_up(path: Path, other: OtherRun) -> None:
    waiting = Waiting(path)
    waiting.receive(message(1))
    waiting.takeover.close()
    assert not (path.parent / "ticks.gaps.ndjson").exists()
    other.end()
