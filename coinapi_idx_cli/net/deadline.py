"""Limits in time: for several steps that block, for work that knows no time-out, and for the wait of a poll."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT_S = 86_400.0  # poll counts milliseconds in 31 bits; who waits for longer looks again in between


def poll_milliseconds(seconds: float) -> float:
    """For `select.poll`, which counts in whole ones: never less than `seconds`, but for the longest wait."""
    return max(0.0, min(seconds, LONGEST_WAIT_S)) * 1000 + 1


class Deadline:
    """A moment by which something has to be done.

    `seconds` from now on, by the monotonic clock.
    """

    def __init__(self, seconds: float) -> None:
        self._until_s = time.monotonic() + seconds

    def left_s(self) -> float:
        """More than nothing. Raises TimeoutError when it is over."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def limit(self, sock: socket.socket) -> None:
        """The next call of `sock` takes no longer than what is left. Raises TimeoutError when nothing is."""
        sock.settimeout(self.left_s())


def bounded(work: Callable[[], T], seconds: float) -> T:
    """What it returns or raises; TimeoutError when it takes longer, and then it is left alone."""
    (outcome,) = bounded_all([work], seconds)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def bounded_all(works: Sequence[Callable[[], T]], seconds: float) -> list[T | BaseException]:
    """What each returned or raised, all at the same time; TimeoutError for those that take longer."""
    outcomes: SimpleQueue[tuple[int, T | BaseException]] = SimpleQueue()

    def run(number: int) -> None:
        try:
            outcomes.put((number, works[number]()))
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            outcomes.put((number, error))

    for number in range(len(works)):
        threading.Thread(target=run, args=(number,), daemon=True).start()
    until_s = time.monotonic() + seconds
    done: dict[int, T | BaseException] = {}
    try:
        while len(done) < len(works):
            number, outcome = outcomes.get(timeout=max(0.0, until_s - time.monotonic()))
            done[number] = outcome
    except Empty:
        pass
    return [done.get(number, TimeoutError()) for number in range(len(works))]
