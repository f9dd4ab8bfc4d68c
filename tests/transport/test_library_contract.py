"""What `transport.web_socket` expects of websocket-client's private parts: an upgrade that changes them fails here."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import websocket

import coinapi_idx_cli
from coinapi_idx_cli.transport.web_socket import BufferedWebSocket, BufferEmptyError, fault_in_plain_words

FIN, TEXT, CONTINUATION, CLOSE, PING, PONG = 0x80, 1, 0, 8, 9, 10
PRIVATE_PARTS = (
    "_recv(",
    "cont_frame",
    "recving_frames",
    "frame_buffer",
    "handshake_response",
    "_exceptions",
    "._abnf",
)


class Sent(BufferedWebSocket):
    """Keeps what the library sends of its own accord."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, bytes]] = []

    def pong(self, payload: str | bytes = b"") -> None:
        self.sent.append(("pong", bytes(payload, "ascii") if isinstance(payload, str) else payload))

    def send_close(self, status: int = websocket.STATUS_NORMAL, reason: str | bytes = b"") -> None:
        self.sent.append(("close", b""))


def frame(first: int, payload: bytes) -> bytes:
    return bytes([first, len(payload)]) + payload


def test_a_frame_that_comes_byte_by_byte_is_read_when_it_is_whole() -> None:
    socket = Sent()
    whole = frame(FIN | TEXT, b"hello")
    for byte in whole[:-1]:
        socket.unread += bytes([byte])
        with pytest.raises(BufferEmptyError):
            socket.recv_data_frame(control_frame=True)
    socket.unread += whole[-1:]
    opcode, found = socket.recv_data_frame(control_frame=True)
    assert (opcode, bytes(found.data)) == (TEXT, b"hello")
    assert socket.position == len(whole)


def test_it_is_known_when_the_library_holds_part_of_a_message() -> None:
    socket = Sent()
    socket.unread = frame(TEXT, b"a")
    with pytest.raises(BufferEmptyError):
        socket.recv_data_frame(control_frame=True)
    assert socket.is_within_message
    socket.unread += frame(FIN | PING, b"p") + frame(FIN | CONTINUATION, b"b")
    assert socket.recv_data_frame(control_frame=True)[0] == PING
    assert socket.is_within_message
    opcode, found = socket.recv_data_frame(control_frame=True)
    assert (opcode, bytes(found.data)) == (TEXT, b"ab")
    assert not socket.is_within_message


def test_it_answers_pings_and_closes_by_the_methods_that_are_ours() -> None:
    socket = Sent()
    socket.unread = frame(FIN | PING, b"p") + frame(FIN | CLOSE, b"\x03\xe8")
    assert socket.recv_data_frame(control_frame=True)[0] == PING
    assert socket.recv_data_frame(control_frame=True)[0] == CLOSE
    assert socket.sent == [("pong", b"p"), ("close", b"")]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (frame(FIN | 0x40 | TEXT, b"a"), "a frame with reserved bits set"),
        (frame(FIN | 3, b"a"), "a frame of an unknown kind"),
        (frame(FIN | CLOSE, b"a"), "a close frame that is not valid"),
        (frame(FIN | CLOSE, b"\0\1"), "a close frame with a code that must not be sent"),
        (frame(FIN | CONTINUATION, b"a"), "fragments of a message out of order"),
    ],
)
def test_its_errors_have_the_words_that_are_replaced(sent: bytes, words: str) -> None:
    socket = Sent()
    socket.unread = sent
    with pytest.raises(websocket.WebSocketException) as caught:
        socket.recv_data_frame(control_frame=True)
    assert fault_in_plain_words(str(caught.value)) == words


def test_what_is_overridden_is_there() -> None:
    for name in ("_recv", "recv_frame", "recv_data_frame", "send_close", "ping", "pong", "shutdown"):
        assert callable(getattr(websocket.WebSocket, name)), name
    assert list(inspect.signature(websocket.WebSocket._recv).parameters) == ["self", "bufsize"]
    socket = websocket.WebSocket()
    assert (socket.sock, socket.connected) == (None, False)


def test_no_other_module_knows_private_parts() -> None:
    package = Path(coinapi_idx_cli.__file__).parent
    for path in package.rglob("*.py"):
        if path.name != "web_socket.py" and "websocket" in (text := path.read_text()):
            assert not [part for part in PRIVATE_PARTS if part in text], path
            assert not re.search(r"websocket\._|from websocket\.", text), path


def test_the_library_does_without_python_socks_and_others_can_import_it() -> None:
    code = (
        "import sys; from coinapi_idx_cli.transport.connection import Connection; "
        "print('websocket' in sys.modules, 'python_socks' in sys.modules); import python_socks.sync"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True False\n", "")
