"""The connections there are: opened in threads, handed to the main thread through a queue and a wake-up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Thread

from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target


def _start_in_thread(number: int, attempt: Callable[[], None]) -> None:
    Thread(target=attempt, name=f"connect-{number}", daemon=True).start()


class Connections:
    """Opens connections, and knows those that are open or being opened.

    `renewed`: the target with the key as its file holds it by now. It blocks, and raises CredentialsError. `make` and
    `start` are for tests: another kind of connection, and what runs the attempt to open one.
    """

    def __init__(
        self,
        target: Target,
        wakeup: Wakeup,
        renewed: Callable[[], Target] | None = None,
        *,
        make: Callable[[int, Target], Connection] = Connection,
        start: Callable[[int, Callable[[], None]], None] = _start_in_thread,
    ) -> None:
        self._target = target
        self._renewed = renewed
        self._was_refused = False
        self.redactor = target.redactor
        self._wakeup = wakeup
        self._make = make
        self._start = start
        self._wanted: dict[int, Connection] = {}
        self._open_since_s: dict[int, float] = {}
        self._open_ones: list[Connection] | None = None
        self._done: deque[tuple[Connection, IdxstreamError | None]] = deque()

    def open(self, number: int, *, beside: Iterable[int] = ()) -> None:
        """Begin to connect; `finished` tells how it went. The addresses of those `beside` it are tried last."""
        connection = self._wanted[number] = self._make(number, self._target)
        connection.avoids = {self._wanted[each].peer for each in beside if each in self._open_since_s}
        self._start(number, lambda: self._attempt(connection))

    @property
    def has_finished(self) -> bool:
        """Whether `finished` has something to return."""
        return bool(self._done)

    def finished(self, now: float) -> list[tuple[int, IdxstreamError | None]]:
        """The attempts that ended since the last call; without an error the connection is open."""
        return list(self._finished(now)) if self._done else []

    def _finished(self, now: float) -> Iterator[tuple[int, IdxstreamError | None]]:
        while self._done:
            connection, error = self._done.popleft()
            if self._wanted.get(connection.number) is not connection:
                connection.drop()  # given up before it was ready
                continue
            if error is None:
                self._open_since_s[connection.number] = now
                self._open_ones = None
            yield connection.number, error

    def open_ones(self) -> list[Connection]:
        """Those that are open, the oldest one first. The same list until they are others."""
        if self._open_ones is None:
            self._open_ones = [self._wanted[number] for number in self._open_since_s]
        return self._open_ones

    def is_open(self, number: int) -> bool:
        return number in self._open_since_s

    def is_only_one(self, number: int) -> bool:
        """Whether that connection's server said that it grants no second one."""
        return self._wanted[number].is_only_one

    def remove(self, number: int, now: float) -> tuple[Connection | None, float | None]:
        """The connection, which is not one of ours any more, and for how many seconds it was open."""
        since_s = self._open_since_s.pop(number, None)
        self._open_ones = None
        return self._wanted.pop(number, None), None if since_s is None else now - since_s

    def drop_all(self) -> None:
        for connection in self._wanted.values():
            connection.drop()

    def note(self, error: IdxstreamError) -> None:
        """Why a connection ended, or an attempt at one: after a refusal the key may have been changed."""
        self._was_refused = error.is_refusal

    def _renew(self, connection: Connection) -> None:
        if self._was_refused and self._renewed is not None:
            connection.target = self._target = self._renewed()
            self.redactor = self._target.redactor

    def _attempt(self, connection: Connection) -> None:
        error: IdxstreamError | None = None
        try:
            self._renew(connection)
            connection.open()
        except IdxstreamError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 - a thread has nobody to raise to: the main thread does it
            error = IdxstreamError(f"{type(failure).__name__} while connecting: {failure}")
            error.__cause__ = failure
        self._done.append((connection, error))
        self._wakeup.wake()
