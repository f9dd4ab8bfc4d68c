"""Index messages for the source: no two alike, quick to make, half of them above and half below 126 bytes.

A list of templates is made once, one text frame each; whatever number of messages is wanted, the list is gone through
again and again. In each pass all messages get the pass's number: as minute and second of their time, and as three
digits of their value. `bytes.translate` writes it over placeholder bytes, a MiB in a millisecond.

So two messages of one pass differ by fraction of the second and decimals of the value; a message and its like of
another pass by minute and second, and by the three digits, which come round after a thousand passes, eight million
messages. Nothing that a client could keep by mistake (text, time, number) comes back, but for the index ids.

With their 123 to 130 bytes half of them have the short header of a frame (up to 125 bytes) and half the long one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

CHUNK_BYTES = 1024 * 1024
TEMPLATES_AT_LEAST = 8192  # about one chunk
PASSES = 3600  # seconds of an hour
DIGIT_PLACES = b"\xf0\xf1\xf2\xf3\xf4\xf5\xf6"  # bytes of no header and no text: minute, second, three of the value
DECIMALS = b"7182818"  # none is a zero: a number that ends with one is not written so by anybody
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def frames(count: int, ids: int = 40) -> list[bytes]:
    """`count` messages as text frames."""
    templates = _templates(ids)
    return [
        template.translate(_digits(number // len(templates)))
        for number, template in enumerate(islice(cycle(templates), count))
    ]


def chunks(count: int, ids: int) -> Iterator[bytes]:
    """The same, joined to pieces of at most a MiB. Raises ValueError for so many that two would be alike."""
    templates = _templates(ids)
    step = CHUNK_BYTES // max(map(len, templates))
    pieces = [templates[start : start + step] for start in range(0, len(templates), step)]
    joined = [b"".join(piece) for piece in pieces]  # once: it takes as long as to translate it
    left = count
    for number in range(PASSES):
        for piece, whole in zip(pieces, joined, strict=True):
            if left <= len(piece):
                yield b"".join(piece[:left]).translate(_digits(number))
                return
            yield whole.translate(_digits(number))
            left -= len(piece)
    raise ValueError("so many messages that two would be alike")


def index_id(number: int) -> bytes:
    """A name of the real length, `IDX_REFRATE_PRIMKT_BTC_USD`; with a fourth letter where three are used up."""
    text = ""
    while number or len(text) < 3:
        number, letter = divmod(number, len(LETTERS))
        text = LETTERS[letter] + text
    return f"IDX_REFRATE_PRIMKT_{text}_USD".encode()


def _templates(ids: int) -> list[bytes]:
    """A whole number of rounds over the ids, so that each index has as many values as any other."""
    count = -(-TEMPLATES_AT_LEAST // ids) * ids
    return [_framed(_message(number, count, ids)) for number in range(count)]


def _message(number: int, count: int, ids: int) -> bytes:
    ticks = number * 10_000_000 // count  # of 100 ns: a pass is a second
    minute_second = b"%b:%b" % (DIGIT_PLACES[:2], DIGIT_PLACES[2:4])
    value = b"%d%b%d.%05d" % (1 + number % 9, DIGIT_PLACES[4:], number % 7, number % 100_000)
    return b'{"type":"index","index_id":"%b","time_coinapi":"2026-11-21T19:%b.%07dZ","value":%b%b}' % (
        index_id(number % ids),
        minute_second,
        ticks,
        value,
        DECIMALS[: 1 + number % len(DECIMALS)],
    )


def _framed(payload: bytes) -> bytes:
    size = len(payload)
    return (bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")) + payload


def _digits(a_pass: int) -> bytes:
    """The table that turns the placeholders into the pass's number."""
    return bytes.maketrans(DIGIT_PLACES, b"%02d%02d%03d" % (*divmod(a_pass, 60), a_pass % 1000))
