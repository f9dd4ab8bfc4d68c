"""The step `clock`: how far this machine's clock is from a server's, which dates its answers by whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from msgspec import Struct

from coinapi_idx_cli.doctor.step import Finding, NotTriedError

DATE_STEP_S = 1.0  # of HTTP's Date (RFC 9110, 5.6.7)
BEARABLE_S = 1.0


class Dated(Struct, frozen=True):
    """An answer of `server`, whose Date is `date_s`; asked and answered by our clock. All in seconds since 1970."""

    server: str
    date_s: float
    asked_s: float
    answered_s: float


def dated(server: str, headers: Mapping[str, str], asked_s: float, answered_s: float) -> Dated | None:
    """None without a Date that can be read. `headers` by their names in lower case."""
    try:
        date_s = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return Dated(server, date_s, asked_s, answered_s)


def check_clock(found: Dated | None) -> Finding:
    """A warning where it is off for certain."""
    if found is None:
        raise NotTriedError("no server sent its time")
    least_s = found.asked_s - found.date_s - DATE_STEP_S
    most_s = found.answered_s - found.date_s
    is_off = least_s > BEARABLE_S or most_s < -BEARABLE_S
    hint = "set this machine's clock (NTP): times of receipt and latencies are off by that much" if is_off else ""
    return Finding(_told(least_s, most_s, found.server), hint, 0.0)


def _told(least_s: float, most_s: float, server: str) -> str:
    if least_s <= 0 <= most_s:
        return f"within {max(-least_s, most_s):.1f} s of that of {server}"
    middle_s, half_s = (least_s + most_s) / 2, (most_s - least_s) / 2
    side = "ahead of" if middle_s > 0 else "behind"
    return f"{abs(middle_s):.1f} s {side} that of {server}, give or take {half_s:.1f} s"
