"""The patience that a server asks for."""

from __future__ import annotations

LONGEST_S = 86_400.0


def retry_after_s(header: str | None) -> float | None:
    """Seconds, from either form of `Retry-After` (RFC 9110, 10.2.3); None without one that can be read."""
    if not header:
        return None
    if header.strip().isdecimal():
        return min(float(header), LONGEST_S)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        wait_s = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        return min(max(0.0, wait_s), LONGEST_S)
    except (TypeError, ValueError):
        return None
