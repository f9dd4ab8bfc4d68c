"""Numbers come out in the very text that came: in csv, with --fields, and for formats of other packages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.value_texts import value_text, value_texts
from coinapi_idx_cli.simulator import Simulator
from tests.formats.written import Written, messages
from tests.harness import Running

NUMBERS = [
    "67401.10", "67401", "0.00000012", "1e5", "1E+05", "-0", "-0.0", "12345678901234567890.5", "18446744073709551616",
    "0.1e1", "5e-324", "1e-999", "9007199254740993", "1" + "0" * 300, "0." + "0" * 400 + "1",
]  # fmt: skip
Shape = Callable[[str], str]
SHAPES: dict[str, Shape] = {
    "at the end": lambda number: f'{{"type":"index","index_id":"A","time_coinapi":"t","value":{number}}}',
    "at the begin": lambda number: f'{{"value":{number},"type":"index","index_id":"A","time_coinapi":"t"}}',
    "before a nested one": lambda number: (
        f'{{"type":"index","index_id":"A","time_coinapi":"t","value":{number},"x":{{"value":7}}}}'
    ),
    "behind a nested one": lambda number: (
        f'{{"type":"index","index_id":"A","time_coinapi":"t","x":[{{"value":7}}],"value":{number}}}'
    ),
    "twice": lambda number: f'{{"type":"index","index_id":"A","time_coinapi":"t","value":7,"value":{number}}}',
    "before a name that ends so": lambda number: (
        f'{{"type":"index","index_id":"A","time_coinapi":"t","value":{number},"a\\"value":7}}'
    ),
    "by another spelling": lambda number: (
        f'{{"type":"index","index_id":"\\"value\\":7","time_coinapi":"t","v\\u0061lue":{number}}}'
    ),
    "beside half a surrogate pair": lambda number: (
        f'{{"type":"index","index_id":"A","time_coinapi":"t","x":"\\ud800","value":{number}}}'
    ),
    "among white space": lambda number: (
        f'{{"type":"index", "index_id": "A", "time_coinapi": "t", "value" : {number} , }}'
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_number_is_the_text_that_came_wherever_it_stands(shape: Shape) -> None:
    batch = decode([shape(number).encode() for number in NUMBERS], 0).batch
    assert value_texts(batch.texts) == NUMBERS
    assert list(map(value_text, batch.texts)) == NUMBERS
    out = Written(Csv, ("value", "index_id"), header=False)
    out.write(batch)
    assert [row[0] for row in csv.reader(io.StringIO(out.data.decode(), newline=""), strict=True)] == NUMBERS
    out = Written(Ndjson, ("index_id", "value"))
    out.write(batch)
    assert [line.rpartition(b":")[2].decode()[:-1] for line in out.data.splitlines()] == NUMBERS


def test_one_odd_message_costs_its_neighbours_nothing() -> None:
    texts = [shape(number).encode() for number, shape in zip(NUMBERS, SHAPES.values(), strict=False)]
    batch = decode(texts, 0).batch
    assert value_texts(batch.texts) == NUMBERS[: len(texts)]
    assert value_texts([]) == []


@given(st.lists(messages(), max_size=4))
def test_it_is_what_a_reader_of_json_finds(frames: list[bytes]) -> None:
    texts = decode(frames, 0).batch.texts
    assert value_texts(texts) == [json.loads(text, parse_float=str, parse_int=str)["value"] for text in texts]


OTHERS = (
    b'{"type":"index","index_id":"A","time_coinapi":"t","value":1,"far":1e999,"long":12345678901234567890.50,'
    rb'"nested":{"a":[1.50,-0,{"b":1E5}],"s":"\u00e9"},"text":"a,\"b\n","none":null,"half":"\ud800x","yes":true}'
)


def test_fields_that_are_not_known_here_are_the_text_that_came_in_csv() -> None:
    out = Written(Csv, ("far", "long", "nested", "text", "none", "half", "yes", "value"), header=False)
    out.write(decode([OTHERS], 0).batch)
    (row,) = csv.reader(io.StringIO(out.data.decode(), newline=""), strict=True)
    nested = r'{"a":[1.50,-0,{"b":1E5}],"s":"\u00e9"}'
    assert row == ["1e999", "12345678901234567890.50", nested, 'a,"b\n', "", "\ufffdx", "true", "1"]


def test_fields_that_are_not_known_here_are_the_text_that_came_in_ndjson() -> None:
    out = Written(Ndjson, ("far", "long", "nested", "text", "none", "half", "yes", "lacks", "type"))
    out.write(decode([OTHERS, OTHERS[:-1] + b',"lacks":0}'], 0).batch)
    assert out.data.splitlines()[0] == (
        rb'{"far":1e999,"long":12345678901234567890.50,"nested":{"a":[1.50,-0,{"b":1E5}],"s":"\u00e9"},'
        rb'"text":"a,\"b\n","none":null,"half":"\ufffdx","yes":true,"lacks":null,"type":"index"}'
    )


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("-f", "csv", "--no-header"), ["t,A,67401.10", "t,A,1e5", "t,A,12345678901234567890.5"]),
        (
            ("-f", "ndjson", "--fields", "index_id,value"),
            [
                '{"index_id":"A","value":67401.10}',
                '{"index_id":"A","value":1e5}',
                '{"index_id":"A","value":12345678901234567890.5}',
            ],
        ),
    ],
)
def test_the_program_writes_what_came(arguments: tuple[str, ...], lines: list[str]) -> None:
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "3", *arguments) as running:
        peer = sim.wait_for_peer()
        for number in ("67401.10", "1e5", "12345678901234567890.5"):
            peer.send_text(SHAPES["at the end"](number))
        assert running.wait() == 0
    assert running.out.lines == lines
