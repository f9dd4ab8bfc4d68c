"""The values' numbers in the very text that came: the double that was made of one may have other digits."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from coinapi_idx_cli.protocol.messages import json_fields

_VALUE = b'"value":'


class _Value(Struct):
    value: Raw


_decode = msgspec.json.Decoder(_Value).decode


def value_texts(texts: list[bytes]) -> list[str]:
    """The number of each value, of `Batch.texts`."""
    numbers = _numbers_at_the_end(texts)
    return list(map(value_text, texts)) if numbers is None else numbers


def value_text(text: bytes) -> str:
    """The number of one value."""
    try:
        number = _decode(text).value
    except msgspec.DecodeError:  # half a surrogate pair in another field
        number = json_fields(text)["value"]
    return bytes(number).decode()


def _numbers_at_the_end(texts: list[bytes]) -> list[str] | None:
    """At half the cost, where `value` is the last field of each message, as the feed has it; else None.

    Without a backslash a quotation mark is the begin or the end of a string, so that what is looked for is the name of
    a field. Behind the last one there is neither another field nor the end of an object within the message.
    """
    if b"\\" in b"".join(texts):
        return None
    ends = b"".join([text.rpartition(_VALUE)[2] for text in texts])
    if b"," in ends or ends.count(b"}") != len(texts):
        return None
    return ends.decode().split("}")[:-1]
