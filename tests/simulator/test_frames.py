from __future__ import annotations

import pytest

from coinapi_idx_cli.simulator.frames import binary_frame, close_frame, fragmented_text, text_frame
from coinapi_idx_cli.simulator.stamps import stamp


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (511, b"\x81\x7e\x01\xff"),
        (512, b"\x81\x7e\x02\x00"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_text_frames_of_all_three_length_encodings(length: int, header: bytes) -> None:
    assert text_frame(b"x" * length) == header + b"x" * length


def test_other_frames() -> None:
    assert binary_frame(b"ab") == b"\x82\x02ab"
    assert close_frame(1001, "by") == b"\x88\x04\x03\xe9by"
    assert fragmented_text([b"a", b"b", b"c"]) == [b"\x01\x01a", b"\x00\x01b", b"\x80\x01c"]
    assert fragmented_text([b"a"]) == [b"\x81\x01a"]


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "1970-01-01T00:00:00.0000000Z"),
        (14898769410000000, "2017-03-18T22:42:21.0000000Z"),
        (14898769410000001, "2017-03-18T22:42:21.0000001Z"),
        (14898769419999999, "2017-03-18T22:42:21.9999999Z"),
    ],
)
def test_times_have_seven_fractional_digits(ticks: int, text: str) -> None:
    assert stamp(ticks) == text
