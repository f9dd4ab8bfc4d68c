"""The one wait of the main thread: sockets, the wake-up, and the sinks that have something to be polled for."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from coinapi_idx_cli.net.deadline import poll_milliseconds
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.transport.connection import Connection

# A reader that keeps up needs a moment to be woken and to empty the pipe; one that does not costs no more than it.
PENDING_AT_EASE_BYTES = 256 * 1024
MOMENT_S = 0.002


# Waits for the connections, and for so many seconds at most; returns those that have something to read.
Wait = Callable[[Iterable[Connection], float], list[Connection]]


class Polled(Protocol):
    """What can be polled: a connection of the feed, or a stream in its place."""

    @property
    def number(self) -> int:
        """The older one has the smaller number."""

    @property
    def has_pending(self) -> bool:
        """Whether something was read already and not taken yet."""

    @property
    def has_unsent(self) -> bool:
        """Whether something waits for room."""

    def fileno(self) -> int:
        """A file descriptor."""

    def flush(self) -> None:
        """There is room."""


P = TypeVar("P", bound=Polled)


class Poller:
    """Waits for everything that the main thread waits for, in one poll."""

    def __init__(self, wakeup: Wakeup, sinks: tuple[Sink, ...]) -> None:
        self._wakeup = wakeup
        self._sinks = sinks
        self._poll = select.poll()
        self._polled: dict[int, int] = {}
        self._sinks_by_fd: dict[int, Sink] = {}

    def wait(self, connections: Iterable[P], timeout_s: float) -> list[P]:
        """Wait for anything, `timeout_s` at most. Returns those of `connections` that have something to read, and lets
        sinks write what is taken. Raises ReaderGoneError, and OutputError."""
        for sink in self._sinks:
            if sink.pending_bytes > PENDING_AT_EASE_BYTES and sink.fileno() is not None:
                sink.catch_up(MOMENT_S)
        by_fd = {connection.fileno(): connection for connection in connections}
        self._poll_for(by_fd.values())
        ready = [connection for connection in by_fd.values() if connection.has_pending]
        events = self._poll.poll(0 if ready else poll_milliseconds(timeout_s))
        for fd, event in events:
            if fd in by_fd:
                self._serve(by_fd[fd], event, ready)
            elif fd == self._wakeup.fileno():
                self._wakeup.clear()
            else:
                self._sinks_by_fd[fd].ready(event)
        if len(ready) > 1:  # the older one first: it is the one to match
            ready = sorted(set(ready), key=lambda connection: connection.number)
        return ready

    def _serve(self, connection: P, event: int, ready: list[P]) -> None:
        if event & select.POLLOUT:
            connection.flush()
        if event & ~select.POLLOUT:
            ready.append(connection)

    def _poll_for(self, connections: Iterable[Polled]) -> None:
        wanted = {
            connection.fileno(): select.POLLIN | (select.POLLOUT if connection.has_unsent else 0)
            for connection in connections
        }
        wanted[self._wakeup.fileno()] = select.POLLIN
        for sink in self._sinks:  # one that wants nothing is polled, too: for a reader that goes away
            if (fd := sink.fileno()) is not None:
                wanted[fd] = sink.wants()
        if wanted != self._polled:
            self._poll = select.poll()
            for fd, mask in wanted.items():
                self._poll.register(fd, mask)
            self._polled = wanted
            self._sinks_by_fd = {fd: sink for sink in self._sinks if (fd := sink.fileno()) is not None}
