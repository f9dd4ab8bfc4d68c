"""The lengths of bars that the vendor's REST side has, and where in time each bar is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime

from coinapi_idx_cli.simulator.stretch import TICKS_PER_SECOND

_UNITS = {
    "SEC": ("second", 1, 0, (1, 2, 3, 4, 5, 6, 10, 15, 20, 30)),
    "MIN": ("minute", 60, 0, (1, 2, 3, 4, 5, 6, 10, 15, 20, 30)),
    "HRS": ("hour", 3600, 0, (1, 2, 3, 4, 6, 8, 12)),
    "DAY": ("day", 86_400, 0, (1, 2, 3, 5, 7, 10)),
    "MTH": ("month", 0, 1, (1, 2, 3, 4, 6)),
    "YRS": ("year", 0, 12, (1, 2, 3, 4, 5)),
}
_FIRST_YEAR, _YEARS = 1970, 230


@dataclass(frozen=True, slots=True)
class PeriodLength:
    """One of `1SEC` to `5YRS`: some seconds, counted from 1970 on, or some months of the calendar."""

    id: str
    unit: str
    units: int
    seconds: int
    months: int

    def around(self, ticks: int) -> tuple[int, int]:
        """Begin and end of the period that holds a time, in ticks of 100 ns since 1970."""
        if self.seconds:
            length = self.seconds * TICKS_PER_SECOND
            begin = ticks // length * length
            return begin, begin + length
        month = bisect_right(_MONTHS, ticks) - 1
        begin_month = month // self.months * self.months
        return _MONTHS[begin_month], _MONTHS[min(begin_month + self.months, len(_MONTHS) - 1)]

    def described(self) -> dict[str, str | int]:
        """As `/v1/metadata/periods` has it."""
        return {
            "period_id": self.id,
            "length_seconds": self.seconds,
            "length_months": self.months,
            "unit_count": self.units,
            "unit_name": self.unit,
            "display_name": f"{self.units} {self.unit.capitalize()}{'s' if self.units > 1 else ''}",
        }


def _month(number: int) -> int:
    begin = datetime(_FIRST_YEAR + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(begin.timestamp()) * TICKS_PER_SECOND


_MONTHS = [_month(number) for number in range(_YEARS * 12)]
PERIODS: dict[str, PeriodLength] = {
    f"{count}{name}": PeriodLength(f"{count}{name}", unit, count, seconds * count, months * count)
    for name, (unit, seconds, months, counts) in _UNITS.items()
    for count in counts
}
