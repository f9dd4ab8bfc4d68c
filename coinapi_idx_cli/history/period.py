"""The lengths of bars that the vendor has: `1SEC`, `5MIN`, `1HRS`, `1DAY`, `1MTH`, `1YRS`. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

DAY_S = 86_400
_UNITS_S = {"SEC": 1, "MIN": 60, "HRS": 3600, "DAY": DAY_S, "MTH": 28 * DAY_S, "YRS": 365 * DAY_S}
_AS_DURATIONS = {"s": "SEC", "m": "MIN", "h": "HRS", "d": "DAY"}
_PERIOD = re.compile(r"([1-9][0-9]{0,3})([A-Za-z]{1,3})", re.ASCII)
RAW = "raw"


class Period(NamedTuple):
    """The length of bars.

    `name`: as the vendor calls it. `least_s`: seconds; of months and years those of the shortest one.
    """

    name: str
    least_s: int

    @property
    def is_on_a_grid(self) -> bool:
        """Whether each begins at a multiple of its length since midnight, UTC."""
        return DAY_S % self.least_s == 0


def parse_period(text: str) -> Period | None:
    """Of `1MIN`, also `1min` and `1m`; None for `raw`. Raises ValueError."""
    if text.lower() == RAW:
        return None
    match = _PERIOD.fullmatch(text)
    unit = None if match is None else _AS_DURATIONS.get(match[2], match[2].upper())
    if match is None or unit not in _UNITS_S:
        raise ValueError(f"{text!r} is not a period; write raw, or 1SEC, 1MIN, 5MIN, 1HRS, 1DAY, 1MTH, 1YRS")
    return Period(f"{match[1]}{unit}", int(match[1]) * _UNITS_S[unit])
