"""Cutting text frames, with the buffer ending anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.transport.frames import A_FEW_BYTES, cut_text_frames, is_text_frame_start


def framed(payload: bytes) -> bytes:
    size = len(payload)
    head = bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")
    return head + payload


# What looks like the begin of a frame, or of its text, may stand anywhere within one.
payload_parts = st.sampled_from(
    [b"\x81", b"\x81\x01{", b"\x81~\x00\x81", b"~\x00", b"{}", b"}", b"~", b"\x01", b"\xc3\x81"]
)
payloads_with_marks = st.lists(payload_parts | st.binary(max_size=130), max_size=6).map(b"".join)


@given(st.lists(st.binary(max_size=400) | payloads_with_marks), st.data())
def test_frames_come_out_whole_wherever_the_bytes_are_split(payloads: list[bytes], data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        payloads.insert(0, b"{}" * A_FEW_BYTES)  # then they are cut the quick way
    stream = b"".join(map(framed, payloads))
    cut = data.draw(st.integers(0, len(stream)))
    first, position = cut_text_frames(stream[:cut], 0)
    assert is_text_frame_start(stream[:cut], position)
    second, end = cut_text_frames(stream[position:], 0)
    assert first + second == payloads
    assert position + end == len(stream)


@given(st.lists(st.sampled_from([125, 126, 128, 129, 130, 131, 385]), min_size=10), st.integers(0, 600))
def test_a_length_may_look_like_the_begin_of_a_frame(sizes: list[int], missing: int) -> None:
    payloads = [b"{" + b"x" * (size - 2) + b"}" for size in sizes]
    stream = b"".join(map(framed, payloads))
    frames, position = cut_text_frames(stream[: len(stream) - missing], 0)
    assert frames == payloads[: len(frames)]
    assert position == len(b"".join(map(framed, frames)))
    assert position + len(framed(b"".join(payloads[len(frames) : len(frames) + 1]))) > len(stream) - missing


def test_longest_short_form_and_empty() -> None:
    payloads = [b"", b"a" * 125, b"b" * 126, b"c" * 65535]
    assert cut_text_frames(b"".join(map(framed, payloads)), 0)[0] == payloads


@given(st.sampled_from([b"\x89\x00", b"\x01\x01a", b"\x82\x01a", b"\x81\x7f" + bytes(8), b"\x81\x81abcd", b"\xc1\x00"]))
def test_what_is_odd_is_left_where_it_stands(odd: bytes) -> None:
    frames, position = cut_text_frames(framed(b"x") + odd + framed(b"y"), 0)
    assert frames == [b"x"]
    assert position == 3
    assert not is_text_frame_start(odd, 0)
