"""Which names may be in a settings file, and what kind of value each takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from coinapi_idx_cli.config.document import NO_KEY
from coinapi_idx_cli.errors import UsageError


class Kind(Enum):
    """What a setting takes, in words."""

    SWITCH = "true or false"
    WORDS = "text"
    TEXT = "text or a number"
    LIST = "text, or a list of texts"


class Names(NamedTuple):
    """The names that a settings file may have.

    `kinds`: by the long option's name. `instead_of`: what people may write -> what to write.

    `not_here`: options that only the command line takes.
    """

    kinds: Mapping[str, Kind]
    instead_of: Mapping[str, str]
    not_here: frozenset[str]

    def check(self, section: Mapping[str, Any], where: str) -> None:
        """Raises UsageError for the first name that is not known, or a value that its option cannot take."""
        for name, value in section.items():
            if name not in self.kinds:
                raise self._unknown(name, where)
            if isinstance(value, str) and "\0" in value:
                raise UsageError(f"{name} in {where} holds the character U+0000", "leave it out")
            if not _fits(value, self.kinds[name]):
                what = f"{name} in {where} is {_kind_of(value)}"
                raise UsageError(what, f"it takes {self.kinds[name].value}")

    def _unknown(self, name: str, where: str) -> UsageError:
        if name in self.not_here:
            return UsageError(f"{name} cannot be set in {where}", f"give --{name} on the command line")
        if not re.fullmatch(NO_KEY, name):
            return UsageError(f"a name in {where} is not a setting", "settings have the names of the long options")
        return UsageError(f"unknown setting {name!r} in {where}", self._hint(name))

    def _hint(self, name: str) -> str:
        from coinapi_idx_cli.catalogue.match import nearest  # here: only a mistake needs it

        if name in self.instead_of:
            return f"write {self.instead_of[name]}"
        return f"did you mean {nearest(name, self.kinds, 1)[0]}?"


def _fits(value: Any, kind: Kind) -> bool:
    if kind is Kind.SWITCH or isinstance(value, bool):
        return kind is Kind.SWITCH and isinstance(value, bool)
    if isinstance(value, list):
        return kind is Kind.LIST and all(isinstance(each, str) for each in value)
    if _is_too_large(value):
        return False
    return isinstance(value, str if kind is Kind.WORDS else str | int | float)


def _is_too_large(value: Any) -> bool:
    """For TOML, whose integers have 64 bits. Python gives no text of one with thousands of digits."""
    return isinstance(value, int) and abs(value) >= 2**63


def _kind_of(value: Any) -> str:
    """In TOML's words; the value itself may be a key."""
    if _is_too_large(value):
        return "a number that is too large"
    for kind, words in (
        (bool, "a boolean"),
        (str, "text"),
        (int | float, "a number"),
        (list, "a list of something else"),
    ):
        if isinstance(value, kind):
            return words
    return "a table" if isinstance(value, dict) else "a date or a time"


def as_text(value: Any) -> str:
    """What would follow the option on the command line."""
    return ",".join(value) if isinstance(value, list) else str(value)
