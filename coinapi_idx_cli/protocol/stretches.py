"""Stretches of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[int, int]  # nanoseconds since 1970: from, included, to, not


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order, and those that overlap made one."""
    found: list[Stretch] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found
