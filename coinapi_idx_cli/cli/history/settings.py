"""What `history` was asked for, checked and complete."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.cli.options.parsers import duration
from coinapi_idx_cli.cli.watch.destinations import Destination
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.history.period import DAY_S, Period
from coinapi_idx_cli.protocol.stretches import Stretch
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns


class HistorySettings(Struct, frozen=True):
    """What is wanted, of whom, and where it goes.

    `stretches`: in order, apart from each other. `now_ns`: bars that end later are not over.
    """

    ids: tuple[str, ...]
    stretches: Sequence[Stretch]
    period: Period | None
    server: RestServer
    destination: Destination
    header: bool
    page_size: int
    max_calls: int
    now_ns: int

    @property
    def spacing_s(self) -> int | None:
        """Of bars."""
        return None if self.period is None else self.period.least_s


def time_ns(option: str, text: str, now_ns: int) -> int:
    """Of ISO 8601, UTC unless it says otherwise, or of a duration ago. Raises UsageError."""
    text = f"{text}T00:00:00" if len(text) == len("2026-11-26") and text[4:5] == "-" else text
    if (moment_ns := parse_utc_ns(text)) is not None:
        return moment_ns
    try:
        return now_ns - round(duration(text) * NS)
    except ValueError:
        what = f"{option} {text!r} is not a time"
        raise UsageError(what, "write 2026-11-26T10:00:00Z, 2026-11-26, or a duration ago such as 2h") from None


def stretch_between(since: str | None, until: str | None, period: Period | None, now_ns: int) -> Stretch:
    """Up to now at the latest. Raises UsageError."""
    if since is None:
        raise UsageError("history needs to know from when on", "add --since TIME, such as --since 2h")
    begin_ns = time_ns("--since", since, now_ns)
    end_ns = now_ns if until is None else time_ns("--until", until, now_ns)
    if begin_ns >= now_ns:
        raise UsageError(f"--since {since} is not in the past", "name an earlier time")
    if begin_ns >= end_ns:
        raise UsageError(f"--since {since} is not before --until {until}", "name an earlier --since")
    return on_the_grid(begin_ns, period), min(end_ns, now_ns)


def on_the_grid(begin_ns: int, period: Period | None) -> int:
    """Where the first bar that begins then or later begins."""
    if period is None or not period.is_on_a_grid:
        return begin_ns
    length_ns = period.least_s * NS
    within_day = begin_ns % (DAY_S * NS)
    return begin_ns - within_day + -(-within_day // length_ns) * length_ns
