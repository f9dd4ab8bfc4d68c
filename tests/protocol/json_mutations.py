"""Messages with something wrong in them, or nothing: thousands a second, the same for the same seed.

For hours of it: make fuzz ARGS="--only messages"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.protocol.json_oracle import MALFORMED, expected, found

_SAMPLES = Path(__file__).parent.parent / "samples"
VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1085.72276}'
MESSAGES = [
    VALUE,
    VALUE,
    VALUE.replace(b",", b", ").replace(b":", b": "),
    VALUE.replace(b"1085.72276", b"-1.50E+2"),
    VALUE.replace(b"1085.72276", b"18446744073709551616"),
    VALUE.replace(b"IDX_A", rb"\u0049\"\\DX \ud83d\ude00"),
    VALUE.replace(b"IDX_A", "µ€😀".encode()),
    VALUE[:-1] + b',"sequence":12,"flags":[true,false,null],"extra":{"value":2.50,"a":[[],{},-0]}}',
    VALUE[:-1] + rb',"note":"half \ud800 a pair","far":1e999}',
    b'{"type":"reconnect","within_seconds":10,"before_time":"2020-08-06T19:19:09.7035429Z"}',
    b'{"type":"error","message":"so \\n it is"}',
    b'{"type":"hearbeat"}',
    b'{"type":"trade","price":[1,2]}',
    *(path.read_bytes() for path in sorted(_SAMPLES.glob("*.json"))),
]
_SPACE = (b" ", b"\t", b"\r", b"\n", b"  ", b" \r\n\t", b"\x0b", b"\xc2\xa0")
_ESCAPES = (
    rb"\ud800", rb"\udc00", rb"\uDBFF", rb"\ud83d\ude00", rb"\uD83D\uDE00", rb"\ud800\u0041", rb"\udc00\ud800",
    rb"\\ud800", rb"\\\ud800", rb"\u12", rb"\u00g0", rb"\u0000", rb"\ud8", rb"\x", rb"\n", rb"\/",
    rb"\U0041", rb"\Ud800", rb"\ud8xx",
)  # fmt: skip
_NUMBERS = (
    b"1e999", b"-1e999", b"1e400", b"9" * 400, b"01", b"-", b"+1", b"1.", b".5", b"- 5", b"1 0", b"NaN", b"Infinity",
    b"-0", b"0e0", b"1E5", b"67401.10", b"1e-999", b"0x10", b"1_0", b"true", b'"1"', b"18446744073709551615",
)  # fmt: skip
_FIELDS = (
    b'"value":1,', b'"value":"x",', b'"value":1e999,', b'"type":"index",', b'"type":7,', rb'"v\u0061lue":3,',
    rb'"\ud800":1,', b'"":0,', b'"index_id":null,', b'"x":"\xff",', b'"x":[1,],', b'"x":{"y":1,},', b'"x":{,},',
    rb'"index_id":"\ud83d",', rb'"before_time":"\ud83d",', b'"x":tru,', b'"value":{"value":5},', b'"x":[1 2],',
)  # fmt: skip
_MARKS = (b",", b":", b'"', b"\\", b"[", b"]", b"{", b"}", b"-", b"+", b".", b"e", b"E", b"0", b"\x00", b"\x1f")
_NUMBER = re.compile(rb"(?<=[:\[,])\s*-?[0-9][0-9.eE+-]*")
_STRING_INSIDE = re.compile(rb'(?<=")[^"\\]')
_BRACKET = re.compile(rb"[\[{]")
_COMMA = re.compile(rb",|(?=[\]}])")
_STRUCTURE = re.compile(rb"[\[\]{}:,]")


def _at(random: Random, text: bytes, pattern: re.Pattern[bytes] | None = None) -> tuple[int, int]:
    """Somewhere: where the pattern is found, or anywhere."""
    spans = [match.span() for match in pattern.finditer(text)] if pattern is not None else []
    if spans:
        return spans[int(random.random() * len(spans))]
    place = int(random.random() * (len(text) + 1))
    return place, place


def _one(random: Random, of: tuple[bytes, ...]) -> bytes:
    return of[int(random.random() * len(of))]


def _insert_space(random: Random, text: bytes) -> bytes:
    _, place = _at(random, text, _STRUCTURE if random.random() < 0.5 else None)
    return text[:place] + _one(random, _SPACE) + text[place:]


def _insert_space_in_a_number(random: Random, text: bytes) -> bytes:
    begin, end = _at(random, text, _NUMBER)
    place = begin + int(random.random() * (end - begin + 1))
    return text[:place] + _one(random, _SPACE) + text[place:]


def _insert_or_delete_a_comma(random: Random, text: bytes) -> bytes:
    begin, end = _at(random, text, _COMMA if random.random() < 0.8 else None)
    return text[:begin] + (b"" if random.random() < 0.3 else b"," * (1 + (random.random() < 0.1))) + text[end:]


def _edit_a_number(random: Random, text: bytes) -> bytes:
    begin, end = _at(random, text, _NUMBER)
    place = begin + int(random.random() * (end - begin + 1))
    mark = _one(random, (b"0", b"1", b"9", b"-", b"+", b".", b"e", b"E", b"e5", b".0", b""))
    return text[:place] + mark + text[place + (random.random() < 0.4) :]


def _other_number(random: Random, text: bytes) -> bytes:
    begin, end = _at(random, text, _NUMBER)
    return text[:begin] + _one(random, _NUMBERS) + text[end:]


def _insert_an_escape(random: Random, text: bytes) -> bytes:
    _, place = _at(random, text, _STRING_INSIDE if random.random() < 0.9 else None)
    return text[:place] + _one(random, _ESCAPES) + text[place:]


def _insert_a_field(random: Random, text: bytes) -> bytes:
    _, place = _at(random, text, _BRACKET if random.random() < 0.5 else _COMMA)
    return text[:place] + _one(random, _FIELDS) + text[place:]


def _nest(random: Random, text: bytes) -> bytes:
    begin, end = _at(random, text, _NUMBER)
    depth = 254 + int(random.random() * 4) if random.random() < 0.01 else 1 + int(random.random() * 3)
    left, right = (b"[", b"]") if random.random() < 0.5 else (b'{"x":', b"}")
    return text[:begin] + left * depth + text[begin:end] + right * depth + text[end:]


def _insert_or_delete_a_mark(random: Random, text: bytes) -> bytes:
    place, _ = _at(random, text)
    mark = _one(random, _MARKS) if random.random() < 0.6 else b""
    return text[:place] + mark + text[place + (random.random() < 0.5) :]


def _flip_a_byte(random: Random, text: bytes) -> bytes:
    place, _ = _at(random, text)
    return text[:place] + bytes([int(random.random() * 256)]) + text[place + 1 :]


def _truncate(random: Random, text: bytes) -> bytes:
    return text[: _at(random, text)[0]]


def _put_together(random: Random, text: bytes) -> bytes:
    more = MESSAGES[int(random.random() * len(MESSAGES))]
    return random.choice((text + more, b"[" + text + b"]", b"\xef\xbb\xbf" + text, text + b",", text[1:] + text[:1]))


_GENTLE: tuple[Callable[[Random, bytes], bytes], ...] = (
    _insert_space,
    _insert_space_in_a_number,
    _insert_or_delete_a_comma,
    _insert_or_delete_a_comma,
    _edit_a_number,
    _other_number,
    _insert_an_escape,
    _insert_a_field,
    _nest,
)
_ROUGH = (_insert_or_delete_a_mark, _flip_a_byte, _truncate, _put_together)


def mutated(seed: int) -> Iterator[bytes]:
    """Without end."""
    random = Random(seed)
    while True:
        text = MESSAGES[int(random.random() * len(MESSAGES))]
        for _ in range(1 + int(random.random() * 3)):
            kinds = _GENTLE if random.random() < 0.85 else _ROUGH
            text = kinds[int(random.random() * len(kinds))](random, text)
        yield text


def compare(raw: bytes, number: int) -> str:
    """The kind of message that both readers take it for. Each third one goes the slow way, beside a malformed one."""
    wanted = expected(raw)
    got = found(raw, beside=(b" ",) if number % 3 == 0 else ())
    assert got == wanted, f"{raw!r}\n  is {got}\n not {wanted}"
    return "malformed" if wanted is MALFORMED else str(wanted[0])
