"""When a machine notes in its spool how far it is, and how it begins with what a run before left there."""

from __future__ import annotations

import time
from collections import deque

from coinapi_idx_cli.protocol.align import KEPT_S
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Mode
from coinapi_idx_cli.protocol.machine_note import note_of, resume
from coinapi_idx_cli.sinks.engine.spool import Spool

NOTE_EVERY_S = 5.0


class SpoolMemory:
    """Of one machine. `note` is for a writer: before each message and after it; who stands by notes now and then."""

    def __init__(self, spool: Spool, machine: CaptureMachine, now: float) -> None:
        self._spool = spool
        self._machine = machine
        self._due_s = now + NOTE_EVERY_S
        self._known: deque[tuple[float, int]] = deque()
        if spool.note is not None:
            resume(machine, spool.note)
        if spool.note is not None or spool.values:
            machine.lose_feed("not_running", time.time_ns(), now)

    def next_due_s(self) -> float:
        return self._due_s

    def tick(self, now: float) -> None:
        if now < self._due_s:
            return
        self._due_s = now + NOTE_EVERY_S
        if self._machine.mode is Mode.STANDBY:
            self._known.append((now, self._machine.known))
            while len(self._known) > 1 and self._known[1][0] < now - 2 * KEPT_S:
                self._known.popleft()
            self.note()
        elif self._machine.mode is Mode.WRITING:
            self._known.clear()

    def note(self) -> None:
        known_before = self._known[0][1] if self._known else 0
        if (note := note_of(self._machine, known_before)) is not None:
            self._spool.keep(note)
