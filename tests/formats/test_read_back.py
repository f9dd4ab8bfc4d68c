"""Reading lines back is the inverse of writing them, and lines of somebody else are passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.base import Format
from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.protocol.batch import IndexValue
from tests.formats.written import FORMATS, WITH_ALL_FIELDS, Written, batches_of, lines_in, messages, selections

ORDINARY = messages(st.sampled_from(["IDX_A", "IDX_B"]), st.just("2025-11-21T19:13:02.0000001Z"))


def identities(values: list[IndexValue]) -> list[tuple[str, str, str]]:
    """With the sign of a zero, which == does not tell."""
    return [(value.index_id, value.time_coinapi, repr(value.value)) for value in values]


@given(st.sampled_from(FORMATS), selections(), st.booleans(), st.lists(st.lists(messages(), max_size=3), max_size=4))
def test_what_was_written_is_read_back_equal(
    kind: type[Format], fields: tuple[str, ...] | None, header: bool, reads: list[list[bytes]]
) -> None:
    output = Written(kind, fields, header=header)
    batches = batches_of([[WITH_ALL_FIELDS], *reads])
    for batch in batches:
        output.write(batch)
    written = [value for batch in batches for value in batch.values]
    assert identities(output.format.values_of(lines_in(output.data))) == identities(written)


foreign_lines = st.one_of(
    st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
    st.lists(st.sampled_from([b'"', b",", b"[1]", b"1e999", b"a", b"\r", b"{}", b"\xff", b"NaN"])).map(b"".join),
)


@given(st.sampled_from(FORMATS), st.lists(ORDINARY, min_size=1, max_size=3), foreign_lines, st.integers(0, 3))
def test_a_line_of_somebody_else_hides_none_of_ours(
    kind: type[Format], frames: list[bytes], foreign: bytes, place: int
) -> None:
    output = Written(kind, None)
    (batch,) = batches_of([frames])
    output.write(batch)
    lines = lines_in(output.data)
    lines.insert(place, foreign)
    found = [value for value in output.format.values_of(lines) if value.time_coinapi == batch.values[0].time_coinapi]
    assert identities(found) == identities(batch.values)


@pytest.mark.parametrize(
    "foreign",
    [
        b'x,"never closed', b'"', b'""', b'a,b,"', b"a,b,[1]", b"a,b,true", b"a,b,1e999", b"a,b,NaN", b"a,b,1.",
        b"a,b,01", b"a,b,1_0", b"a,b,", b"a,b", b"a,b,1,2", b'a"b,c,1', b"a,b,1\r", b"x" * 200_000,
        b'"' + b"x" * 200_000,
        b"\xff\xfe,b,1", b"7", b"null", b'{"type":"gap","index_id":"a","time_coinapi":"t","value":1}',
        b'{"index_id":"a","time_coinapi":"t","value":true}', b'{"index_id":"a","time_coinapi":"t","value":1e999}',
        b"[" * 100_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", FORMATS)
def test_what_holds_no_value_of_ours_is_passed_over(kind: type[Format], foreign: bytes) -> None:
    output = Written(kind, None)
    (batch,) = batches_of([[b'{"type":"index","index_id":"IDX_A","time_coinapi":"t","value":1.50}'] * 2])
    output.write(batch)
    ours = lines_in(output.data)
    assert identities(output.format.values_of([foreign, *ours, foreign, ours[-1]])) == [("IDX_A", "t", "1.5")] * 3


def test_a_row_that_begins_in_the_part_of_a_file_that_was_not_read_is_passed_over() -> None:
    output = Written(Csv, None)
    for batch in batches_of([[b'{"type":"index","index_id":"a\\nb\\",1","time_coinapi":"t","value":1}'] * 3]):
        output.write(batch)
    whole = lines_in(output.data)
    assert len(output.format.values_of(whole)) == 3
    assert len(output.format.values_of(whole[2:])) == 2


def test_open_quotes_without_end_cost_no_more_than_their_length() -> None:
    """Looking for the end of each from where it begins would take hours; the test's time limit would end it."""
    output = Written(Csv, None)
    for line in (b'a,"', b'""', b',"""', b'a,"""b', b'"a"",', b'"'):
        assert output.format.values_of([line] * 100_000) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_lines_that_do_not_tell_which_value_they_are(kind: type[Format]) -> None:
    output = Written(kind, ("time_coinapi", "value"))
    with pytest.raises(UsageError, match="--wait-lock needs index_id in each line"):
        output.format.values_of([])


def test_what_else_a_line_holds_does_not_matter() -> None:
    output = Written(Ndjson, None)
    line = b'{"type":"index","index_id":"IDX_A","time_coinapi":"t","value":1,"x":[1e999,{"value":"2"}]}'
    assert identities(output.format.values_of([line])) == [("IDX_A", "t", "1.0")]
