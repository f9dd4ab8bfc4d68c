"""The one wait of the main thread: sockets, the wake-up, stdout."""

from __future__ import annotations

import select
from collections.abc import Iterable

from coinapi_idx_cli.formats.base import Sink
from coinapi_idx_cli.net.deadline import poll_milliseconds
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.connection import Connection

# A reader that keeps up needs a moment to be woken and to empty the pipe; one that does not costs no more than it.
PENDING_AT_EASE_BYTES = 256 * 1024
MOMENT_S = 0.002


class Waiting:
    def __init__(self, wakeup: Wakeup, sink: Sink) -> None:
        self._wakeup = wakeup
        self._sink = sink
        self._poll = select.poll()
        self._polled: dict[int, int] = {}

    def wait(self, links: Iterable[Connection], timeout_s: float) -> list[Connection]:
        """Wait for anything, `timeout_s` at most. Returns those of `links` that have something to read, and writes what
        stdout takes. Raises ReaderGoneError, and OutputError."""
        if self._sink.fileno() is not None and self._sink.pending_bytes > PENDING_AT_EASE_BYTES:
            self._sink.finish(MOMENT_S)
        by_fd = {link.fileno(): link for link in links}
        self._poll_for(by_fd.values())
        ready = [link for link in by_fd.values() if link.has_pending]
        events = self._poll.poll(0 if ready else poll_milliseconds(timeout_s))
        for fd, event in events:
            if fd in by_fd:
                self._serve(by_fd[fd], event, ready)
            elif fd == self._wakeup.fileno():
                self._wakeup.clear()
            elif event & select.POLLOUT:
                self._sink.flush()
            else:
                raise self._sink.reader_gone()
        if len(ready) > 1:  # the older one first: it is the one to match
            ready = sorted(set(ready), key=lambda link: link.number)
        return ready

    def _serve(self, link: Connection, event: int, ready: list[Connection]) -> None:
        if event & select.POLLOUT:
            link.flush()
        if event & ~select.POLLOUT:
            ready.append(link)

    def _poll_for(self, links: Iterable[Connection]) -> None:
        wanted = {link.fileno(): select.POLLIN | (select.POLLOUT if link.has_unsent else 0) for link in links}
        wanted[self._wakeup.fileno()] = select.POLLIN
        # Without any event it tells of a reader that went away.
        if (fd := self._sink.fileno()) is not None:
            wanted[fd] = select.POLLOUT if self._sink.pending_bytes else 0
        if wanted != self._polled:
            self._poll = select.poll()
            for fd, mask in wanted.items():
                self._poll.register(fd, mask)
            self._polled = wanted
