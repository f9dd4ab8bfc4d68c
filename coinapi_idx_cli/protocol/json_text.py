"""What passes for JSON, and the compact text in which it goes on.

JSON is what RFC 8259 says: UTF-8 without a byte order mark, white space between tokens only, no leading zeros, no
`NaN`, no control characters in strings. One thing more passes: a comma after the last value of an object or array, as
in the vendor's examples. Nesting goes to 256 levels (RFC 8259, 9, leaves the limit open; jq 1.6 has the same).

What passes is a question of the text alone: a number may be beyond any double, and a string may escape half a
surrogate pair, until somebody wants that very number or text.
"""

from __future__ import annotations

import re
from itertools import accumulate

MAX_DEPTH = 256

# An unclosed string is matched to the very end, so that no position is looked at twice. All of these are compiled at
# their first use, and kept by `re`: most runs never need them, and it would be a hundredth of their start.
#
# Before 3.11.5, Python matches a possessive repeat wrongly where what is repeated can backtrack or looks ahead
# (gh-106052, gh-100061), and Debian 12 has 3.11.2: what is repeated here can do neither.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
# White space is matched, which means kept, where it separates two tokens that JSON wants a comma or colon between.
_WITHOUT_SPACE = rb'(?s)%b|[^ \t\r\n"]++|(?<![\[\]{},: \t\r\n])[ \t\r\n]++(?![\[\]{},:])' % _STRING
_WITHOUT_TRAILING_COMMA = rb'(?s)%b|[^",]++|,(?![}\]])|(?<=[\[{,:]),' % _STRING
_HALF, _LATTER_HALF, _REST = rb"\\u[dD][89a-fA-F]", rb"\\u[dD][c-fC-F]", rb"[0-9a-fA-F]{2}"
_PAIR = rb"\\u[dD][89abAB]" + _REST + _LATTER_HALF + _REST
_ESCAPE = rb"(?s)(%b|\\u(?![dD][89a-fA-F])|\\[^u])|%b" % (_PAIR, _HALF + _REST)


def are_plain(texts: list[bytes]) -> bool:
    """Whether each that a strict parser takes is compact, at a tenth of what it costs to parse them.

    False also for a space within a string.
    """
    together = b"".join(texts)
    if b" " in together or b"\n" in together or b"\t" in together or b"\r" in together:
        return False
    if not (together.isascii() or _is_utf8(together)):
        return False
    # What nests deeper is longer: one look at the lengths costs less than one at each byte.
    is_short = len(together) < 2 * MAX_DEPTH or max(map(len, texts)) < 2 * MAX_DEPTH
    return is_short or not any(map(_is_too_deep, texts))


def compact(text: bytes) -> bytes:
    """The text without white space and trailing commas between its tokens, which stay as they are.

    Of text that is not JSON what comes out is not JSON either. Raises ValueError where it is not UTF-8 or too deep.
    """
    if not _is_utf8(text):
        raise ValueError("not UTF-8")
    text = b"".join(re.findall(_WITHOUT_SPACE, text.strip(b" \t\r\n")))
    if b",}" in text or b",]" in text:
        text = b"".join(re.findall(_WITHOUT_TRAILING_COMMA, text))
    if _is_too_deep(text):
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    return text


def with_stand_ins(text: bytes, stand_in: bytes) -> bytes:
    """The text with `stand_in` for each escaped half of a surrogate pair that lacks the other half."""
    return re.sub(_ESCAPE, lambda escape: escape[1] or stand_in, text)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_too_deep(text: bytes) -> bool:
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return False
    brackets = re.findall(rb"[\[\]{}]", re.sub(rb"(?s)" + _STRING, b"", text))
    return any(depth > MAX_DEPTH for depth in accumulate(1 if one in b"[{" else -1 for one in brackets))
