"""The patience that a server asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_S = 86_400.0


def retry_after_s(header: str | None, date: str | None = None) -> float | None:
    """Seconds, from either form of `Retry-After` (RFC 9110, 10.2.3); None without one that can be read.

    `date` is the answer's `Date`: a moment of the server's clock is compared with that clock, not with ours.
    """
    if not header:
        return None
    if header.strip().isdecimal():
        return min(float(header), LONGEST_S)
    from datetime import UTC, datetime

    until, now = _moment(header), _moment(date) or datetime.now(UTC)
    return None if until is None else min(max(0.0, (until - now).total_seconds()), LONGEST_S)


def _moment(header: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(header or "")
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
