"""Work that can block for longer than we wait: the search for a name knows no time-out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


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
