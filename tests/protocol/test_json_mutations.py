"""What passes is JSON, or JSON with trailing commas, in its own text: 300,000 messages against a second reader."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.protocol.json_mutations import compare, mutated
from tests.protocol.json_oracle import MALFORMED, compact_text, expected

SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 16)))
MESSAGES_A_SEED = 20_000


@pytest.mark.parametrize("seed", SEEDS)
def test_every_message_is_read_as_the_second_reader_reads_it(seed: int) -> None:
    kinds = {compare(raw, number) for number, raw in enumerate(islice(mutated(seed), MESSAGES_A_SEED))}
    assert kinds == {"index", "heartbeat", "reconnect", "error", "unknown", "malformed"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b' { "a" : [ 1.50 , true , ] , } ', '{"a":[1.50,true]}'),
        (rb'["\ud800", "\"", 1e999]', r'["\ud800","\"",1e999]'),
        (b"[" * 256 + b"]" * 256, "[" * 256 + "]" * 256),
        (b"[" * 257 + b"]" * 257, None),
        (b"1 085.72", None),
        (b"- 5", None),
        (b"1\n2", None),
        (b"01", None),
        (b"[1 2]", None),
        (b"[,]", None),
        (b"{,}", None),
        (b"[1,,]", None),
        (b'{"a",}', None),
        (b"tru e", None),
        (b'"a" "b"', None),
        (b'"\t"', None),
        (b'"\xff"', None),
        (b"\xef\xbb\xbf1", None),
        (b"NaN", None),
    ],
)
def test_the_second_reader_itself(raw: bytes, text: str | None) -> None:
    assert compact_text(raw) == text


def test_the_second_reader_wants_fields_of_the_right_kind() -> None:
    assert expected(b'{"type":"index","index_id":"A","time_coinapi":"t","value":1e999}') is MALFORMED
    assert expected(rb'{"type":"index","index_id":"\ud800","time_coinapi":"t","value":1}') is MALFORMED
