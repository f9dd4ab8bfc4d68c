"""NDJSON and CSV: from batches to bytes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.base import Format
from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.formats.columns import FieldPicker
from coinapi_idx_cli.formats.fields import parse_fields
from coinapi_idx_cli.formats.registry import check_format, format_class
from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.messages import decode
from tests.formats.written import Written

RECEIVED_NS = 1_763_752_382_123_456_789
VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2025-11-21T19:13:02.0000001Z","value":1.50}'


def written_by(kind: type[Format], fields: str | None = None, *, header: bool = True, include: str = "") -> Written:
    kinds = frozenset(include.split(","))
    return Written(kind, parse_fields(fields) if fields else None, header=header, include=kinds)


def batch(*texts: bytes) -> Batch:
    return decode(list(texts), RECEIVED_NS).batch


def test_ndjson_is_the_text_that_came() -> None:
    ndjson = written_by(Ndjson)
    ndjson.write(batch(VALUE, b' { "type" : "index", "index_id":"a b", "time_coinapi":"t", "value":1E+2 , } '))
    assert ndjson.data == VALUE + b'\n{"type":"index","index_id":"a b","time_coinapi":"t","value":1E+2}\n'


def test_ndjson_writes_nothing_for_an_empty_batch() -> None:
    ndjson = written_by(Ndjson)
    ndjson.write(batch(b'{"type":"heartbeat"}'))
    assert ndjson.data == b""


def test_ndjson_with_fields() -> None:
    ndjson = written_by(Ndjson, "value,time_received,index_id,latency_ms,time_coinapi")
    ndjson.write(batch(VALUE))
    assert ndjson.data == (
        b'{"value":1.50,"time_received":"2025-11-21T19:13:02.123456789Z","index_id":"IDX_A","latency_ms":123.4566,'
        b'"time_coinapi":"2025-11-21T19:13:02.0000001Z"}\n'
    )


def test_included_notes_stand_where_they_belong() -> None:
    ndjson = written_by(Ndjson, include="gap,heartbeat")
    mixed = batch(VALUE, b'{"type":"heartbeat"}', b'{"type":"reconnect","within_seconds":1}', VALUE)
    mixed.notes.insert(0, Gap(RECEIVED_NS - 2_500_000_000, RECEIVED_NS).note())
    ndjson.write(mixed)
    lines = [json.loads(line) for line in ndjson.data.splitlines()]
    assert [line["type"] for line in lines] == ["gap", "index", "heartbeat", "index"]
    assert lines[0] == {
        "type": "gap",
        "from": "2025-11-21T19:12:59.623456789Z",
        "to": "2025-11-21T19:13:02.123456789Z",
        "seconds": 2.5,
    }


def test_notes_at_one_place_keep_their_order() -> None:
    ndjson = written_by(Ndjson, include="a,b")
    both = batch(VALUE)
    both.notes = [Note(0, "a", b"1"), Note(0, "b", b"2"), Note(1, "a", b"3")]
    ndjson.write(both)
    assert ndjson.data == b"1\n2\n" + VALUE + b"\n3\n"


def test_csv_has_one_header_and_three_columns_by_default() -> None:
    out = written_by(Csv)
    out.write(batch(VALUE))
    out.write(batch(VALUE))
    row = b"2025-11-21T19:13:02.0000001Z,IDX_A,1.50\n"
    assert out.data == b"time_coinapi,index_id,value\n" + row + row


def test_csv_without_header() -> None:
    out = written_by(Csv, header=False)
    assert out.data == b""
    out.write(batch(VALUE))
    assert out.data.count(b"\n") == 1


@given(
    index_id=st.text(st.characters(exclude_categories=["Cs"])), value=st.floats(allow_nan=False, allow_infinity=False)
)
def test_csv_reads_back_equal_with_the_standard_module(index_id: str, value: float) -> None:
    out = written_by(Csv, header=False)
    message = {"type": "index", "index_id": index_id, "time_coinapi": 'a,"b"\n', "value": value}
    out.write(batch(json.dumps(message).encode()))
    ((time, read_id, text),) = csv.reader(io.StringIO(out.data.decode(), newline=""), strict=True)
    assert (time, read_id, float(text)) == ('a,"b"\n', index_id, value)


def test_csv_of_other_fields_and_missing_ones() -> None:
    out = written_by(Csv, "index_id,sequence,flag,parts")
    with_more = VALUE[:-1] + b',"sequence":7,"flag":true,"parts":[1,"x"]}'
    out.write(batch(with_more, VALUE))
    assert out.data == b'index_id,sequence,flag,parts\nIDX_A,7,true,"[1,""x""]"\nIDX_A,,,\n'


def test_a_field_that_the_feed_never_sent_is_an_error_that_names_what_it_sends() -> None:
    picker = FieldPicker(("index_id", "price"))
    assert picker.cells(batch()) == [[], []]
    assert picker.objects(batch()) == []
    with pytest.raises(UsageError, match=r"unknown field 'price'.*index_id, time_coinapi, type, value"):
        picker.cells(batch(VALUE))


@pytest.mark.parametrize("bad", ["", "index_id,", "vlaue", "time_recieved", "a b", "value,value", "Value"])
def test_bad_field_lists(bad: str) -> None:
    with pytest.raises(UsageError):
        parse_fields(bad)


def test_latency_of_a_time_that_is_none_is_empty() -> None:
    out = written_by(Csv, "latency_ms,type", header=False)
    out.write(batch(VALUE.replace(b"2025-11-21T19:13:02.0000001Z", b"soon")))
    assert out.data == b",index\n"


@pytest.mark.parametrize("content", ["", " ", " \t ", "a", "\n", '"', "null"])
def test_a_single_cell_is_a_row_also_when_it_is_empty(content: str) -> None:
    out = written_by(Csv, "note", header=False)
    note = b"null" if content == "null" else json.dumps(content).encode()
    out.write(batch(*[VALUE[:-1] + b',"note":' + note + b"}"] * 3))
    rows = [row for row in csv.reader(io.StringIO(out.data.decode(), newline=""), strict=True) if row]
    assert rows == [["" if content == "null" else content]] * 3
    assert not any(line.isspace() or not line for line in out.data.decode().split("\n")[:-1] if content != "\n")


def test_the_formats_there_are() -> None:
    assert format_class(check_format("ndjson")) is Ndjson
    assert format_class(check_format("csv")) is Csv
    with pytest.raises(UsageError, match="did you mean ndjson"):
        check_format("ndjsn")
