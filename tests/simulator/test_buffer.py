from __future__ import annotations

import json

from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.simulator.options import Options
from tests.simulator.clients import RawClient, greeted, hello, receive, receive_end

BIG = "x" * 10_000
FULL = {"type": "error", "message": "Reached maximum allowed buffered messages for this connection."}


def messages(stream: bytes) -> list[str]:
    """The text messages in the bytes of a stream, up to its close frame."""
    texts = []
    while stream[0] == 0x81:
        length, begin = stream[1], 2
        if length == 126:
            length, begin = int.from_bytes(stream[2:4], "big"), 4
        texts.append(stream[begin : begin + length].decode())
        stream = stream[begin + length :]
    assert stream[0] == 0x88
    return texts


def test_the_limit_is_the_vendors() -> None:
    assert Options().max_buffered == 131_072


def test_a_client_that_does_not_read_is_told_and_disconnected_and_loses_the_rest() -> None:
    with Simulator(rate=0, max_buffered=100) as sim, RawClient(sim, receive_buffer=4096) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        sent = 0
        while peer.is_open:
            assert sent < 10_000
            sim.publish_text(BIG)
            sent += 1
        texts = messages(raw.receive_all_after_close())
        assert json.loads(texts[-1]) == FULL
        assert set(texts[:-1]) == {BIG}
        assert len(texts) - 1 <= sent - 100


def test_others_do_not_suffer() -> None:
    with Simulator(rate=0, max_buffered=10) as sim, RawClient(sim, receive_buffer=4096) as raw:
        raw.send(hello())
        slow = sim.wait_for_peer(1)
        with greeted(sim) as (good, _):
            while slow.is_open:
                sim.publish_text(BIG)
                good.recv(timeout=5)
            sim.publish("IDX_A", 1)
            assert receive(good)["value"] == 1


def test_a_slow_reader_below_the_limit_gets_everything_in_order() -> None:
    with Simulator(rate=0) as sim, RawClient(sim, receive_buffer=65536) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        sent = [f"{number}{BIG}" for number in range(200)]
        for text in sent:
            sim.publish_text(text)
        peer.close(1000)
        assert messages(raw.receive_all_after_close()) == sent


def test_a_frozen_connection_overflows_when_it_thaws() -> None:
    with Simulator(rate=0, max_buffered=10) as sim, greeted(sim) as (websocket, peer):
        peer.freeze()
        for number in range(50):
            sim.publish("IDX_A", number)
        assert peer.is_open
        peer.thaw()
        assert receive(websocket) == FULL
        receive_end(websocket)
