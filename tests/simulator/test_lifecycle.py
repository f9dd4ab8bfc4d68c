from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.certificates import server_context
from tests.simulator.clients import RawClient, client, greeted, hello, receive, receive_end, received_code


def simulator_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "simulator"]


def test_nothing_is_left_behind() -> None:
    with Simulator(rate=500) as sim:
        assert simulator_threads()
        port = sim.port
    assert not simulator_threads()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_the_end_closes_clients_with_1001() -> None:
    with Simulator(rate=0) as sim, greeted(sim) as (websocket, peer):
        stopping = threading.Thread(target=sim.stop)
        stopping.start()
        assert received_code(receive_end(websocket)) == 1001
        stopping.join(5)
        assert not peer.is_open


def test_the_end_does_not_wait_for_clients_that_do_not_answer() -> None:
    sim = Simulator(rate=0, close_within_s=0.1)
    sim.start()
    with RawClient(sim) as deaf, RawClient(sim) as frozen:
        deaf.send(hello())
        sim.wait_for_peer(1)
        frozen.send(hello())
        sim.wait_for_peer(2).freeze()
        before_upgrade = socket.create_connection(("127.0.0.1", sim.port), timeout=5)
        with before_upgrade:
            started = time.monotonic()
            sim.stop()
            assert time.monotonic() - started < 2
    assert not simulator_threads()


def test_stop_can_be_called_twice_and_without_a_start() -> None:
    Simulator().stop()
    with Simulator(rate=0) as sim:
        sim.stop()


def test_driving_a_stopped_simulator_says_so() -> None:
    with Simulator(rate=0) as sim:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        sim.publish("IDX_A", 1)


def test_a_port_in_use_is_an_error_of_the_caller(sim: Simulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Simulator(rate=0, port=sim.port).start()
    assert len(simulator_threads()) == 1


def test_accepting_can_be_paused_and_resumed_on_the_same_port(sim: Simulator) -> None:
    with greeted(sim) as (websocket, _):
        port = sim.port
        sim.pause_accepting()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        sim.publish("IDX_A", 1)
        assert receive(websocket)["value"] == 1
        sim.resume_accepting()
        assert sim.port == port
        with greeted(sim) as (newcomer, _):
            sim.publish("IDX_A", 2)
            assert [receive(websocket)["value"], receive(newcomer)["value"]] == [2, 2]


def test_the_end_while_paused(sim: Simulator) -> None:
    with greeted(sim):
        sim.pause_accepting()
    sim.stop()
    assert not simulator_threads()


def test_peers_are_numbered_in_the_order_of_their_upgrades(sim: Simulator) -> None:
    with client(sim), greeted(sim) as (_, second), greeted(sim) as (_, third):
        assert (second.number, third.number, sim.connections_made) == (2, 3, 3)
        assert [peer.number for peer in sim.open_peers()] == [1, 2, 3]
    assert sim.connections_made == 3


def test_closed_connections_can_be_forgotten() -> None:
    with Simulator(rate=0, forget_closed=True) as sim:
        with greeted(sim) as (_, first):
            pass
        first.wait_closed(5)
        with greeted(sim) as (_, second):
            assert (second.number, sim.connections_made) == (2, 2)
            with pytest.raises(TimeoutError):
                sim.wait_for_peer(1, timeout_s=0.01)


def test_publishing_from_many_threads(sim: Simulator) -> None:
    def publish() -> None:
        for number in range(50):
            sim.publish("IDX_A", number)

    with greeted(sim) as (websocket, _):
        threads = [threading.Thread(target=publish) for _ in range(4)]
        for thread in threads:
            thread.start()
        texts = [websocket.recv(timeout=5) for _ in range(200)]
        for thread in threads:
            thread.join()
        assert texts == sim.record


def test_tls(authority: trustme.CA) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Simulator(rate=0, ssl_context=server_context(authority, "localhost")) as sim:
        assert sim.url == f"wss://localhost:{sim.port}"
        assert sim.rest_url == f"https://localhost:{sim.port}"
        with greeted(sim, ssl=trusting) as (websocket, peer):
            sim.publish("IDX_A", 1)
            assert receive(websocket)["value"] == 1
            peer.freeze()
            pong = websocket.ping()
            assert not pong.wait(0.1)
            peer.thaw()
            assert pong.wait(5)
            peer.cut("fin")
            assert received_code(receive_end(websocket)) is None


def test_the_feed_goes_on_whenever_clients_come_and_go() -> None:
    with Simulator(rate=5000) as sim:
        for _ in range(100):
            with client(sim) as websocket:
                websocket.send(hello())
        with client(sim) as websocket:
            websocket.send(hello())
            assert receive(websocket)["type"] == "index"
