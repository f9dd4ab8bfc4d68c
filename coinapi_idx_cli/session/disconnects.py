"""How the end of a connection is reported: how much it matters, and what comes next."""

from __future__ import annotations

from coinapi_idx_cli.errors import ConnectionLostError, CreditsUsedUpError, IdxstreamError
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.protocol.actions import Action, Fail, Promote, Retry
from coinapi_idx_cli.protocol.status import Status

AT_ONCE_S = 0.05


class Disconnects:
    """Reports the end of each connection in the journal."""

    def __init__(self, status: Status, journal: Journal) -> None:
        self._status = status
        self._journal = journal
        self._credits_reported_at: int | None = None  # that many values

    def report(self, number: int, error: IdxstreamError, lived_s: float | None, what_now: Action | None) -> None:
        """Of the current connection. A warning, unless another goes on, or the error itself ends the run.

        `lived_s`: since it was open. `what_now`: what the supervisor wants done about it first.
        """
        match what_now:
            case Retry(wait_s):
                level, text = self._about_retry(error, wait_s)
            case Promote(seamless=True):
                level, text = Level.INFO, error.what
            case None | Fail():
                level, text = Level.DEBUG, error.what
            case _:
                level, text = Level.WARNING, error.what
        self._record(number, error, lived_s, level, text)

    def report_second(self, number: int, error: IdxstreamError, lived_s: float | None, *, is_last: bool) -> None:
        """Of the connection beside the current one. `is_last`: no second one is asked for again."""
        text = f"{error.what}; this was the second connection; the first one is still delivering"
        if is_last:
            text += "; the server allows only one, so no second one is requested again"
        self._record(number, error, lived_s, Level.WARNING, text)

    def report_covered(self, number: int, error: IdxstreamError, lived_s: float | None, *, is_alone: bool) -> None:
        """Of one of the connections that bring the same. `is_alone`: a second one is asked for now and then only."""
        text = f"{error.what}; the other connection is still delivering"
        if is_alone:
            text += "; the server seems to allow only one, so a second one is requested every five minutes or so"
        self._record(number, error, lived_s, Level.INFO, text)

    def _about_retry(self, error: IdxstreamError, wait_s: float) -> tuple[Level, str]:
        """Used-up credits are reported once: it may take until the end of the day."""
        if isinstance(error, CreditsUsedUpError):
            was_reported, self._credits_reported_at = (
                self._credits_reported_at == self._status.values,
                self._status.values,
            )
            return Level.DEBUG if was_reported else Level.WARNING, f"{error.what}; trying again about once a minute"
        again = "connecting again" if wait_s < AT_ONCE_S else f"next try in {wait_s:.1f} s"
        return Level.WARNING, f"{error.what}; {again}"

    def _record(self, number: int, error: IdxstreamError, lived_s: float | None, level: Level, text: str) -> None:
        code = error.close_code if isinstance(error, ConnectionLostError) else None
        fields = {"connection": number, "error": error.what, "code": code}
        lived = None if lived_s is None else round(lived_s, 3)
        self._journal.record("disconnected", level, text, **fields, after_seconds=lived)
