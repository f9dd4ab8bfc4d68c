"""One poll for all: what it waits for follows what is there and what that wants."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from coinapi_idx_cli.errors import ReaderGoneError
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.session.poller import Poller
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.sinks.stream import StreamSink

SOON_S = 20.0


class Line:
    """One end of a connection; `flushed` counts how often it was told that there is room."""

    has_pending = False
    has_unsent = False

    def __init__(self, number: int) -> None:
        self.number = number
        self.ours, self.theirs = socket.socketpair()
        self.flushed = 0

    def fileno(self) -> int:
        return self.ours.fileno()

    def flush(self) -> None:
        self.flushed += 1
        self.has_unsent = False

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@contextmanager
def lines(count: int) -> Iterator[list[Line]]:
    made = [Line(number) for number in range(1, count + 1)]
    try:
        yield made
    finally:
        for line in made:
            line.close()


def test_what_is_left_out_waits_and_is_there_afterwards() -> None:
    with closing(Wakeup()) as wakeup, lines(2) as (first, second):
        poller = Poller(wakeup, ())
        first.theirs.send(b"1")
        second.theirs.send(b"2")
        for _ in range(2):
            assert poller.wait([], 0.0) == []
            assert poller.wait([second, first], SOON_S) == [first, second]
            assert poller.wait([second], SOON_S) == [second]


def test_a_new_connection_under_the_number_of_one_that_is_gone() -> None:
    with closing(Wakeup()) as wakeup:
        poller = Poller(wakeup, ())
        gone = Line(1)
        gone.theirs.send(b"1")
        assert poller.wait([gone], SOON_S) == [gone]
        number = gone.fileno()
        gone.close()
        with lines(3) as new:
            line = next(line for line in new if line.fileno() == number)
            assert poller.wait([line], 0.0) == []
            line.theirs.send(b"2")
            assert poller.wait([line], SOON_S) == [line]


def test_what_was_not_sent_goes_out_when_there_is_room() -> None:
    with closing(Wakeup()) as wakeup, lines(1) as (line,):
        poller = Poller(wakeup, ())
        assert poller.wait([line], 0.0) == []
        line.has_unsent = True
        assert poller.wait([line], SOON_S) == []
        assert line.flushed == 1
        assert poller.wait([line], 0.0) == []
        assert line.flushed == 1


def test_what_is_decrypted_already_is_ready_at_once() -> None:
    with closing(Wakeup()) as wakeup, lines(1) as (line,):
        line.has_pending = True
        assert Poller(wakeup, ()).wait([line], SOON_S) == [line]


def test_a_wake_up_ends_the_wait_while_values_gather() -> None:
    with closing(Wakeup()) as wakeup, lines(1) as (line,):
        poller = Poller(wakeup, ())
        wakeup.wake()
        assert poller.wait([], SOON_S) == []
        wakeup.wake()
        assert poller.wait([line], SOON_S) == []


@pytest.mark.parametrize("gathers", [True, False])
def test_a_sink_is_polled_for_room_only_while_it_wants_some(gathers: bool) -> None:
    read, write = os.pipe()
    with closing(Wakeup()) as wakeup, lines(1) as (line,):
        connections = [] if gathers else [line]
        sink = StreamSink(write)
        poller = Poller(wakeup, (sink,))
        assert sink.wants() == 0
        assert poller.wait(connections, 0.0) == []
        data = b"x" * 200_000  # more than a pipe takes
        sink.write(Batch(0), data)
        assert sink.wants() == select.POLLOUT
        got = b""
        while len(got) < len(data):
            got += os.read(read, 65536)
            poller.wait(connections, SOON_S if sink.pending_bytes else 0.0)
        assert got == data
        assert sink.pending_bytes == 0
        os.close(read)
        with pytest.raises(ReaderGoneError):
            poller.wait(connections, SOON_S)
        sink.close()
    os.close(write)
