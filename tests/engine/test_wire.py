"""The protocol of NATS: whatever the pieces in which it comes, and whatever comes instead."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.engine import wire
from coinapi_idx_cli.engine.wire import Complaint, Delivery, Heard, Info, Ping, Pong, WireError, WireReader

HEADED = b"NATS/1.0\r\nIdx-Block: a/r/1\r\nX:y:z\r\n\r\n"
STREAM: list[tuple[bytes, Heard | None]] = [
    (b'INFO {"version":"2.15.1"}\r\n', Info({"version": "2.15.1"})),
    (b"PING\r\n", Ping()),
    (b"PONG\r\n", Pong()),
    (b"+OK\r\n", None),
    (b"-ERR 'Authorization Violation'\r\n", Complaint("Authorization Violation")),
    (b"MSG a.b 7 5\r\nhe\r\no\r\n", Delivery("a.b", 7, "", b"he\r\no")),
    (b"MSG a.b 7 back.1 0\r\n\r\n", Delivery("a.b", 7, "back.1", b"")),
    (
        b"HMSG a 1 r %d %d\r\n%sdata\r\n" % (len(HEADED), len(HEADED) + 4, HEADED),
        Delivery("a", 1, "r", b"data", {"Idx-Block": "a/r/1", "X": "y:z"}),
    ),
    (b"HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", Delivery("a", 1, "", b"", {}, "503")),
]


def read_in_pieces(data: bytes, chance: random.Random) -> list[Heard]:
    reader, heard = WireReader(), []
    while data:
        size = chance.randrange(1, 9)
        heard += reader.feed(data[:size])
        data = data[size:]
    assert reader.rest() == b""
    return heard


@pytest.mark.parametrize("seed", range(50))
def test_messages_are_the_same_in_whatever_pieces_they_come(seed: int) -> None:
    chance = random.Random(seed)
    chosen = [chance.choice(STREAM) for _ in range(20)]
    data = b"".join(text for text, _ in chosen)
    assert read_in_pieces(data, chance) == [heard for _, heard in chosen if heard is not None]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"INFO [1]\r\n",
        b"INFO {\r\n",
        b"MSG a 1\r\n",
        b"MSG a x 1\r\n",
        b"MSG a 1 -5\r\n",
        b"MSG a 1 99999999999\r\n",
        b"MSG a 1 2\r\nabcd",
        b"HMSG a 1 9 5\r\n",
        b"HMSG a 1 12 12\r\nHTTP/1.1 2\r\n\r\n",
        b"x" * (wire.LONGEST_LINE_BYTES + 1),
    ],
)
def test_what_is_not_the_protocol_is_said(data: bytes) -> None:
    with pytest.raises(WireError):
        WireReader().feed(data)


@pytest.mark.parametrize("seed", range(200))
def test_damaged_bytes_never_raise_anything_else(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(b"".join(chance.choice(STREAM)[0] for _ in range(10)))
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place]
            case 2:
                data[place:place] = bytes(chance.randrange(256) for _ in range(3))
    reader = WireReader()
    try:
        for begin in range(0, len(data), 7):
            reader.feed(bytes(data[begin : begin + 7]))
    except WireError:
        pass


def test_what_is_sent_is_what_a_server_reads() -> None:
    assert wire.publish("a", b"xy") == b"PUB a 2\r\nxy\r\n"
    assert wire.publish("a", b"xy", reply="r") == b"PUB a r 2\r\nxy\r\n"
    assert wire.publish("a", b"xy", headers={"N": "v"}) == b"HPUB a 18 20\r\nNATS/1.0\r\nN: v\r\n\r\nxy\r\n"
    assert wire.subscribe("a.*", 3) == b"SUB a.* 3\r\n"
    assert wire.unsubscribe(3) == b"UNSUB 3\r\n"
    assert wire.connect({"verbose": False}) == b'CONNECT {"verbose":false}\r\n'
