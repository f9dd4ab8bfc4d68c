"""stdout under real pipes: readers that are fast, stalled, slow and gone."""

from __future__ import annotations

import os
import pty
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError, ReaderGoneError
from coinapi_idx_cli.sinks.stream import StreamSink
from tests.harness import GENEROUS_S

PIPE_HOLDS_AT_MOST = 1 << 20


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        with suppress(OSError):
            os.close(fd)


def sink_on(fd: int) -> StreamSink:
    return StreamSink(fd)


def refuse(*_arguments: object) -> int:
    raise PermissionError


def close(sink: StreamSink, fd: int) -> None:
    """As the process's end does: then the reader sees the end too."""
    sink.close()
    os.close(fd)


@contextmanager
def reading_all(fd: int) -> Iterator[list[bytes]]:
    """Somebody who reads to the end, meanwhile; the list holds all of it after the block."""
    received: list[bytes] = []

    def read() -> None:
        while data := os.read(fd, 1 << 16):
            received.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    yield received
    reader.join(GENEROUS_S)
    assert not reader.is_alive()


def read_all(fd: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(fd, 1 << 16)
    return data


def test_small_writes_are_in_the_pipe_when_write_returns(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    sink.put(b"line\n")
    assert sink.pending_bytes == 0
    os.set_blocking(pipe[0], False)
    assert os.read(pipe[0], 100) == b"line\n"


@pytest.mark.parametrize("opens_again", [True, False])
def test_a_stalled_reader_never_holds_up_the_writer_and_loses_nothing(
    pipe: tuple[int, int], opens_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not opens_again:  # as where /proc is not there, or the pipe is another user's
        monkeypatch.setattr("os.open", refuse)
    sink = sink_on(pipe[1])
    lines = [b"%07d\n" % number * 500 for number in range(1000)]
    for line in lines:
        sink.put(line)
    assert sink.pending_bytes > len(b"".join(lines)) - PIPE_HOLDS_AT_MOST
    assert os.get_blocking(pipe[1])  # who shares it with us expects it so
    with reading_all(pipe[0]) as received:
        assert sink.finish(GENEROUS_S)
        close(sink, pipe[1])
    assert b"".join(received) == b"".join(lines)


def test_a_reader_that_left_is_told_at_once(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    os.close(pipe[0])
    with pytest.raises(ReaderGoneError):
        sink.put(b"line\n")


def test_a_reader_that_leaves_with_much_to_write_is_told_when_it_is_tried(pipe: tuple[int, int]) -> None:
    sink = sink_on(pipe[1])
    sink.put(b"x" * (4 * PIPE_HOLDS_AT_MOST))
    os.close(pipe[0])
    with pytest.raises(ReaderGoneError):
        sink.flush()
    with pytest.raises(ReaderGoneError):
        sink.finish(1.0)


@pytest.mark.parametrize("kind", ["socket", "terminal"])
def test_a_stalled_socket_or_terminal_does_not_hold_up_the_writer_either(kind: str) -> None:
    theirs, ours = pty.openpty() if kind == "terminal" else [end.detach() for end in socket.socketpair()]
    if kind == "terminal":
        tty.setraw(ours)
    sink = sink_on(ours)
    data = b"0123456789abcdef" * 100_000
    sink.put(data)
    assert sink.pending_bytes > 0
    received = bytearray()
    while len(received) < len(data):
        received += os.read(theirs, 1 << 16)
        sink.flush()
    assert received == data
    assert sink.pending_bytes == 0
    os.close(theirs)
    close(sink, ours)


def test_a_regular_file_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as file:
        sink = sink_on(file.fileno())
        sink.put(b"z" * 3_000_000)
        assert sink.pending_bytes == 0
    assert path.stat().st_size == 3_000_000


def test_a_full_disk_is_an_output_error() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OutputError, match="No space left"):
            sink_on(fd).put(b"line\n")
    finally:
        os.close(fd)


def test_a_pipe_that_somebody_made_non_blocking_loses_nothing(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    sink = sink_on(pipe[1])
    sink.put(b"q" * (4 * PIPE_HOLDS_AT_MOST))
    with reading_all(pipe[0]) as received:
        assert sink.finish(GENEROUS_S)
        close(sink, pipe[1])
    assert len(b"".join(received)) == 4 * PIPE_HOLDS_AT_MOST
