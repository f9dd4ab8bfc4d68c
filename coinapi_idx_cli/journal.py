"""What the session tells about itself; the command line decides who hears it."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class Level(IntEnum):
    """How much it matters to somebody at a terminal."""

    DEBUG = 1
    INFO = 2
    WARNING = 3


class Journal(Protocol):
    """Who hears what happens: stderr, the event log, the table. Secrets are taken out on the way."""

    def record(self, event: str, level: Level, line: str, /, **fields: object) -> None:
        """One event of the session: its name as in the event log, a line for people, and what belongs to it."""

    def warning(self, text: str) -> None:
        """What somebody should know now, and is not an event, or not yet."""

    def say(self, text: str) -> None:
        """A line that was asked for, such as the statistics."""


class SilentJournal(Journal):
    """Nobody hears anything."""

    def record(self, event: str, level: Level, line: str, /, **fields: object) -> None: ...

    def warning(self, text: str) -> None: ...

    def say(self, text: str) -> None: ...
