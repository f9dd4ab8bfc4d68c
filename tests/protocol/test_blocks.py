"""Messages of a stream: their headers, and what is not one of ours."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.protocol.blocks import StreamBlock, block_of, control_type, machine_name, pieces, yield_message

BLOCK = StreamBlock("alpha/r1/7", (41, "beta/r2/3"), 2, 1_789_000_000_123_456_789, b"{}\n{}\n")


def test_a_block_is_read_back_from_its_headers() -> None:
    assert block_of(BLOCK.headers, BLOCK.data, control=False) == BLOCK
    assert (BLOCK.writer, BLOCK.machine, BLOCK.lines()) == ("alpha/r1", "alpha", [b"{}", b"{}"])
    first = StreamBlock("alpha/r1/1", (0, ""), 1, 0, b"{}\n")
    assert block_of(first.headers, first.data, control=False) == first


def test_a_yield_and_a_gap_are_known_by_their_type() -> None:
    leaving = StreamBlock("a/r/1", (1, "b/r/1"), 0, 0, yield_message("stops"), control=True)
    assert leaving.is_yield
    assert not leaving.is_gap
    assert leaving.lines() == []
    assert StreamBlock("a/r/1", (1, "b/r/1"), 0, 0, b'{"type":"gap"}', control=True).is_gap
    assert not StreamBlock("a/r/1", (1, "b/r/1"), 1, 0, b'{"type":"yield"}\n').is_yield
    assert [control_type(data) for data in (b"", b"[]", b"{}", b'{"type":"gap"}')] == ["", "", "", "gap"]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Idx-Block", ""),
        ("Idx-Block", "alpha"),
        ("Idx-After", ""),
        ("Idx-After", "x y"),
        ("Idx-Received", "yesterday"),
        ("Idx-Count", ""),
        ("Idx-Count", "3"),
    ],
)
def test_what_no_capture_machine_wrote_is_refused(header: str, text: str) -> None:
    with pytest.raises(ValueError, match="Idx-"):
        block_of({**BLOCK.headers, header: text}, BLOCK.data, control=False)


def test_a_name_disturbs_no_header() -> None:
    assert machine_name("cap 1/é\r\nX: y") == "cap-1-X:-y"
    assert machine_name("host.example") == "host.example"
    assert machine_name("//") == "idxstream"


def test_pieces_are_whole_lines() -> None:
    data = b"aaa\nbbb\ncccccccccc\nd\n"
    assert list(pieces(data, 8)) == [b"aaa\nbbb\n", b"cccccccccc\n", b"d\n"]
    assert list(pieces(b"a" * 9, 8)) == [b"a" * 9]
    assert list(pieces(b"", 8)) == []
