"""From the body of an answer to items: numbers keep the very text that came, times become those of the feed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from coinapi_idx_cli.protocol.times import NS, feed_time, parse_utc_ns

T = TypeVar("T")
_NULL = Raw(b"null")


class HistoryItem(Struct, frozen=True):
    """One value of the past, or one bar.

    `time`, `end`: as the feed writes times; `end` is empty for a value. `numbers`: JSON texts, of a value one, of a bar
    open, high, low, close and count, which may be `null`. `number`: the value, or the bar's close, for outputs.
    """

    time_ns: int
    time: str
    numbers: tuple[bytes, ...]
    number: float
    end: str = ""
    end_ns: int = 0

    @property
    def second(self) -> int:
        """Since 1970."""
        return self.time_ns // NS


class HistoryPage(Struct, frozen=True):
    """What one request brought.

    `items`: oldest first. `count`: of all that came, those without a time or a number among them. `is_descending`: how
    they came; None where they are of one moment.
    """

    items: Sequence[HistoryItem] = ()
    count: int = 0
    is_descending: bool | None = None

    @property
    def left_out(self) -> int:
        """Items without a time or without a number."""
        return self.count - len(self.items)


class NotJsonError(ValueError):
    """The body is cut off, or is not JSON at all: to ask again may help."""


class OtherContentError(ValueError):
    """The body is JSON, and not of items."""


class _RawValue(Struct):
    timestamp: str | None = None
    value: Raw = _NULL


class _RawBar(Struct):
    time_period_start: str | None = None
    time_period_end: str | None = None
    value_open: Raw = _NULL
    value_high: Raw = _NULL
    value_low: Raw = _NULL
    value_close: Raw = _NULL
    value_count: Raw = _NULL


_values = msgspec.json.Decoder(list[_RawValue]).decode
_bars = msgspec.json.Decoder(list[_RawBar]).decode


def values_in(body: bytes) -> HistoryPage:
    """Of a call of `history`. Raises NotJsonError, OtherContentError."""
    found = _decoded(_values, body)
    items = [_value(raw) for raw in found]
    return _answer(items)


def bars_in(body: bytes) -> HistoryPage:
    """Of a call of `timeseries`. Raises NotJsonError, OtherContentError."""
    return _answer([_bar(raw) for raw in _decoded(_bars, body)])


def _decoded(decode: Callable[[bytes], list[T]], body: bytes) -> list[T]:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise OtherContentError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJsonError(str(error)) from error


def _answer(items: list[HistoryItem | None]) -> HistoryPage:
    valid = [item for item in items if item is not None]
    is_descending = None
    if valid and valid[0].time_ns != valid[-1].time_ns:
        is_descending = valid[0].time_ns > valid[-1].time_ns
    if is_descending:
        valid.reverse()  # so that those of one moment are in their order, too
    return HistoryPage(sorted(valid, key=lambda item: item.time_ns), len(items), is_descending)


def _value(raw: _RawValue) -> HistoryItem | None:
    number = _number(raw.value)
    time = feed_time(raw.timestamp or "")
    if number is None or time is None:
        return None
    return HistoryItem(parse_utc_ns(time) or 0, time, (bytes(raw.value),), number)


def _bar(raw: _RawBar) -> HistoryItem | None:
    texts = (raw.value_open, raw.value_high, raw.value_low, raw.value_close)
    numbers = [_number(text) for text in texts]
    time, end = feed_time(raw.time_period_start or ""), feed_time(raw.time_period_end or "")
    close = numbers[-1]
    if time is None or end is None or close is None or None in numbers:
        return None
    count = raw.value_count if _number(raw.value_count) is not None else _NULL
    return HistoryItem(
        parse_utc_ns(time) or 0,
        time,
        (*map(bytes, texts), bytes(count)),
        close,
        end=end,
        end_ns=parse_utc_ns(end) or 0,
    )


def _number(text: Raw) -> float | None:
    """None for `null`, for what is not a number, and for one that no double holds."""
    first = bytes(text)[:1]
    if not first.isdigit() and first != b"-":
        return None
    number = float(bytes(text))
    return number if isfinite(number) else None
