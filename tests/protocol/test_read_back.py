"""Values read from lines of our own are the values that were received."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.batch import IndexValue
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.read_back import value_of_cells, values_of_json
from coinapi_idx_cli.protocol.value_texts import value_text
from tests.protocol.index_messages import index_messages


def exact(values: list[IndexValue]) -> list[tuple[str, str, str]]:
    """With the sign of a zero, which == does not tell."""
    return [(value.index_id, value.time_coinapi, repr(value.value)) for value in values]


@given(st.lists(index_messages()))
@example([rb'{"type":"index","index_id":"A","time_coinapi":"t","value":-0.0,"x":"\ud800"}'])
def test_they_equal_what_was_received(messages: list[bytes]) -> None:
    batch = decode(messages, 0).batch
    assert exact(list(values_of_json(batch.texts))) == exact(batch.values)
    cells = zip(batch.values, map(value_text, batch.texts), strict=True)
    read = [
        value_of_cells(value.index_id.encode(), value.time_coinapi.encode(), text.encode()) for value, text in cells
    ]
    assert exact([value for value in read if value is not None]) == exact(batch.values)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"7", b"null", b"{", b"\xff", b"[" * 1000, b'{"index_id":"A","time_coinapi":"t"}',
        b'{"type":"gap","index_id":"A","time_coinapi":"t","value":1}',
        b'{"type":7,"index_id":"A","time_coinapi":"t","value":1}',
        b'{"index_id":"A","time_coinapi":"t","value":1e999}',
        b'{"index_id":"A","time_coinapi":"t","value":"1"}',
    ],
)  # fmt: skip
def test_a_line_without_a_value_is_passed_over(line: bytes) -> None:
    ours = b'{"index_id":"A","time_coinapi":"t","value":1}'
    assert list(values_of_json([line, ours])) == [IndexValue("index", "A", "t", 1.0)]


@pytest.mark.parametrize("number", [b"", b"x", b"1.", b"01", b"1e999", b"NaN", b"true", b"\xff"])
def test_a_cell_that_is_not_a_number_is_passed_over(number: bytes) -> None:
    assert value_of_cells(b"A", b"t", number) is None


def test_a_cell_that_is_not_text_is_passed_over() -> None:
    assert value_of_cells(b"\xff", b"t", b"1") is None
    assert value_of_cells(b"A", b"\xff", b"1") is None
