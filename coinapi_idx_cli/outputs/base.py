"""What the session writes to: an output takes batches, says what to poll for and when it is due."""

from __future__ import annotations

from abc import ABC, abstractmethod

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.sinks.base import Sink

RECEIPT_NAP_S = 0.001  # the longest for values whose time of receipt somebody sees


class Output(ABC):
    """One of the things that a run writes to. Called from the main thread only; nothing here waits, except `finish`."""

    nap_s: float = 0.0  # so long values may wait, to be read together at half the cost
    sinks: tuple[Sink, ...] = ()  # to be polled
    shows_warnings: bool = False  # once open, it shows `Status.last_warning`: stderr need not

    @property
    def pending_bytes(self) -> int:
        """Bytes that were not taken yet; when they are too many the feed is held back."""
        return 0

    @property
    def slow_one(self) -> str:
        """Who is to blame for them: the subject of a sentence."""
        return Sink.slow_one

    @abstractmethod
    def open(self) -> None:
        """Called once, before the first connection is made."""

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Take the next values, in order."""

    def note_loss(self) -> None:
        """The feed is interrupted: what it brings next does not follow what it brought last."""
        for sink in self.sinks:
            sink.note_loss()

    def reopen(self) -> None:  # noqa: B027
        """SIGHUP: let go of a file that was moved away."""

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest, in seconds of the monotonic clock."""
        return float("inf")

    def tick(self, now: float) -> None:  # noqa: B027
        """Do what is due."""

    def finish(self, timeout_s: float) -> bool:  # noqa: ARG002
        """Wait until nothing is pending, for `timeout_s` seconds at most. False if something still is."""
        return True

    def unwritten(self) -> str:
        """What is lost if the run ends now, for people."""
        return ""

    @abstractmethod
    def close(self) -> None:
        """Called once, at the end, also after an error."""


class View(Output):
    """An output that shows values to somebody instead of encoding them."""
