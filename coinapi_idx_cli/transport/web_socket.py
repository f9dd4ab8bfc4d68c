"""websocket-client as a reader of single frames from a buffer of ours: the only module that knows its private parts.

What it overrides or reads of the library without being invited to, and what each is expected to do:

- `WebSocket._recv(size)`: its frame reader calls it for each part of a frame. Here it takes from the buffer, and raises
  when that is empty; the frame reader keeps what it has so far, so it can be asked again when more has come.
- `WebSocket.recv_frame`, `recv_data_frame`: read one frame, or one message with its control frames. They answer pings
  by `pong` and close frames by `send_close`, both overridden here so that nothing waits.
- `WebSocket.sock`, `connected`, `shutdown`: set by us, as the library neither connects nor upgrades.
- `WebSocket.cont_frame.recving_frames`: not None between the fragments of a message.
- The words of its errors about frames, which `fault_in_plain_words` replaces.

`tests/transport/test_library_contract.py` fails when an upgrade of the library changes one of them.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from coinapi_idx_cli.net.http_head import Head
from coinapi_idx_cli.transport.control_frames import ControlFrames
from coinapi_idx_cli.transport.library import websocket

MESSAGE_LIMIT_BYTES = 1024 * 1024
MESSAGE_LIMIT_FRAGMENTS = 4096  # the library copies all that it has for each: for tiny ones that takes seconds
LONGEST_CONTROL_FRAME_BYTES = 125  # RFC 6455, 5.5
FIRST_CONTROL_OPCODE = 8
CONNECTION_LIMIT = "x-concurrencylimit-limit"  # of the vendor, with an answer to the upgrade: connections at once

# What websocket-client says of a frame is for its developers.
_IN_PLAIN_WORDS = (
    ("rsv is not implemented", "a frame with reserved bits set"),
    ("Invalid opcode", "a frame of an unknown kind"),
    ("Invalid ping frame", "a control frame in fragments"),
    ("Invalid close frame", "a close frame that is not valid"),
    ("Invalid close opcode", "a close frame with a code that must not be sent"),
    ("Illegal frame", "fragments of a message out of order"),
)


class BufferEmptyError(Exception):
    """More bytes are needed to finish the frame."""


class MessageTooLargeError(Exception):
    """Its text says which limit."""


class BufferedWebSocket(websocket.WebSocket):
    """The library's WebSocket over our buffer, and over a socket that `dial` connects and upgrades."""

    def __init__(self) -> None:
        super().__init__(skip_utf8_validation=True)  # the JSON decoder rejects bad UTF-8, and is faster at it
        self.unread = b""
        self.position = 0
        self.control_frames = ControlFrames()
        self.grants_one_only = False
        self._message_bytes = 0
        self._message_fragments = 0

    def hold(self, sock: socket.socket) -> None:
        """From now on `drop` ends the attempt to connect."""
        self.sock = sock

    def asks(self) -> None:
        """For those who want to know when."""

    def upgraded(self, head: Head) -> None:
        self.connected = True
        self.grants_one_only = head.headers.get(CONNECTION_LIMIT, "") in ("0", "1")

    def recv_frame(self) -> websocket.ABNF:
        """The next frame, if it is one that a server may send: the library takes some that none may."""
        frame: websocket.ABNF = super().recv_frame()  # type: ignore[no-untyped-call,unused-ignore]
        if frame.mask_value:  # RFC 6455, 5.1
            raise websocket.WebSocketProtocolException("a masked frame")
        if frame.opcode >= FIRST_CONTROL_OPCODE:
            if not frame.fin:
                raise websocket.WebSocketProtocolException("a control frame in fragments")
            if len(frame.data) > LONGEST_CONTROL_FRAME_BYTES:
                raise websocket.WebSocketProtocolException("a control frame that is too long")
        elif not frame.fin:
            self._message_fragments += 1
            if self._message_fragments > MESSAGE_LIMIT_FRAGMENTS:
                raise MessageTooLargeError(f"{MESSAGE_LIMIT_FRAGMENTS} fragments")
        return frame

    @property
    def is_within_message(self) -> bool:
        """Whether the library holds the first fragments of a message."""
        return self.cont_frame.recving_frames is not None

    def message_done(self) -> None:
        self._message_bytes = self._message_fragments = 0

    def _recv(self, bufsize: int) -> bytes:
        chunk = self.unread[self.position : self.position + bufsize]
        if not chunk:
            raise BufferEmptyError
        self.position += len(chunk)
        self._message_bytes += len(chunk)
        if self._message_bytes > MESSAGE_LIMIT_BYTES:
            raise MessageTooLargeError(f"{MESSAGE_LIMIT_BYTES // 1024} KiB")
        return chunk

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it. Raises OSError."""
        if self.sock is not None:
            self.control_frames.flush(self.sock)

    def send_close(self, status: int = websocket.STATUS_NORMAL, reason: str | bytes = b"") -> None:
        """Once: the library answers a close frame with one even when ours is on its way already."""
        text = reason.encode() if isinstance(reason, str) else reason
        with suppress(OSError):
            self._send_control(websocket.ABNF.OPCODE_CLOSE, struct.pack("!H", status) + text)

    def ping(self, payload: str | bytes = b"") -> None:
        """Raises OSError when the connection is lost."""
        self._send_control(websocket.ABNF.OPCODE_PING, payload)

    def pong(self, payload: str | bytes = b"") -> None:
        """What came before and after the ping is still to be read; reading it finds out that the connection is lost."""
        with suppress(OSError):
            self._send_control(websocket.ABNF.OPCODE_PONG, payload)

    def _send_control(self, opcode: int, payload: str | bytes) -> None:
        self.control_frames.add(opcode, payload.encode() if isinstance(payload, str) else payload)
        self.flush()


def fault_in_plain_words(words: str) -> str:
    """Of a frame, in words for people."""
    return next((plain for start, plain in _IN_PLAIN_WORDS if words.startswith(start)), words)
