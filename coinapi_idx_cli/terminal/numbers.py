"""Numbers and times as the table shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

# Beyond these powers of ten a row of zeros says less than an exponent.
_SMALLEST_PLAIN = -7
_LARGEST_PLAIN = 11

_MOST_PERCENT = 1e5

# From here on a delay is shown in seconds.
_MOST_MILLISECONDS = 10_000

# A number that would show fewer digits than this, though it has them, is written with an exponent.
_FEWEST_DIGITS = 4


@dataclass(slots=True)
class Digits:
    """How many digits an index has shown so far. It only grows, so that its numbers keep still."""

    decimals: int = 0
    magnitude: int | None = None  # the highest power of ten

    def learn(self, number: Decimal) -> None:
        """Take note of a number that is about to be shown."""
        if not is_plain(number):
            return
        exponent = number.as_tuple().exponent
        self.decimals = max(self.decimals, -exponent if isinstance(exponent, int) else 0)
        if number:
            power = number.adjusted()
            self.magnitude = power if self.magnitude is None else max(self.magnitude, power)

    def places(self, budget: int) -> int:
        """Decimals to show when `budget` significant digits are to be seen at the most."""
        return max(0, min(self.decimals, budget - 1 - (self.magnitude or 0), budget))


def is_plain(number: Decimal) -> bool:
    """Whether the number is written without an exponent."""
    return number.is_finite() and (not number or _SMALLEST_PLAIN <= number.adjusted() <= _LARGEST_PLAIN)


def show(number: Decimal, places: int, budget: int) -> str:
    """The number with `places` decimals, or with an exponent where that would hide what it is."""
    if not number.is_finite():
        return str(number)
    if not is_plain(number):
        return _with_exponent(number, budget)
    shown = number.adjusted() + 1 + places
    return _with_exponent(number, budget) if shown < min(_FEWEST_DIGITS, _length(number)) else f"{number:.{places}f}"


def _with_exponent(number: Decimal, budget: int) -> str:
    return f"{number:.{max(0, min(_length(number), budget) - 1)}e}"


def _length(number: Decimal) -> int:
    """Significant digits; a zero has none."""
    return len(number.normalize().as_tuple().digits) if number else 0


def has_exponent(text: str) -> bool:
    """Whether a shown number has no decimal point to align at."""
    return not text[-1:].isdigit() or "e" in text


def show_change(change: float, like: str, places: int) -> str:
    """The size of a change, without its sign, with `places` decimals where the number itself is shown `like` that."""
    size = Decimal(repr(abs(change)))
    # Beside a plain number a change may round to nothing, but it may not fill the line.
    plain = not has_exponent(like) and size.is_finite() and size.adjusted() <= _LARGEST_PLAIN
    return f"{size:.{places}f}" if plain else _with_exponent(size, _FEWEST_DIGITS) if size.is_finite() else str(size)


def show_percent(percent: float) -> str:
    """Signed, three decimals; what rounds to zero has no sign."""
    text = f"{percent:+.3f}%" if abs(percent) < _MOST_PERCENT else f"{percent:+.1e}%"
    return text[1:] if is_zero(text) else text


def is_zero(text: str) -> bool:
    """Whether a number that is shown as that text shows none of its digits."""
    return not any(character in "123456789" for character in text)


def split_at_point(text: str) -> tuple[str, str]:
    """What comes before the decimal point (or the exponent) and the rest."""
    cut = next((place for place, character in enumerate(text) if character in ".eE"), len(text))
    return text[:cut], text[cut:]


def show_rate(rate: float) -> str:
    """Of updates or values a second, as many digits as tell something."""
    return f"{rate:,.0f}" if rate >= 9.95 or not rate else f"{rate:.1f}" if rate >= 0.095 else f"{rate:.2f}"


def show_delay(p50_ms: float, p99_ms: float) -> str:
    """`12/85 ms`, both in the same unit."""
    unit, size = ("ms", 1) if max(abs(p50_ms), abs(p99_ms)) < _MOST_MILLISECONDS else ("s", 1000)
    return f"{_two_digits(p50_ms / size)}/{_two_digits(p99_ms / size)} {unit}"


def _two_digits(number: float) -> str:
    return f"{number:.1f}" if abs(number) < 9.95 else f"{number:,.0f}"
