"""The one wait of the main thread: sockets, the wake-up, and the sinks that have something to be polled for."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

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


class PollSet:
    """What one `select.poll` waits for, kept as long as nothing of it changes."""

    def __init__(self, connections: list[P], sinks: tuple[Sink, ...], wakeup: Wakeup) -> None:
        self._connections = connections
        self._unsent = [connection.has_unsent for connection in connections]
        self._wanted = [(sink.fileno(), sink.wants()) for sink in sinks]
        self.by_fd: dict[int, Any] = {connection.fileno(): connection for connection in connections}
        self.sinks_by_fd = {fd: sink for sink in sinks if (fd := sink.fileno()) is not None}
        poll = select.poll()
        for fd, connection in self.by_fd.items():
            poll.register(fd, select.POLLIN | (select.POLLOUT if connection.has_unsent else 0))
        poll.register(wakeup.fileno(), select.POLLIN)
        for wanted_fd, mask in self._wanted:  # one that wants nothing is polled, too: for a reader that goes away
            if wanted_fd is not None:
                poll.register(wanted_fd, mask)
        self.poll = poll.poll

    def is_of(self, connections: list[P], sinks: tuple[Sink, ...]) -> bool:
        """Whether it waits for these, and for what they want by now."""
        if connections != self._connections:
            return False
        for connection, was_unsent in zip(connections, self._unsent, strict=True):
            if connection.has_unsent is not was_unsent:
                return False
        for sink, (fd, mask) in zip(sinks, self._wanted, strict=True):
            if sink.fileno() != fd or sink.wants() != mask:
                return False
        return True


class Poller:
    """Waits for everything that the main thread waits for, in one poll."""

    def __init__(self, wakeup: Wakeup, sinks: tuple[Sink, ...]) -> None:
        self._wakeup = wakeup
        self._sinks = sinks
        self._with_connections: PollSet | None = None
        self._without: PollSet | None = None  # while values gather

    def wait(self, connections: Iterable[P], timeout_s: float) -> list[P]:
        """Wait for anything, `timeout_s` at most. Returns those of `connections` that have something to read, and lets
        sinks write what is taken. Raises ReaderGoneError, and OutputError."""
        for sink in self._sinks:
            if sink.pending_bytes > PENDING_AT_EASE_BYTES and sink.fileno() is not None:
                sink.catch_up(MOMENT_S)
        connections = list(connections)
        polled = self._poll_set(connections)
        ready = [connection for connection in connections if connection.has_pending]
        for fd, event in polled.poll(0 if ready else poll_milliseconds(timeout_s)):
            if (connection := polled.by_fd.get(fd)) is not None:
                self._serve(connection, event, ready)
            elif fd == self._wakeup.fileno():
                self._wakeup.clear()
            else:
                polled.sinks_by_fd[fd].ready(event)
        if len(ready) > 1:  # the older one first: it is the one to match
            ready = sorted(set(ready), key=lambda connection: connection.number)
        return ready

    def _serve(self, connection: P, event: int, ready: list[P]) -> None:
        if event & select.POLLOUT:
            connection.flush()
        if event & ~select.POLLOUT:
            ready.append(connection)

    def _poll_set(self, connections: list[P]) -> PollSet:
        polled = self._with_connections if connections else self._without
        if polled is None or not polled.is_of(connections, self._sinks):
            polled = PollSet(connections, self._sinks, self._wakeup)
            if connections:
                self._with_connections = polled
            else:
                self._without = polled
        return polled
