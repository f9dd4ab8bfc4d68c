"""From decoded messages to the output, whichever connection they came on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import Decoded

NEVER_S = float("inf")


class Pipeline(ABC):
    """Decides which connection's values are written; nobody else does.

    Connections are known by their numbers, `now` is seconds of the monotonic clock.
    """

    is_live = False  # a connection is open whose values are written
    overlaps = False  # and another one beside it, which is to take over

    @abstractmethod
    def is_leading(self, number: int) -> bool:
        """Whether that connection is the one that speaks for the feed: its heartbeats and its nonsense are counted."""

    @abstractmethod
    def opening(self, number: int, *, is_second: bool) -> None:
        """That connection is being opened; `is_second`: to take over from the one that leads."""

    @abstractmethod
    def opened(self, number: int, now: float) -> None:
        """It is open."""

    @abstractmethod
    def receive(self, number: int, decoded: Decoded, now: float) -> int | None:
        """What it brought. Returns a connection that has to be ended, as there is no room to compare it any longer."""

    def pass_on(self, number: int, batch: Batch, now: float) -> bool:  # noqa: ARG002
        """Write values, one at least, beside which that connection brought nothing, if nothing has to be decided.

        False, and nothing is done, where something has to be: then they go to `receive`, or it is due after them.
        """
        return False

    @abstractmethod
    def ended(self, number: int, why: str, now: float) -> None:
        """It is gone, or could not be opened; `why` in words, without a secret."""

    @abstractmethod
    def promoted(self, number: int, now: float, *, seamless: bool) -> None:
        """It takes the place of the one that ended; `seamless` if it was open by then."""

    @abstractmethod
    def lost(self) -> None:
        """No connection is left."""

    @abstractmethod
    def end(self, now: float) -> None:
        """The run ends: write what was received and not written yet, and report a gap that no value has closed."""

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        return NEVER_S

    def tick(self, now: float) -> None:  # noqa: B027 - most have nothing to decide
        """Decide what is due."""
