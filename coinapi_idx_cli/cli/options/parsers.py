"""What people write for durations, sizes and rates, and how large a number may be."""

from __future__ import annotations

import re

LONGEST_DURATION_S = 3650 * 86_400  # ten years: further than clocks, sockets and locks of some platforms count
LARGEST_RATE = 1_000_000
LARGEST_PAGE = 100_000  # documented
LARGEST_COUNT = 2**63 - 1
LONGEST_UPDATE_LIMIT_MS = 2**31 - 1  # what any server's integer holds

_DAY_MS = 86_400_000
_NUMBER = r"[0-9]{1,40}(?:\.[0-9]{1,40})?"  # of more digits a double may not hold the number
_DURATION_PART = re.compile(rf"({_NUMBER})(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(rf"({_NUMBER}) ?(?:([KMGT])(I?))?B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def duration(text: str) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `500ms` or a bare number. Raises ValueError."""
    if re.fullmatch(_NUMBER, text):
        seconds = float(text)
    else:
        parts = _DURATION_PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise ValueError(f"{text!r} is not a valid duration; write 90s, 10m, 1h30m or 500ms")
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > LONGEST_DURATION_S:
        raise ValueError(f"{text!r} is too long; give at most {LONGEST_DURATION_S // 86_400}d")
    if seconds <= 0:
        raise ValueError(f"{text!r} is too short; give more than 0")
    return seconds


def duration_or_never(text: str) -> float | None:
    """Like `duration`, and None for `never`."""
    return None if text == "never" else duration(text)


def bar_length(text: str) -> int:
    """Nanoseconds of a duration that divides a day, or is a whole number of days. Raises ValueError."""
    milliseconds = duration(text) * 1000
    whole = round(milliseconds)
    if whole < 1 or abs(milliseconds - whole) > 1e-6 or (_DAY_MS % whole and whole % _DAY_MS):
        raise ValueError(f"{text!r} does not divide a day; give a length such as 1s, 5m, 1h or 1d")
    return whole * 1_000_000


def count_of_values(text: str) -> int:
    """1 or more. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]+", text):
        raise ValueError(f"{text!r} is not a whole number")
    if len(text) > len(str(LARGEST_COUNT)) or not 1 <= int(text) <= LARGEST_COUNT:
        raise ValueError(f"{text!r} is not from 1 to {LARGEST_COUNT}")
    return int(text)


def page_size(text: str) -> int:
    """Items a request, in hundreds, as they are counted: from 100 to 100,000. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{3,6}", text) or not 100 <= int(text) <= LARGEST_PAGE or int(text) % 100:
        raise ValueError(f"{text!r} is not a page size; give hundreds, from 100 to {LARGEST_PAGE}")
    return int(text)


def rate_of_values(text: str) -> float:
    """Values a second, 0 or more. Raises ValueError."""
    if not re.fullmatch(_NUMBER, text):
        raise ValueError(f"{text!r} is not a valid rate; give a number of values a second")
    if float(text) > LARGEST_RATE:
        raise ValueError(f"{text!r} is too fast; give at most {LARGEST_RATE}")
    return float(text)


def speed(text: str) -> float:
    """Times the pace of a capture, above 0, or `max`, which is infinite. Raises ValueError."""
    if text == "max":
        return float("inf")
    if not re.fullmatch(_NUMBER, text) or not 0 < float(text) <= LARGEST_RATE:
        raise ValueError(f"{text!r} is not a valid speed; give a number such as 10 or 0.5, or max")
    return float(text)


def size(text: str) -> int:
    """Bytes of `500MB`, `2GiB`, `64k` or a bare number, in any case; kB are 1000 bytes, KiB 1024. Raises ValueError."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a valid size; write 500MB, 2GiB or a number of bytes")
    number = float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[(match[2] or "").upper()]
    if number > LARGEST_COUNT:
        raise ValueError(f"{text!r} is too large; give at most {LARGEST_COUNT} bytes")
    if number < 1:
        raise ValueError(f"{text!r} is too small; give at least 1 byte")
    return int(number)
