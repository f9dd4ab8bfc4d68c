"""Text as man(7) takes it: macros on lines of their own, and nothing in a text that is taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

RAGGED = (".nh", ".ad l")  # nobody could copy a word that is broken
_ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
_CODE = re.compile(r"`([^`]+)`|(?<![\w\[-])(--?[a-z][a-z-]*)")


def plain(text: str) -> str:
    escaped = "".join(_ESCAPES.get(each, each if each.isascii() else f"\\[u{ord(each):04X}]") for each in text)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def bold(text: str) -> str:
    return f"\\fB{plain(text)}\\fR"


def italic(text: str) -> str:
    return f"\\fI{plain(text)}\\fR"


def prose(text: str) -> str:
    """In one line; what stands in backticks, and options, in bold."""
    parts, end = [], 0
    for match in _CODE.finditer(text):
        parts += [plain(text[end : match.start()]), bold(match[1] or match[2])]
        end = match.end()
    return "".join([*parts, plain(text[end:])])


def paragraphs(text: str) -> list[str]:
    """Of a text with empty lines between them."""
    found = [prose(" ".join(each.split())) for each in text.strip().split("\n\n")]
    return "\n.PP\n".join(found).split("\n")


def item(label: str, text: str) -> Iterator[str]:
    yield from (".TP", label, text)


def code(lines: Iterable[str]) -> Iterator[str]:
    """As it stands there: no line is filled."""
    yield from (".PP", ".RS 4", ".EX")
    yield from (plain(line) for line in lines)
    yield from (".EE", ".RE")


def section(title: str, body: Iterable[str], level: str = "SH") -> Iterator[str]:
    yield f".{level} {plain(title)}"
    lines = list(body)
    yield from lines[1:] if lines[:1] == [".PP"] else lines
