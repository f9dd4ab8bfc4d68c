"""The text of JSON without white space: nothing else is changed, and nothing becomes valid that was not."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.json_text import compact, with_stand_ins

contents = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(contents)
def test_compact_takes_white_space_out_and_nothing_else(content: object) -> None:
    text = json.dumps(content, separators=(",", ":")).encode()
    assert compact(json.dumps(content, indent=3).encode()) == text
    assert compact(json.dumps(content, indent="\t").encode()) == text
    assert compact(text) == text


@pytest.mark.parametrize(
    ("text", "compacted"),
    [
        (b'{"a": 1 , }', b'{"a":1}'),
        (b"[ [1, ] , ]", b"[[1]]"),
        (b'["a, ]" , ]', b'["a, ]"]'),
        (b"[1, true, null , ]", b"[1,true,null]"),
        (b"[1 2]", b"[1 2]"),
        (b"[1  \n2 , ]", b"[1  \n2]"),
        (b"[ , ]", b"[,]"),
        (b"{ , }", b"{,}"),
        (b"[1 , , ]", b"[1,,]"),
        (b'{"a" : , }', b'{"a":,}'),
        (b"tru e", b"tru e"),
        (b"- 5", b"- 5"),
        (b'"a" "b"', b'"a" "b"'),
    ],
)
def test_what_compact_makes_of(text: bytes, compacted: bytes) -> None:
    assert compact(text) == compacted


@pytest.mark.parametrize("space", [b"\x0b", b"\x0c", b"\xc2\xa0", b"\xe2\x80\xa8", b"\x00"])
def test_what_else_looks_like_white_space_stays(space: bytes) -> None:
    assert compact(b"[1," + space + b"2]") == b"[1," + space + b"2]"


@pytest.mark.parametrize(
    ("text", "with_all"),
    [
        (rb"\ud83d\ude00", rb"\ud83d\ude00"),
        (rb"\uD83D\uDE00 \u0041 \\ud800", rb"\uD83D\uDE00 \u0041 \\ud800"),
        (rb"\ud83d \ude00", b"X X"),
        (rb"\ud83d\ud83d\ude00\ude00", rb"X\ud83d\ude00X"),
        (rb"\\\ud83d\u0041", rb"\\X\u0041"),
        (rb"\ud8", rb"\ud8"),
        (rb"\Ud800 \ud8zz", rb"\Ud800 \ud8zz"),
        (rb"\uDbfF\uDFfF \uDBff\uDbff", rb"\uDbfF\uDFfF XX"),
    ],
)
def test_half_a_surrogate_pair_is_found_and_a_whole_one_left_alone(text: bytes, with_all: bytes) -> None:
    assert with_stand_ins(text, b"X") == with_all


@pytest.mark.slow
def test_each_byte_is_looked_at_once() -> None:
    """A quadratic pattern would take hours here, and the test's time limit would end it."""
    size = 400_000
    for nasty in (b'"\\', b'"', b", ", b"1 ", b'" ', b"[", b"[]", b",]", b"[1,],", b'"a",]', rb"\ud800", b'{"', b"\\ "):
        for text in (nasty * size, b'"' + nasty * size, b"," + nasty[-1:] * size, b"1" + nasty[-1:] * size + b"1"):
            with_stand_ins(text, b"X")
            with suppress(ValueError):  # too deep
                compact(text)
