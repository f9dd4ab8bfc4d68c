"""Drives what belongs to our loop without one: polls, and calls what is due."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from tests.harness import GENEROUS_S


class Driven(Protocol):
    def next_due_s(self) -> float: ...
    def tick(self, now: float) -> None: ...
    def ready(self, events: int, now: float) -> None: ...


def drive(
    parts: Sequence[tuple[Driven, Callable[[], int | None], Callable[[], int]]], until: Callable[[], bool]
) -> None:
    """Each part: itself, its file descriptor, and what it wants to be polled for."""
    end_s = time.monotonic() + GENEROUS_S
    while not until():
        assert time.monotonic() < end_s, "it did not come about"
        poll = select.poll()
        by_fd = {}
        for part, fileno, wants in parts:
            if (fd := fileno()) is not None:
                poll.register(fd, wants())
                by_fd[fd] = part
        due_s = min((part.next_due_s() for part, _, _ in parts), default=0.0)
        for fd, events in poll.poll(max(0.0, min(0.02, due_s - time.monotonic())) * 1000 + 1):
            by_fd[fd].ready(events, time.monotonic())
        for part, _, _ in parts:
            now = time.monotonic()
            if now >= part.next_due_s():
                part.tick(now)
