"""stdout under real pipes: readers that are fast, stalled, slow and gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError, ReaderGoneError
from coinapi_idx_cli.outputs.sink import PENDING_LIMIT_BYTES, StdoutSink

PIPE_HOLDS_AT_MOST = 1 << 20


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        with suppress(OSError):
            os.close(fd)


def sink_on(fd: int, woken: threading.Event | None = None) -> StdoutSink:
    return StdoutSink(fd, lambda data: data, (woken or threading.Event()).set)


def read_all(fd: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(fd, 1 << 16)
    return data


def test_small_writes_are_in_the_pipe_when_write_returns(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    sink.write(b"line\n")
    assert sink.pending_bytes == 0
    os.set_blocking(pipe[0], False)
    assert os.read(pipe[0], 100) == b"line\n"


def test_a_stalled_reader_never_holds_up_the_writer_and_loses_nothing(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    lines = [b"%07d\n" % number * 500 for number in range(1000)]
    for line in lines:
        sink.write(line)
    assert sink.pending_bytes > len(b"".join(lines)) - PIPE_HOLDS_AT_MOST
    assert read_all(pipe[0], len(b"".join(lines))) == b"".join(lines)
    assert sink.finish(10.0)


def test_fullness_and_the_wake_up_when_there_is_room_again(pipe: tuple[int, int]) -> None:
    woken = threading.Event()
    sink = sink_on(pipe[1], woken)
    size = PENDING_LIMIT_BYTES + PIPE_HOLDS_AT_MOST
    sink.write(b"x" * (size // 2))
    sink.write(b"y" * (size // 2))
    assert sink.is_full
    assert not sink.finish(0.01)
    read_all(pipe[0], size)
    assert woken.wait(10.0)
    assert sink.finish(10.0)
    assert sink.has_room_again


def test_a_reader_that_left_is_told_at_once_for_small_writes(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    os.close(pipe[0])
    with pytest.raises(ReaderGoneError):
        sink.write(b"line\n")


def test_a_reader_that_left_while_the_thread_wrote_wakes_and_raises(pipe: tuple[int, int]) -> None:
    woken = threading.Event()
    sink = sink_on(pipe[1], woken)
    sink.write(b"x" * (4 * PIPE_HOLDS_AT_MOST))
    os.close(pipe[0])
    assert woken.wait(10.0)
    with pytest.raises(ReaderGoneError):
        sink.check()
    with pytest.raises(ReaderGoneError):
        sink.finish(1.0)


def test_a_regular_file_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as file:
        sink = sink_on(file.fileno())
        sink.write(b"z" * 3_000_000)
        assert sink.pending_bytes == 0
    assert path.stat().st_size == 3_000_000


def test_a_full_disk_is_an_output_error() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OutputError, match="No space left"):
            sink_on(fd).write(b"line\n")
    finally:
        os.close(fd)


def test_a_pipe_that_somebody_made_non_blocking_loses_nothing(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    sink = sink_on(pipe[1])
    sink.write(b"q" * (4 * PIPE_HOLDS_AT_MOST))
    assert len(read_all(pipe[0], 4 * PIPE_HOLDS_AT_MOST)) == 4 * PIPE_HOLDS_AT_MOST
    assert sink.finish(10.0)


def test_secrets_are_taken_out_of_the_data(pipe: tuple[int, int]) -> None:
    sink = StdoutSink(pipe[1], lambda data: data.replace(b"secret", b"***"), lambda: None)
    sink.write(b"a secret\n")
    assert os.read(pipe[0], 100) == b"a ***\n"
