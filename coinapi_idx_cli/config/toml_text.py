"""Values as TOML."""

from __future__ import annotations

import re
from datetime import date, time
from enum import Enum
from typing import Any


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{as_key(name)} = {as_toml(each)}' for name, each in value.items())}}}"
    if isinstance(value, date | time):
        return value.isoformat()
    return _quoted(str(value.value if isinstance(value, Enum) else value))


def as_key(name: str) -> str:
    """A name as it is written in front of a value."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    number = ord(character)
    if 0xD800 <= number < 0xE000:  # a byte that is not UTF-8, which TOML has no way to write
        number = 0xFFFD
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
