"""The rules of alerts, as people write them: `btc_usd > 70000`, `btc_usd moves 2% in 5m`, `eth silent 1m`, `gap`."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from math import isfinite
from typing import NamedTuple

from msgspec import Struct

_TOKEN = re.compile(r"[<>%]|[^\s<>%]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
FORMS = "ID > NUMBER, ID < NUMBER, ID moves NUMBER% in DURATION, ID silent DURATION, or gap"


class AlertKind(Enum):
    """What a rule is about."""

    ABOVE = ">"
    BELOW = "<"
    MOVES = "moves"
    SILENT = "silent"
    GAP = "gap"


class AlertRule(Struct, frozen=True):
    """One rule.

    `text`: as it was written. `index_id` is empty for gaps. `level`: the number, or percent.
    """

    text: str
    kind: AlertKind
    index_id: str = ""
    level: float = 0.0
    seconds: float = 0.0


class _Token(NamedTuple):
    text: str
    column: int


def parse_rule(text: str, duration: Callable[[str], float]) -> AlertRule:
    """Raises ValueError with the place. `duration`: seconds of a word; raises ValueError."""
    words = _Words(text)
    name = words.take("an index id, or gap")
    if name.text.lower() == AlertKind.GAP.value and words.is_over:
        return AlertRule(text, AlertKind.GAP)
    if name.text in ("<", ">", "%"):
        raise words.wrong(name, "an index id")
    kind = _kind(words)
    if kind in (AlertKind.ABOVE, AlertKind.BELOW):
        rule = AlertRule(text, kind, name.text, level=words.number("a number"))
    elif kind is AlertKind.MOVES:
        level = words.number("a number of percent", is_positive=True)
        words.expect("%")
        words.expect("in")
        rule = AlertRule(text, kind, name.text, level, words.duration(duration))
    else:
        rule = AlertRule(text, kind, name.text, seconds=words.duration(duration))
    words.end()
    return rule


def _kind(words: _Words) -> AlertKind:
    token = words.take(">, <, moves or silent")
    for kind in (AlertKind.ABOVE, AlertKind.BELOW, AlertKind.MOVES, AlertKind.SILENT):
        if token.text.lower() == kind.value:
            return kind
    raise words.wrong(token, ">, <, moves or silent")


class _Words:
    """The words of a rule, one after the other, each with its place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [_Token(found[0], found.start() + 1) for found in _TOKEN.finditer(text)]
        self._next = 0

    @property
    def is_over(self) -> bool:
        return self._next == len(self._tokens)

    def take(self, wanted: str) -> _Token:
        if self.is_over:
            raise self._wrong(f"ends where {wanted} belongs")
        self._next += 1
        return self._tokens[self._next - 1]

    def expect(self, word: str) -> None:
        token = self.take(word)
        if token.text.lower() != word:
            raise self.wrong(token, word)

    def number(self, wanted: str, *, is_positive: bool = False) -> float:
        token = self.take(wanted)
        if not _NUMBER.fullmatch(token.text):
            raise self.wrong(token, wanted)
        number = float(token.text)
        if not isfinite(number):
            raise self.wrong(token, "a smaller number")
        if is_positive and number <= 0:
            raise self.wrong(token, "a number above 0")
        return number

    def duration(self, seconds_of: Callable[[str], float]) -> float:
        token = self.take("a duration")
        try:
            return seconds_of(token.text)
        except ValueError as error:
            raise self._wrong(f"at column {token.column}: {error}") from error

    def end(self) -> None:
        if not self.is_over:
            raise self.wrong(self.take("nothing"), "the end")

    def wrong(self, token: _Token, wanted: str) -> ValueError:
        return self._wrong(f"has {token.text[:40]!r} at column {token.column}, where {wanted} belongs")

    def _wrong(self, what: str) -> ValueError:
        shown = self._text if len(self._text) <= 100 else f"{self._text[:99]}…"
        return ValueError(f"{shown!r} {what}; a rule is {FORMS}")
