"""One connection against raw servers: what was received is never dropped, however the connection ends."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

import pytest
import trustme

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.web_socket import MESSAGE_LIMIT_BYTES
from tests.bench.blaster import greet
from tests.bench.messages import frames
from tests.certificates import server_context
from tests.harness import GENEROUS_S
from tests.transport.connections import connected, read_to_the_end
from tests.transport.servers import serving

FRAMES = frames(1000)
PAYLOADS = [frame[2:] if frame[1] < 126 else frame[4:] for frame in FRAMES]
PING = b"\x89\x02hi"
RESET = struct.pack("ii", 1, 0)


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    peer.close()


def test_all_that_came_before_a_reset_is_read_also_around_a_ping_that_cannot_be_answered() -> None:
    gone = threading.Event()

    def handle(peer: socket.socket) -> None:
        peer.sendall(b"".join(FRAMES[:200]) + PING + b"".join(FRAMES[200:400]))  # less than a first window holds
        reset(peer)
        gone.set()

    with connected(handle) as connection:
        assert gone.wait(GENEROUS_S)
        assert read_to_the_end(connection)[0] == PAYLOADS[:400]


def test_frames_torn_over_many_reads_come_out_whole() -> None:
    data = b"".join(FRAMES[:50]) + PING + b"\x01\x05hello\x80\x06 world" + b"".join(FRAMES[50:60]) + b"\x88\x02\x03\xf3"

    def handle(peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 7):
            peer.send(data[start : start + 7])
        peer.recv(100)

    with connected(handle) as connection:
        received, error = read_to_the_end(connection)
    assert received == [*PAYLOADS[:50], b"hello world", *PAYLOADS[50:60]]
    assert error.close_code == 1011


def test_pings_are_answered_with_their_own_bytes_between_fragments_too() -> None:
    answers: list[bytes] = []

    def handle(peer: socket.socket) -> None:
        peer.sendall(b"\x01\x02ab" + PING + b"\x80\x01c")
        answers.append(peer.recv(100))

    with connected(handle) as connection:
        received, _ = read_to_the_end(connection)
    assert received == [b"abc"]
    head, mask, payload = answers[0][:2], answers[0][2:6], answers[0][6:]
    assert head == b"\x8a\x82"
    assert bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) == b"hi"


@pytest.mark.slow
def test_pings_alone_may_go_on_for_ever() -> None:
    pings = MESSAGE_LIMIT_BYTES // len(PING) + 1000

    def handle(peer: socket.socket) -> None:
        def swallow() -> None:
            with suppress(OSError):
                while peer.recv(65536):
                    pass

        swallower = threading.Thread(target=swallow)
        swallower.start()
        peer.sendall(PING * pings + FRAMES[0])
        peer.shutdown(socket.SHUT_WR)
        swallower.join()

    with connected(handle) as connection:
        assert read_to_the_end(connection)[0] == PAYLOADS[:1]


@pytest.mark.parametrize(
    "too_much",
    [
        b"\x81\x7f" + (16 << 20).to_bytes(8, "big") + b"x" * (2 << 20),
        (b"\x01\x7e\xff\xff" + b"x" * 65535) + (b"\x00\x7e\xff\xff" + b"x" * 65535) * 20,
    ],
    ids=["one frame", "fragments"],
)
def test_a_message_over_the_limit_ends_the_connection(too_much: bytes) -> None:
    with connected(lambda peer: peer.sendall(FRAMES[0] + too_much)) as connection:
        received, error = read_to_the_end(connection)
    assert received == PAYLOADS[:1]
    assert "more than 1024 KiB" in error.what


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (b"\xf1\x02ab", "a frame with reserved bits set"),
        (b"\x83\x02ab", "a frame of an unknown kind"),
        (b"\x80\x02ab", "fragments of a message out of order"),
        (b"\x09\x02ab", "a control frame in fragments"),
        (b"\x88\x01a", "a close frame that is not valid"),
        (b"\x88\x02\x03\xed", "a close frame with a code that must not be sent"),
    ],
)
def test_what_breaks_the_protocol_ends_the_connection_after_what_was_good(garbage: bytes, words: str) -> None:
    with connected(lambda peer: peer.sendall(FRAMES[0] + garbage)) as connection:
        received, error = read_to_the_end(connection)
    assert received == PAYLOADS[:1]
    assert error.what.endswith(f" broke the WebSocket protocol: {words}")


def test_an_error_in_a_later_tls_record_costs_nothing_that_was_decrypted(authority: trustme.CA, trust: Trust) -> None:
    context = server_context(authority, "localhost")
    gone = threading.Event()

    def handle(plain: socket.socket) -> None:
        raw = plain.dup()
        peer = context.wrap_socket(plain, server_side=True)
        greet(peer)
        for start in range(0, 1000, 100):
            peer.sendall(b"".join(FRAMES[start : start + 100]))
        raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that does not decrypt
        gone.set()
        raw.recv(100)
        raw.close()
        peer.close()

    with serving(handle) as port:
        target = Target(url=f"wss://localhost:{port}", trust=trust, hello=b"{}")
        connection = Connection(1, target)
        connection.open()
        assert gone.wait(GENEROUS_S)
        received, _ = read_to_the_end(connection)
        connection.drop()
    assert received == PAYLOADS


def test_dropping_wakes_a_thread_that_opens() -> None:
    from tests.transport.servers import black_hole

    with black_hole() as port:
        connection = Connection(1, Target(url=f"ws://127.0.0.1:{port}", timeout_s=GENEROUS_S))
        failed = threading.Event()

        def open_it() -> None:
            with pytest.raises(ConnectionLostError):
                connection.open()
            failed.set()

        threading.Thread(target=open_it, daemon=True).start()
        while not failed.wait(0.01):
            connection.drop()
