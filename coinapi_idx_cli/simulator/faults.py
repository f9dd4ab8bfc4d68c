"""What can be made to go wrong, and when."""

from __future__ import annotations

from dataclasses import dataclass

from coinapi_idx_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Faults:
    """All times in seconds; `None` is off. Raises `UsageError` for a time that makes no sense."""

    restart_every_s: float | None = None
    """Announce a restart to all connections, and close those same connections `within_s` later."""
    within_s: float = 10.0
    drop_every_s: float | None = None
    """Cut all connections, without a close frame."""
    freeze_after_s: float | None = None
    """A connection goes silent and deaf so long after it was made; its TCP connection stays."""
    error_text: str | None = None
    """Answer the hello with this error, then close."""
    delay_s: float = 0.0
    """Every message arrives this much later."""
    clock_ahead_s: float = 0.0
    """The server's clock, by which it dates values and HTTP answers, is ahead of ours; below zero it is behind."""

    def __post_init__(self) -> None:
        for name, period_s in (("restart_every_s", self.restart_every_s), ("drop_every_s", self.drop_every_s)):
            if period_s is not None and period_s <= 0:
                raise UsageError(f"{name} is {period_s:g}", "give a time above zero")
        for name, length_s in (("within_s", self.within_s), ("delay_s", self.delay_s)):
            if length_s < 0:
                raise UsageError(f"{name} is {length_s:g}", "give a time of zero or more")
