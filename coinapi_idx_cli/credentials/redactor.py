"""Takes secrets out of any text, in whatever spelling a server or a proxy echoes them.

Text for people is searched for every spelling. Data is searched for little: for the key with and without its dashes, in
three cases, and for its base64; only where one is found is all of it looked at.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

HIDDEN = "***"
SHORTEST_DERIVED_FORM = 8  # a shorter piece of base64, or a short key in another case, would be found in innocent text
SHORTEST_IN_DATA = 6  # real keys have 36 characters; a shorter one for a test must not change numbers and names
SHORTEST_IN_TEXT = 4
ANY_BYTES = "surrogateescape"  # what the environment holds need not be UTF-8

# Credentials of others that an answer may repeat, by the forms that the vendor takes them in.
_OF_OTHERS = re.compile(r"(?i)(\b(?:bearer|basic) +|/apikey-)(?=[a-z.~+/=_-]{0,40}[0-9])[\w.~+/=-]{8,}")
_BEGINS_OF_OTHERS = ("bearer ", "basic ", "/apikey-")
_BY_NUMBER = re.compile(rb"\\u00([0-9A-Fa-f]{2})")
_OF_BASE64 = "[A-Za-z0-9+/_-]"  # in either alphabet
_MOST_ESCAPES = 4  # of text within text within text: without a limit a flood of backslashes would cost its square


class Redactor:
    """Replaces every secret by `***`: as it is, in another case, without dashes, encoded for URLs, JSON and Basic."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if secret}
        self._prepare()

    def hide(self, secret: str) -> None:
        """From now on that one, too, wherever this redactor is in use already."""
        if secret and secret not in self._secrets:
            self._secrets.add(secret)
            self._prepare()

    def _prepare(self) -> None:
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._in_text = tuple(secret for secret in longest_first if len(secret) >= SHORTEST_IN_TEXT)
        self._in_data = tuple(secret for secret in longest_first if len(secret) >= SHORTEST_IN_DATA)
        self._text_needles = _each_once(needle.decode("latin-1").lower() for needle in _needles_of(self._in_text))
        self._needles = _each_once(_needles_of(self._in_data))

    def clean_bytes(self, data: bytes) -> bytes:
        """Data. The same object when nothing was found: the common case costs one search a needle and no copy."""
        for needle in self._needles:
            if needle in data:
                return _expression_in_bytes(self._in_data).sub(HIDDEN.encode(), data)
        if (b"%" in data or b"\\" in data) and self._needles:  # of a single byte, which costs next to nothing
            plain = _unescaped(data)
            if any(needle in plain for needle in self._needles):
                return _expression_in_bytes(self._in_data).sub(HIDDEN.encode(), data)
        return data

    def clean(self, text: str) -> str:
        """Text for people."""
        lowered = text.lower()
        if self._in_text and self._may_be_in(lowered):
            text = _expression(self._in_text).sub(HIDDEN, text)
        return _OF_OTHERS.sub(rf"\1{HIDDEN}", text) if any(each in lowered for each in _BEGINS_OF_OTHERS) else text

    def _may_be_in(self, lowered: str) -> bool:
        """A server may send a mebibyte in an error message: few texts deserve a look at each character."""
        return "%" in lowered or "\\" in lowered or any(needle in lowered for needle in self._text_needles)


def _unescaped(data: bytes) -> bytes:
    """Without what URLs and JSON write by number."""
    from urllib.parse import unquote_to_bytes  # seldom needed

    data = _BY_NUMBER.sub(lambda match: bytes([int(match[1], 16)]), data)
    for _ in range(_MOST_ESCAPES):
        if b"%" not in data:
            break
        data = unquote_to_bytes(data)
    return data


@lru_cache(maxsize=8)
def _expression(secrets: tuple[str, ...]) -> re.Pattern[str]:
    """Made when it is needed: that takes longer than a hundred searches."""
    return re.compile("|".join(spelling for secret in secrets for spelling in _spellings(secret)))


@lru_cache(maxsize=8)
def _expression_in_bytes(secrets: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile(_expression(secrets).pattern.encode(errors=ANY_BYTES))


def _spellings(secret: str) -> Iterator[str]:
    """Expressions, that of the secret itself last: within its base64 it is not found."""
    if len(secret) < SHORTEST_DERIVED_FORM:
        yield re.escape(secret)
        return
    slashes = rf"\\{{0,{_MOST_ESCAPES}}}"
    for form in _base64_forms(secret.encode(errors=ANY_BYTES)):
        middle = re.escape(form).replace(r"\+", "[+-]").replace("/", rf"{slashes}[/_]")
        yield rf"(?:(?:{slashes}{_OF_BASE64}){{4}})?{middle}(?:{slashes}{_OF_BASE64}){{0,3}}={{0,2}}"
    yield f"(?i:{''.join(map(_spelling, secret.encode(errors=ANY_BYTES).decode('latin-1')))})"


def _spelling(character: str) -> str:
    """Of one character, or byte: as it is, perhaps escaped; percent-encoded, perhaps more than once; by its number."""
    number = f"{ord(character):02x}"
    most = _MOST_ESCAPES
    expression = rf"(?:\\{{0,{most}}}{re.escape(character)}|%(?:25){{0,{most}}}{number}|\\{{1,{most}}}u00{number})"
    return f"{expression}?" if character == "-" else expression


def _base64_forms(secret: bytes) -> Iterator[str]:
    """In "user:secret" what comes before shifts the alphabet by one or two bytes; the middle stays the same, and up to
    four characters on either side hold a part of it, too."""
    forms = [b64encode(secret).decode().rstrip("=")]
    forms += [b64encode(b"\0" * shift + secret).decode().rstrip("=")[4:-2] for shift in (1, 2)]
    return (form for form in forms if len(form) >= SHORTEST_DERIVED_FORM)


def _needles_of(secrets: Iterable[str]) -> Iterator[bytes]:
    return (needle for secret in secrets for needle in _needles(secret))


def _each_once(forms: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(forms))


def _needles(secret: str) -> Iterator[bytes]:
    """One of them is in data that holds the secret, if nothing in it is written by number. Long ones are quicker."""
    if len(secret) < SHORTEST_DERIVED_FORM:
        yield secret.encode(errors=ANY_BYTES)
        return
    for spelling in (secret, secret.replace("-", "")):
        for each in (spelling, spelling.lower(), spelling.upper()):
            yield _longest_unescaped(each.encode(errors=ANY_BYTES))
    for form in _base64_forms(secret.encode(errors=ANY_BYTES)):
        yield _longest_unescaped(form.encode())


def _longest_unescaped(form: bytes) -> bytes:
    """What JSON puts a backslash before, and what has two spellings in base64, ends it."""
    return max(re.split(rb'[\\"/+]', form), key=len)
