"""What an output is: it opens, takes batches, closes. And what it writes to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from msgspec import Struct

from coinapi_idx_cli.errors import ReaderGoneError, UsageError
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.status import Status


class Sink(ABC):
    """Where the bytes go. Raises ReaderGoneError when nobody reads any more, OutputError for anything else."""

    pending_bytes = 0  # were not taken yet
    slow_one = "the reader of the output"  # who is to blame for them

    def open(self, head: bytes) -> None:
        """Called once, before the first connection is made. `head` goes to the top of what begins."""
        if head:
            self.write(head, 0)

    @abstractmethod
    def write(self, data: bytes, received_ns: int) -> None:
        """Whole lines, and when their values were received. Never waits for a slow reader."""

    def fileno(self) -> int | None:
        """For poll, where there is a reader who may go away or be slow."""
        return None

    def reader_gone(self) -> ReaderGoneError:
        """What it means when poll tells of an error or the other end's close."""
        return ReaderGoneError("the reader of the output ended")

    def flush(self) -> None:  # noqa: B027
        """Write of what is pending as much as is taken without waiting."""

    def finish(self, timeout_s: float) -> bool:  # noqa: ARG002
        """Wait until nothing is pending. False when time ran out first."""
        return True

    def unwritten(self) -> str:
        """What is lost when the run ends now, for people."""
        return f"{self.pending_bytes} bytes were not taken by the reader of the output"

    def reopen(self) -> None:  # noqa: B027
        """SIGHUP: a file that was moved away is let go."""

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest, by the monotonic clock."""
        return float("inf")

    def tick(self, now: float) -> None:  # noqa: B027
        """What is due."""

    def close(self) -> None:  # noqa: B027
        """Called once, at the end. What is pending is lost."""


def _nobody_hears(_text: str) -> None: ...


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
    warn: Callable[[str], None] = _nobody_hears  # tells people what they should know, on stderr or the table


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

    def head(self) -> bytes:
        """The line at the top of stdout, and of each file; nothing, if not overridden."""
        return b""

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:  # noqa: ARG002
        """What `write` made lines of, for --wait-lock; lines of somebody else are passed over.

        Called from another thread, too. Raises UsageError where lines do not tell enough.
        """
        raise UsageError(f"--wait-lock does not work with -f {self.name}", "use -f ndjson or -f csv")

    def check(self, batch: Batch) -> None:  # noqa: B027
        """Raises UsageError where the batch shows that what was asked for cannot be written: called before it is held
        back, so that it is told at once. What is written at once `write` may check."""

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Take the next values, in order. Called from the main thread; must not wait."""

    def close(self) -> None:  # noqa: B027
        """Called once, at the end, also after an error."""
