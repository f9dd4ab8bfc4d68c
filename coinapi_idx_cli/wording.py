"""Counts and lengths of time, as all messages have them. Pure."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 value`, `1,234 values`, `2 indexes`, `3 entries`."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith(('x', 'ch')) else 's'}"


def duration(seconds: float) -> str:
    """A length of time that somebody watches: `12s`, `1m 02s`, `3h 04m`, `5d 06h`."""
    whole = max(0, int(seconds))
    for size, unit, part, part_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // part:02}{part_unit}"
    return f"{whole}s"


def time_taken(seconds: float) -> str:
    """How long a step took, three digits at the most: `0.4 ms`, `37 ms`, `1.25 s`."""
    if seconds < 0.00995:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
