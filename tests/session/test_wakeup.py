"""The main thread's wake-up, which outlives nobody who wants to use it."""

from __future__ import annotations

import os
import threading

import pytest

from coinapi_idx_cli.session.wakeup import Wakeup
from tests.harness import GENEROUS_S


def test_a_thread_that_wakes_it_while_it_is_closed_finds_no_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the end of a run: the connection is open, and who connected says so."""
    wakeup, write, errors = Wakeup(), os.write, list[OSError]()
    is_writing, may_write = threading.Event(), threading.Event()

    def slow_write(fd: int, data: bytes) -> int:
        is_writing.set()
        may_write.wait(GENEROUS_S)
        return write(fd, data)

    def wake() -> None:
        try:
            wakeup.wake()
        except OSError as error:
            errors.append(error)

    monkeypatch.setattr(os, "write", slow_write)
    waking, closing = threading.Thread(target=wake), threading.Thread(target=wakeup.close)
    waking.start()
    assert is_writing.wait(GENEROUS_S)
    closing.start()
    closing.join(0.05)  # as far as it gets
    may_write.set()
    waking.join(GENEROUS_S)
    closing.join(GENEROUS_S)
    assert errors == []
    wakeup.wake()  # afterwards nobody minds
