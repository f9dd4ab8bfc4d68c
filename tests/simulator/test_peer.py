"""One connection under a test's control, observed at the socket."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from websocket import WebSocketConnectionClosedException, create_connection
from websockets.exceptions import ConnectionClosed

from coinapi_idx_cli.simulator import Simulator
from tests.simulator.clients import (
    SILENCE_S,
    RawClient,
    assert_silent,
    greeted,
    hello,
    receive,
    receive_end,
    receive_text,
    received_code,
)


def test_text_binary_and_fragments(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.send_text("plain")
        peer.send_text("ä".encode())
        peer.send_binary(b"\x00\xff")
        peer.send_fragments(["in ", b"three ", "parts"])
        assert [websocket.recv(timeout=5) for _ in range(4)] == ["plain", "ä", b"\x00\xff", "in three parts"]


def test_the_bytes_of_frames_are_those_of_the_standard(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        peer.send_fragments(["a", "b"])
        peer.send_bytes(b"\x81\x7e\x01")
        peer.send_bytes(b"\x00" + b"x" * 256)
        assert raw.receive(6) == b"\x01\x01a\x80\x01b"
        assert raw.receive(260) == b"\x81\x7e\x01\x00" + b"x" * 256


def test_half_a_frame_and_then_the_end(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.send_bytes(b"\x81\x7e\x01\x00half")
        peer.cut("fin")
        assert received_code(receive_end(websocket)) is None


def test_garbage_on_the_stream_is_a_protocol_error(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.send_bytes(b"\xff\xff garbage")
        receive_end(websocket)
        peer.wait_closed(5)
        assert peer.close_code == 1002


def test_text_that_is_no_utf8_arrives_as_it_is(sim: Simulator) -> None:
    with closing(create_connection(sim.url, timeout=5, skip_utf8_validation=True)) as websocket:
        websocket.send(hello())
        sim.wait_for_peer(1).send_text(b"\xff\xfe")
        assert websocket.recv_data() == (1, b"\xff\xfe")


def test_close_with_a_code_and_what_the_client_answers(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.send_text("last")
        peer.close(4321, "because")
        peer.send_text("too late")
        assert receive_text(websocket) == "last"
        end = receive_end(websocket)
        assert end.rcvd is not None
        assert (end.rcvd.code, end.rcvd.reason) == (4321, "because")
        peer.wait_closed(5)
        assert peer.close_code == 4321
        assert not peer.is_open


def test_the_code_of_a_client_that_closes(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        websocket.close(4000, "bye")
        peer.wait_closed(5)
    assert peer.close_code == 4000
    assert not sim.open_peers()


def test_a_client_that_just_goes_has_no_code(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
    peer.wait_closed(5)
    assert peer.close_code is None


def test_fin(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        peer = sim.wait_for_peer(1)
        sim.publish_text("last")
        peer.cut("fin")
        assert raw.receive_all() == b"\x81\x04last"


def test_rst(sim: Simulator) -> None:
    with RawClient(sim) as raw:
        raw.send(hello())
        sim.wait_for_peer(1).cut("rst")
        with pytest.raises(ConnectionResetError):
            raw.receive(1)


def test_websocket_client_sees_a_cut_as_a_loss(sim: Simulator) -> None:
    with closing(create_connection(sim.url, timeout=5)) as websocket:
        websocket.send(hello())
        sim.wait_for_peer(1).cut("fin")
        with pytest.raises(WebSocketConnectionClosedException):
            websocket.recv()


def test_a_frozen_connection_sends_and_reads_nothing_and_thaws(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        sim.publish("IDX_A", 1)
        assert receive(websocket)["value"] == 1
        peer.freeze()
        sim.publish("IDX_A", 2)
        sim.publish("IDX_A", 3)
        websocket.send(hello(["IDX_B"]))
        pong = websocket.ping()
        assert_silent(websocket)
        assert not pong.is_set()
        assert len(peer.received) == 1
        peer.thaw()
        assert [receive(websocket)["value"], receive(websocket)["value"]] == [2, 3]
        assert pong.wait(5)
        peer.wait_received(2)


def test_a_frozen_connection_is_not_closed_by_a_restart(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.freeze()
        sim.restart(within_s=0.05)
        assert_silent(websocket)
        assert peer.is_open
        peer.cut("rst")
        peer.wait_closed(5)


def test_a_thaw_after_the_end_does_nothing(sim: Simulator) -> None:
    with greeted(sim) as (_, peer):
        peer.freeze()
        peer.cut("fin")
        peer.wait_closed(5)
        peer.thaw()
        peer.send_text("to nobody")


def test_the_delay_can_change_and_keeps_the_order(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        started = time.monotonic()
        peer.delay_s = 0.2
        sim.publish("IDX_A", 1)
        peer.delay_s = 0.0
        sim.publish("IDX_A", 2)
        peer.close(1001)
        assert [receive(websocket)["value"], receive(websocket)["value"]] == [1, 2]
        assert time.monotonic() - started >= 0.19
        assert received_code(receive_end(websocket)) == 1001


def test_a_delay_is_of_one_connection(sim: Simulator) -> None:
    with greeted(sim) as (slow, late), greeted(sim) as (quick, _):
        late.delay_s = 0.3
        started = time.monotonic()
        sim.publish("IDX_A", 1)
        receive(quick)
        assert time.monotonic() - started < 0.25
        receive(slow)
        assert time.monotonic() - started >= 0.29


def test_a_cut_loses_what_is_delayed(sim: Simulator) -> None:
    with greeted(sim) as (websocket, peer):
        peer.delay_s = SILENCE_S
        sim.publish("IDX_A", 1)
        peer.cut("fin")
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=5)


def test_waiting_in_vain_says_so(sim: Simulator) -> None:
    with greeted(sim) as (_, peer):
        with pytest.raises(TimeoutError, match="connection 1 is still open"):
            peer.wait_closed(0.01)
        with pytest.raises(TimeoutError, match="sent 1 messages"):
            peer.wait_received(2, timeout_s=0.01)
        with pytest.raises(TimeoutError, match="no hello on connection 2"):
            sim.wait_for_peer(2, timeout_s=0.01)
