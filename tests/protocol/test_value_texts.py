"""A number is given as it came, digit by digit, wherever it stands in its message."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.value_texts import value_text, value_texts
from tests.protocol.index_messages import index_messages

AT_THE_END = b'{"type":"index","index_id":"A","time_coinapi":"t","value":67401.10}'


def as_json_reads(text: bytes) -> str:
    number = json.loads(text, parse_float=str, parse_int=str)["value"]
    assert isinstance(number, str)
    return number


@given(st.lists(index_messages(), max_size=4))
@example([AT_THE_END, AT_THE_END.replace(b"67401.10", b"1E+5")])
@example([AT_THE_END, b'{"value":1,"type":"index","index_id":"A","time_coinapi":"t"}'])
def test_the_number_is_the_text_that_came(messages: list[bytes]) -> None:
    texts = decode(messages, 0).batch.texts
    assert len(texts) == len(messages)
    numbers = [as_json_reads(message) for message in messages]
    assert value_texts(texts) == numbers
    assert [value_text(text) for text in texts] == numbers
