"""What an output is: it opens, takes batches, closes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Protocol

from msgspec import Struct

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.status import Status


class Sink(Protocol):
    """Where the bytes go. `write` never waits for a slow reader."""

    def write(self, data: bytes) -> None: ...


class OutputContext(Struct, frozen=True):
    """All that an output may know of the run."""

    sink: Sink
    status: Status  # live: read it when painting, never change it
    index_ids: tuple[str, ...]  # as asked for; empty with --all
    fields: tuple[str, ...] | None  # --fields; None: the format's own default
    header: bool  # csv: write a header line
    include: frozenset[str]  # kinds of notes to write
    clean: Callable[[str], str]  # takes secrets and control characters out of text that does not go through the sink
    sort: str = "asked"  # table: the order of rows


class Output(ABC):
    """One format. `name` is what `-f` takes; `summary` is its line in the help."""

    name: ClassVar[str]
    summary: ClassVar[str]
    nap_s: ClassVar[float] = 0.0  # so long values may wait, to be read together at half the cost
    shows_warnings = False  # once open, it shows `status.last_warning`: stderr need not

    def __init__(self, context: OutputContext) -> None:
        self.context = context

    def open(self) -> None:  # noqa: B027
        """Called once, before the first connection is made."""

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Take the next values, in order. Called from the main thread; must not wait."""

    def close(self) -> None:  # noqa: B027
        """Called once, at the end, also after an error."""
