"""Foreign text made safe to show."""

from __future__ import annotations

import re
from collections.abc import Callable

EXCERPT_BYTES = 300  # of foreign text within a line: enough to know it by
LINE_BYTES = 3000  # with what comes before and behind it still below PIPE_BUF: a pipe takes it whole or not at all

# C0, DEL and C1 steer terminals; the others end lines or turn the direction of what follows.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

# The same in UTF-8, but for the ends of lines.
_UNSAFE_IN_LINES = re.compile(
    rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)


def one_line(text: str) -> str:
    """`text` without control characters, on one line."""
    return _UNSAFE.sub(" ", text).strip()


def visible(lines: bytes) -> bytes:
    """Lines of UTF-8 with JSON's escapes for control characters: what was JSON still is, with the same content."""
    return _UNSAFE_IN_LINES.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), lines)


def excerpt(text: str, clean: Callable[[str], str], limit_bytes: int = EXCERPT_BYTES) -> str:
    """The beginning of `text` from elsewhere, in at most `limit_bytes` bytes of UTF-8, with `…` where it was cut.

    `clean` takes secrets out, and does so first: half of a key would not be recognized.
    """
    cleaned = clean(text)
    data = cleaned[: limit_bytes + 1].encode("utf-8", "backslashreplace")
    if len(data) <= limit_bytes:
        return cleaned
    return data[: limit_bytes - len(_CUT)].decode("utf-8", "ignore") + _CUT.decode()


def fitted(line: str, limit_bytes: int = LINE_BYTES) -> str:
    """`line` in at most `limit_bytes` bytes: what is too long loses its middle, since it ends with what to do."""
    if len(line) <= limit_bytes and len(line.encode("utf-8", "backslashreplace")) <= limit_bytes:
        return line
    data, end = line.encode("utf-8", "backslashreplace"), limit_bytes // 4
    return data[: limit_bytes - end - len(_CUT)].decode("utf-8", "ignore") + "…" + data[-end:].decode("utf-8", "ignore")


_CUT = "…".encode()

_NOT_OF_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_PAGE = re.compile(r"\s*<[!?a-z]", re.IGNORECASE)


def words_in(body: bytes) -> str:
    """The text in the body of an HTTP error; empty when it is binary, or HTML, which is not for a terminal."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return ""
    return "" if _NOT_OF_TEXT.search(text) or _PAGE.match(text) else text


LONGEST_ID = 200
_ASKED_FOR = re.compile(rf"[!-+\--~]{{1,{LONGEST_ID}}}")  # ASCII without blanks and commas, as all ids of the vendor
_LISTED = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:-]{{,{LONGEST_ID - 1}}}")  # completions/ has the same rule


def ids_in(word: str) -> list[str]:
    """Those in one word of a command line, or one line of a file: `A,B` is two."""
    return [part for part in map(str.strip, word.split(",")) if part] or [word]


def is_index_id(text: str) -> bool:
    """Whether somebody may ask for it by name: what one types is one's own, and goes nowhere but into the hello."""
    return _ASKED_FOR.fullmatch(text) is not None


def is_listed_id(text: str) -> bool:
    """Whether a list may offer it: on a command line, completed by a shell or through xargs, it is one plain word."""
    return _LISTED.fullmatch(text) is not None
