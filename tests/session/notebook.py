"""A journal and an output that keep what they are given."""

from __future__ import annotations

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch


class Notebook(Journal):
    """Keeps events and warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.events: list[dict[str, object]] = []

    def record(self, event: str, level: Level, line: str, /, **fields: object) -> None:
        self.events.append({"event": event, **fields})

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def say(self, text: str) -> None:
        raise AssertionError(text)

    def of(self, event: str) -> list[dict[str, object]]:
        return [each for each in self.events if each["event"] == event]


class Written(Output):
    """Keeps the texts of the values."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []

    def open(self) -> None: ...

    def write(self, batch: Batch) -> None:
        self.texts += batch.texts

    def close(self) -> None: ...
