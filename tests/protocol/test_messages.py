"""The wire format: what decodes, in which text it goes on, and what becomes of all else."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.messages import (
    Malformed,
    ReconnectNotice,
    ServerError,
    UnknownMessage,
    decode,
    decode_value,
    hello,
    json_fields,
    read_value,
)

SAMPLES = Path(__file__).parent.parent / "samples"
VALUE = b'{"type":"index","index_id":"IDX_A","time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1085.72276}'


def test_documented_value_with_its_trailing_comma_decodes() -> None:
    decoded = decode([(SAMPLES / "index.json").read_bytes()], 7)
    assert decoded.events == []
    assert decoded.batch.time_received_ns == 7
    (text,) = decoded.batch.texts
    assert text == (
        b'{"type":"index","index_id":"IDX_REFRATE_PRIMKT_BTC_USD",'
        b'"time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1085.72276}'
    )
    assert decoded.batch.values[0].value == 1085.72276


def test_documented_heartbeat_decodes() -> None:
    decoded = decode([(SAMPLES / "heartbeat.json").read_bytes()], 0)
    assert (decoded.heartbeats, decoded.events) == (1, [])
    assert [(note.kind, note.text) for note in decoded.batch.notes] == [("heartbeat", b'{"type":"heartbeat"}')]


def test_documented_reconnect_decodes() -> None:
    decoded = decode([(SAMPLES / "reconnect.json").read_bytes()], 0)
    assert decoded.events == [ReconnectNotice(10.0, "2020-08-06T19:19:09.7035429Z")]


@pytest.mark.parametrize("name", ["error.json", "error-buffer.json"])
def test_documented_errors_decode(name: str) -> None:
    raw = (SAMPLES / name).read_bytes()
    assert decode([raw], 0).events == [ServerError(json.loads(raw)["message"])]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON: input data was truncated"),
        (b'{"type":"index"', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"index"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "field 'type' is missing"),
        (b'{"type":1}', "field 'type' is not text"),
        (VALUE.replace(b"1085.72276", b"true"), "field 'value' is not a number"),
        (VALUE.replace(b"1085.72276", b'"1"'), "field 'value' is not a number"),
        (VALUE.replace(b"1085.72276", b"null"), "field 'value' is not a number"),
        (VALUE.replace(b"1085.72276", b"NaN"), "not JSON: invalid character"),
        (VALUE.replace(b"1085.72276", b"1e999"), "field 'value' is not a number"),
        (VALUE.replace(b"1085.72276", b"9" * 400), "field 'value' is not a number"),
        (VALUE.replace(b"1085.72276", b"01"), "not JSON: invalid number"),
        (VALUE.replace(b"1085.72276", b"1 085.72"), "not JSON"),
        (VALUE.replace(b"1085.72276", b"1\n2"), "not JSON"),
        (VALUE.replace(b"1085.72276", b"- 5"), "not JSON"),
        (VALUE[:-1] + b',"x":[1 2]}', "not JSON"),
        (VALUE[:-1] + b',"x":[,]}', "not JSON"),
        (VALUE[:-1] + b',"x":[1,,]}', "not JSON"),
        (VALUE[:-1] + b',"x":{,}}', "not JSON"),
        (VALUE[:-1] + b',"x":"a" "b"}', "not JSON"),
        (VALUE[:-1] + b',"x":tru e}', "not JSON"),
        (VALUE[:-1] + b',"x":"a\nb"}', "not JSON"),
        (VALUE.replace(b"IDX_A", rb"\ud800"), "field 'index_id' is not text"),
        (b"\xef\xbb\xbf" + VALUE, "not JSON"),
        (b'{"type":"reconnect","within_seconds":1 0}', "not JSON"),
        (b'{"type":"reconnect","within_seconds":1e999}', "field 'within_seconds' is not a number"),
        (VALUE[:-1] + b',"x":' + b"[" * 256 + b"]" * 256 + b"}", "nested more than 256 levels deep"),
        (VALUE.replace(b',"value":1085.72276', b""), "field 'value' is missing"),
        (VALUE.replace(b'"IDX_A"', b"7"), "field 'index_id' is not text"),
        (VALUE.replace(b'"index_id":"IDX_A",', b""), "field 'index_id' is missing"),
        (VALUE.replace(b'"2017-03-18T22:42:21.0000000Z"', b"0"), "field 'time_coinapi' is not text"),
        (b'{"type":"reconnect","before_time":"x"}', "field 'within_seconds' is missing"),
        (b'{"type":"reconnect","within_seconds":true}', "field 'within_seconds' is not a number"),
        (VALUE.replace(b"IDX_A", b"\xff\xfe"), "not UTF-8"),
        (VALUE + VALUE, "not JSON"),
        (VALUE[:-1] + b"\n", "not JSON"),
        (VALUE.replace(b'"type":"index",', b""), "field 'type' is missing"),
        (VALUE[:-1] + b',"new":"\xff"}', "not UTF-8"),
    ],
)
def test_what_is_not_a_message_is_kept_with_its_text_and_disturbs_nothing(raw: bytes, why: str) -> None:
    for beside in (VALUE, VALUE.replace(b",", b", ")):
        decoded = decode([VALUE, raw, beside], 0)
        assert decoded.batch.texts == [VALUE, VALUE]
        (event,) = decoded.events
        assert isinstance(event, Malformed)
        assert event.why.startswith(why)
        assert event.text == raw.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    "torn",
    [[VALUE + b"," + VALUE[:-1] + b',"x":[{}', b"{}]}"], [VALUE + VALUE[:-1], b"}"], [VALUE[:16], VALUE[16:] + VALUE]],
)
def test_messages_torn_over_two_frames_are_two_malformed_ones(torn: list[bytes]) -> None:
    """Joined, with a comma, a line end or nothing between them, they would be two valid values."""
    decoded = decode(torn, 0)
    assert decoded.batch.values == []
    assert len(decoded.events) == 2


def test_unknown_types_are_told_apart_from_malformed_ones() -> None:
    assert decode([b'{"type":"trade","price":1}'], 0).events == [UnknownMessage("trade")]


def test_unknown_fields_are_passed_on() -> None:
    raw = VALUE[:-1] + b',"sequence":12,"extra":{"a":[1,2.50]}}'
    decoded = decode([raw], 0)
    assert decoded.batch.texts == [raw]


def test_an_error_without_a_message_is_an_error_all_the_same() -> None:
    assert decode([b'{"type":"error","code":7}'], 0).events == [ServerError('{"type":"error","code":7}')]


def test_notes_know_their_place_among_the_values() -> None:
    decoded = decode([VALUE, b'{"type":"heartbeat"}', VALUE], 0)
    assert [(note.position, note.kind) for note in decoded.batch.notes] == [(1, "heartbeat")]


finite = st.floats(allow_nan=False, allow_infinity=False)
seven_digit_times = st.builds(
    "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}.{:07d}Z".format,
    st.integers(1, 9999), st.integers(1, 12), st.integers(1, 28),
    st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 9_999_999),
)  # fmt: skip


@given(value=finite, time=seven_digit_times, index_id=st.text(), indent=st.sampled_from([None, 0, 2]))
def test_a_value_and_a_time_come_out_as_the_text_that_went_in(
    value: float, time: str, index_id: str, indent: int | None
) -> None:
    message = {"type": "index", "index_id": index_id, "time_coinapi": time, "value": value}
    sent = json.dumps(message, indent=indent)
    (text,) = decode([sent.encode()], 0).batch.texts
    assert f'"value":{json.dumps(value)}'.encode() in text
    assert f'"time_coinapi":"{time}"'.encode() in text
    assert json.loads(text) == message
    assert b"\n" not in text


@given(
    st.sampled_from(["1.10", "1e5", "1E+5", "-0", "-0.0", "100", "0.1e1", "123456789012345678901234567890", "5e-324"])
)
def test_numbers_keep_their_spelling(number: str) -> None:
    raw = VALUE.replace(b"1085.72276", number.encode())
    (text,) = decode([raw.replace(b",", b" , ")], 0).batch.texts
    assert text == raw
    assert decode([raw], 0).batch.values[0].value == float(number)


@given(st.binary(max_size=300))
def test_decode_never_raises(raw: bytes) -> None:
    decoded = decode([raw], 0)
    assert len(decoded.events) + len(decoded.batch.values) + decoded.heartbeats == 1


def test_hello_with_a_filter() -> None:
    assert orjson.loads(hello(["IDX_A", "IDX_B"], heartbeat=True, update_limit_ms=500)) == {
        "type": "hello",
        "heartbeat": True,
        "subscribe_filter_index_id": ["IDX_A", "IDX_B"],
        "subscribe_update_limit_ms_index": 500,
    }


def test_hello_for_everything_has_no_filter_and_no_key_unless_asked() -> None:
    assert orjson.loads(hello(None, heartbeat=False)) == {"type": "hello", "heartbeat": False}
    assert orjson.loads(hello(None, heartbeat=False, api_key="k"))["apikey"] == "k"


@pytest.mark.parametrize("number", ["9007199254740993", "18446744073709551616", "-9223372036854775809", "9" * 300])
def test_a_value_is_a_double_however_it_is_spelled(number: str) -> None:
    raw = VALUE.replace(b"1085.72276", number.encode())
    decoded = decode([raw], 0)
    assert decoded.batch.texts == [raw]
    assert repr(decoded.batch.values[0].value) == repr(float(number))
    assert decode_value(raw) == decoded.batch.values[0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | finite | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
fields_of_a_value = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("index") | st.text(),
        "index_id": st.just("IDX_A") | json_values,
        "time_coinapi": st.just("t") | json_values,
        "value": finite | json_values,
        "extra": json_values,
    },
)


@given(st.lists(fields_of_a_value, max_size=4), st.booleans())
def test_what_a_message_is_does_not_hang_on_its_neighbours(messages: list[dict[str, object]], ascii_only: bool) -> None:
    """A batch that is plain goes the quick way; one with a space in it is looked at message by message."""
    frames = [
        json.dumps(m, separators=(",", ":"), ensure_ascii=ascii_only).encode("utf-8", "replace") for m in messages
    ]
    quick, slow = decode([VALUE, *frames], 0), decode([VALUE, *frames, b"{} "], 0)
    assert quick.batch == slow.batch
    assert quick.events == slow.events[:-1]


@pytest.mark.parametrize(
    "field",
    [
        b'"x":1e999', b'"x":' + b"9" * 5000, b'"x":[1e400,{"y":-1e400}]', rb'"x":"\ud800"', rb'"x":["\udc00\ud800"]',
        rb'"\ud800":1', b'"value":1085.72276', b'"index_id":"IDX_A"', b'"x":' + b"[" * 255 + b"]" * 255,
    ],
)  # fmt: skip
@pytest.mark.parametrize("number", [b"1085.72276", b"18446744073709551616"])
def test_nothing_in_another_field_costs_the_value(field: bytes, number: bytes) -> None:
    raw = VALUE[:-1].replace(b"1085.72276", number) + b"," + field + b"}"
    quick, slow = decode([raw], 0), decode([raw, b"{} "], 0)
    assert quick.batch.texts == slow.batch.texts == [raw]
    assert quick.batch.values == slow.batch.values == [decode_value(raw)] == [read_value(raw)]
    assert bytes(json_fields(raw)["index_id"]) == b'"IDX_A"'


@pytest.mark.parametrize(
    ("first", "last"), [(b'"value":"x"', b'"value":1.50'), (b'"value":1e999', b'"value":1.50'), (b'"type":7', b'"x":0')]
)
def test_of_a_name_that_comes_twice_the_last_counts(first: bytes, last: bytes) -> None:
    raw = b"{" + first + b"," + VALUE[1:-1] + b"," + last + b"}"
    decoded = decode([raw], 0)
    assert decoded.batch.texts == [raw]
    assert decoded.batch.values[0].value == (1.5 if b"1.50" in last else 1085.72276)


def test_what_a_value_lacks_at_its_end_is_malformed_whatever_came_before() -> None:
    (event,) = decode([VALUE[:-1] + b',"value":"x"}'], 0).events
    assert event == Malformed("field 'value' is not a number", (VALUE[:-1] + b',"value":"x"}').decode())


def test_other_messages_lose_nothing_to_their_other_fields_either() -> None:
    assert decode([rb'{"type":"reconnect","within_seconds":10,"before_time":"\ud800"}'], 0).events == [
        ReconnectNotice(10.0, "")
    ]
    assert decode([b'{"type":"reconnect","within_seconds":1e1,"before_time":7,"x":1e999}'], 0).events == [
        ReconnectNotice(10.0, "")
    ]
    assert decode([rb'{"type":"error","message":"\ud800"}'], 0).events == [
        ServerError(r'{"type":"error","message":"\ud800"}')
    ]
    assert decode([rb'{"type":"heartbeat","x":"\ud800"}'], 0).heartbeats == 1


def test_the_vendors_other_spelling_of_a_heartbeat_is_one() -> None:
    decoded = decode([b'{"type":"hearbeat"}'], 0)
    assert (decoded.heartbeats, decoded.events) == (1, [])
    assert [(note.kind, note.text) for note in decoded.batch.notes] == [("heartbeat", b'{"type":"hearbeat"}')]
