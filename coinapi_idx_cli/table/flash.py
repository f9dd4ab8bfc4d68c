"""A short flash on what changed. Pure."""

from __future__ import annotations

FLASH_S = 0.6


class Flash:
    """Watches one value as it is shown, and lights up the digits that are not those of before."""

    __slots__ = ("_from", "_is_rise", "_text", "_until_s", "_value")

    def __init__(self) -> None:
        self._text = ""
        self._value: float | None = None
        self._until_s = 0.0
        self._from = 0
        self._is_rise = False

    def see(self, text: str, value: float, now_s: float) -> tuple[int, bool] | None:
        """From which character on the text is lit, and whether the value rose. None: not lit."""
        if self._value is not None and value != self._value and text != self._text:
            self._from = _first_difference(text, self._text)
            self._is_rise = value > self._value
            self._until_s = now_s + FLASH_S
        self._text, self._value = text, value
        return (self._from, self._is_rise) if now_s < self._until_s else None


def _first_difference(one: str, other: str) -> int:
    # Of unlike lengths the same places do not hold the same powers of ten.
    if len(one) != len(other):
        return 0
    return next(place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right)
