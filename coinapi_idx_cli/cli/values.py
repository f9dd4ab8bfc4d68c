"""What people write for durations and sizes."""

from __future__ import annotations

import re

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kKMGT]?)(i?)[bB]?")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def duration(text: str) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `500ms` or a bare number. Raises ValueError."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    else:
        parts = _DURATION_PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise ValueError(f"{text!r} is no duration; write 90s, 10m, 1h30m or 500ms")
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds <= 0:
        raise ValueError(f"{text!r} is no time at all; give more than 0")
    return seconds


def duration_or_never(text: str) -> float | None:
    """Like `duration`, and None for `never`."""
    return None if text == "never" else duration(text)


def rate_of_values(text: str) -> float:
    """Values a second, 0 or more. Raises ValueError."""
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"{text!r} is no rate; give a number of values a second")
    return float(text)


def size(text: str) -> int:
    """Bytes of `500MB`, `2GiB`, `64k` or a bare number; kB are 1000 bytes, KiB 1024. Raises ValueError."""
    match = _SIZE.fullmatch(text)
    if match is None or (match[3] and not match[2]):
        raise ValueError(f"{text!r} is no size; write 500MB, 2GiB or a number of bytes")
    number = float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2].lower()]
    if number < 1:
        raise ValueError(f"{text!r} is no size at all; give at least 1 byte")
    return int(number)
