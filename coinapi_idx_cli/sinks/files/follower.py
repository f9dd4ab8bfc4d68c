"""What another run writes, read in a thread while it writes, and handed on some values at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.sinks.files.growing_file import GrowingFile

LOOKS_EVERY_S = 0.25
VALUES_AT_ONCE = 1024  # some ms of work for who takes them
PORTIONS_WAITING = 64

ValuesOf = Callable[[list[bytes]], list[IndexValue]]


class _Order(Struct):
    paths: list[str]
    is_last: bool


class Follower:
    """Values come in the order in which they were written. `wake` is called whenever there is something to take.

    What goes wrong is handed on too, and what can be read behind it is read.
    """

    def __init__(self, values_of: ValuesOf, wake: Callable[[], None]) -> None:
        self._values_of = values_of
        self._wake = wake
        self._changed = threading.Condition()
        self._orders: deque[_Order] = deque()
        self._portions: deque[list[IndexValue] | Exception] = deque()
        self._has_read_all = False
        self._is_closed = False
        self._file: GrowingFile | None = None
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)
        self._thread.start()

    def go_on(self, paths: list[str], *, is_last: bool = False) -> None:
        """The other run writes to the last of these now, and may have written to those before it, one after the other.

        `is_last`: nobody writes any more, so that all there is can be read.
        """
        with self._changed:
            self._orders.append(_Order(paths, is_last))
            self._changed.notify_all()

    def next_portion(self) -> list[IndexValue] | Exception | None:
        """The next portion, or why one cannot be had. None: there is none yet."""
        with self._changed:
            portion = self._portions.popleft() if self._portions else None
            self._changed.notify_all()
        return portion

    @property
    def has_some(self) -> bool:
        return bool(self._portions)

    @property
    def is_done(self) -> bool:
        """All was read and taken."""
        with self._changed:
            return self._has_read_all and not self._portions

    def close(self) -> None:
        """The last file stays open until then: see `lock` for what closing one does to a lock of this process on it."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._file is not None and not self._thread.is_alive():
            self._file.close()

    def _run(self) -> None:
        try:
            while (order := self._next_order()) is not None:
                for path in order.paths:
                    self._go_to(path)
                self._read_on()
                if order.is_last:
                    self._has_read_all = True
                    self._wake()
                    return
        finally:
            if self._is_closed and self._file is not None:
                self._file.close()

    def _next_order(self) -> _Order | None:
        """None when it is closed. Without one for a while: to read on."""
        with self._changed:
            self._changed.wait_for(lambda: self._orders or self._is_closed, LOOKS_EVERY_S)
            if self._is_closed:
                return None
            return self._orders.popleft() if self._orders else _Order([], is_last=False)

    def _go_to(self, path: str) -> None:
        if self._file is not None:
            if self._file.is_at(path):
                return
            self._read_on()
        try:
            following = GrowingFile(path)
        except FileNotFoundError:
            return
        except OSError as error:
            self._put(error)
            return
        if self._file is not None:
            self._file.close()
        self._file = following

    def _read_on(self) -> None:
        if self._file is None or self._is_closed:
            return
        try:
            for lines in self._file.new_lines():
                self._put_values(lines)
        except Exception as error:  # noqa: BLE001 - whatever it is, no value may be lost to it
            self._put(error)

    def _put_values(self, lines: list[bytes]) -> None:
        try:
            values = self._values_of(lines)
        except Exception as error:  # noqa: BLE001 - as above
            self._put(error)
            return
        for begin in range(0, len(values), VALUES_AT_ONCE):
            self._put(values[begin : begin + VALUES_AT_ONCE])

    def _put(self, portion: list[IndexValue] | Exception) -> None:
        """Waits while there are enough."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._portions) < PORTIONS_WAITING or self._is_closed)
            self._portions.append(portion)
        with suppress(OSError):  # the loop is gone
            self._wake()
