"""What a sink is: where the bytes of a format go."""

from __future__ import annotations

import select
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from coinapi_idx_cli.errors import ReaderGoneError
from coinapi_idx_cli.journal import Journal, SilentJournal
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.wording import plural


def _wakes_nobody() -> None: ...


class SinkContext(Struct, frozen=True):
    """What a sink may know of the run."""

    journal: Journal = SilentJournal()
    wake: Callable[[], None] = _wakes_nobody  # ends the main loop's wait, from any thread: `tick` is due
    is_text: bool = False  # the format's bytes are text: a terminal shows their control characters
    settings: Mapping[str, Any] = {}
    fsync_s: float | None = None  # --fsync
    needs_locks: bool = False  # --wait-lock
    status: Status | None = None  # what is shown of the run


class Sink(ABC):
    """A destination of bytes. Called from the main thread only; nothing here may wait for anything.

    Raises ReaderGoneError when nobody reads any more, OutputError for everything else that ends the run. Work that
    blocks belongs into a thread of the sink, with a queue: what the queue holds counts as `pending_bytes`, and when
    they are too many the feed is held back.
    """

    pending_bytes: int = 0  # were not taken yet
    nap_s: float = 0.0  # so long values may wait, to be written together: each write costs more than most values
    slow_one: str = "the reader of the output"  # who is to blame for them: the subject of a sentence

    @abstractmethod
    def open(self, head: bytes) -> None:
        """Called once, before the first connection is made: lock and check, so that an error shows at once.

        `head` goes before the first bytes of whatever begins: a stream, a file.
        """

    @abstractmethod
    def write(self, batch: Batch, data: bytes) -> None:
        """Take `data`, which are whole lines and never empty: what the format made of `batch`."""

    def note_gap(self, gap: Mapping[str, object]) -> None:  # noqa: B027
        """Something is missing before what comes next: `from`, `to`, `seconds` and what else is known of it."""

    def note_loss(self) -> None:  # noqa: B027
        """The feed is interrupted: what it brings next does not follow what it brought last."""

    def fileno(self) -> int | None:
        """A file descriptor to be polled; None if there is none at the moment."""
        return None

    def wants(self) -> int:
        """What to poll for: `select.POLLIN`, `select.POLLOUT`, both or 0. Errors and hang-ups are always reported."""
        return select.POLLOUT if self.pending_bytes else 0

    def ready(self, events: int) -> None:  # noqa: ARG002
        """Poll returned these events for `fileno()`."""
        raise ReaderGoneError("the reader of the output ended")

    def catch_up(self, timeout_s: float) -> None:
        """Wait until less is pending, for `timeout_s` at most: a moment, when much is."""
        self.finish(timeout_s)

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest, in seconds of the monotonic clock."""
        return float("inf")

    def tick(self, now: float) -> None:  # noqa: B027
        """Do what is due."""

    def reopen(self) -> None:  # noqa: B027
        """SIGHUP: let go of a file that was moved away."""

    def finish(self, timeout_s: float) -> bool:  # noqa: ARG002
        """Wait until nothing is pending, for `timeout_s` seconds at most. False if something still is."""
        return True

    def unwritten(self) -> str:
        """What is lost if the run ends now, for people."""
        return f"{self.slow_one} did not take {plural(self.pending_bytes, 'byte')}"

    def close(self) -> None:  # noqa: B027
        """Called once, at the end, also after an error. What is pending is lost."""
