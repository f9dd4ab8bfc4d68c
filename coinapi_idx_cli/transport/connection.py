"""One WebSocket: opened in a thread, then read without waiting by the main thread.

websocket-client does every odd frame; runs of plain text frames are cut straight from the read buffer
(`frames`), because the library's own loop costs ten times as much. Both read from the same buffer: the library through
the overridden `_recv`, which raises when the buffer is empty. Its frame reader keeps what it has so far, so it can be
asked again when more has come.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

import websocket
from msgspec import Struct, field

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.net.http_head import Head, send_request
from coinapi_idx_cli.net.tls_failures import tls_words
from coinapi_idx_cli.transport.control_frames import ControlFrames
from coinapi_idx_cli.transport.dial import dial
from coinapi_idx_cli.transport.frames import cut_text_frames, is_text_frame_start
from coinapi_idx_cli.transport.target import Target

READ_BYTES = 64 * 1024  # from 128 KiB on, malloc gets the buffer of each read from the kernel and gives it back
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
    ("Invalid close opcode", "a close frame with a code that none may send"),
    ("Illegal frame", "fragments of a message out of order"),
)


class Reading(Struct):
    """What one read brought. `ended` says why nothing more will come."""

    frames: list[bytes] = field(default_factory=list)
    binary: list[bytes] = field(default_factory=list)
    byte_count: int = 0
    ended: ConnectionLostError | None = None


class _BufferEmptyError(Exception):
    """More bytes are needed to finish the frame."""


class _MessageTooLargeError(Exception):
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
                raise _MessageTooLargeError(f"{MESSAGE_LIMIT_FRAGMENTS} fragments")
        return frame

    def message_done(self) -> None:
        self._message_bytes = self._message_fragments = 0

    def _recv(self, bufsize: int) -> bytes:
        chunk = self.unread[self.position : self.position + bufsize]
        if not chunk:
            raise _BufferEmptyError
        self.position += len(chunk)
        self._message_bytes += len(chunk)
        if self._message_bytes > MESSAGE_LIMIT_BYTES:
            raise _MessageTooLargeError(f"{MESSAGE_LIMIT_BYTES // 1024} KiB")
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


class Connection:
    """`open` blocks and belongs to a thread; all else is called by the main thread and does not wait."""

    def __init__(self, number: int, target: Target, web_socket: BufferedWebSocket | None = None) -> None:
        self.number = number
        self.target = target
        self._web_socket = web_socket or BufferedWebSocket()
        self._library_at_work = False  # it holds the first part of a frame or of a fragmented message

    def open(self) -> None:
        """Connect, upgrade, send the hello. Raises what `dial` raises, and ConnectionLostError.

        A server that stopped reading may have said why: what came before the end is still to be read.
        """
        dial(self.target, self._web_socket)
        hello = websocket.ABNF.create_frame(self.target.hello, websocket.ABNF.OPCODE_TEXT).format()
        try:
            self._socket.settimeout(self.target.timeout_s)
            send_request(self._socket, hello)
            self._socket.settimeout(0)
        except TimeoutError as error:
            raise self._lost(f"did not take the hello within {self.target.timeout_s:g} s") from error
        except OSError as error:
            raise self._lost("closed the connection before the hello") from error

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def has_pending(self) -> bool:
        """Whether decrypted bytes wait that `poll` does not know of."""
        sock = self._web_socket.sock
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` is to be called when the socket takes something."""
        return self._web_socket.control_frames.is_waiting

    @property
    def is_only_one(self) -> bool:
        """Whether the server said that it grants this key no second connection."""
        return self._web_socket.grants_one_only

    def read(self) -> Reading:
        """The messages that came so far, up to 64 KiB of them. Never waits, never raises."""
        reading = Reading()
        try:
            data = self._receive()
            reading.byte_count = len(data)
            if not data:
                reading.ended = self._lost("closed the connection without a close frame")
            self._cut(data, reading)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except _MessageTooLargeError as limit:
            self.close(websocket.STATUS_MESSAGE_TOO_BIG)
            reading.ended = self._lost(f"sent a message of more than {limit}")
        except websocket.WebSocketException as error:
            self.close(websocket.STATUS_PROTOCOL_ERROR)
            reading.ended = self._lost(f"broke the WebSocket protocol: {_fault(str(error))}")
        except ssl.SSLError as error:
            reading.ended = self._lost(f"cut the connection: {tls_words(error)}")
        except OSError as error:
            reading.ended = self._lost(f"cut the connection: {error.strerror or error}")
        return reading

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it."""
        with suppress(OSError):  # reading finds out that the connection is lost
            self._web_socket.flush()

    def ping(self) -> None:
        """To be seen by proxies that cut connections on which nothing moves."""
        with suppress(OSError):
            self._web_socket.ping()

    def close(self, status: int = websocket.STATUS_NORMAL) -> None:
        """Send the close frame; what the server still sends can be read until it answers or `drop` is called."""
        self._web_socket.send_close(status)

    def drop(self) -> None:
        """Close the socket at once. Safe from any thread and at any time, also while `open` is at work."""
        sock = self._web_socket.sock
        if sock is not None:
            with suppress(OSError):
                # It wakes the thread that opens it. The method of TLS sockets first takes TLS off: what that thread is
                # about to send, the key, could still go out without it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self._web_socket.shutdown()  # type: ignore[no-untyped-call]

    @property
    def _socket(self) -> socket.socket:
        if self._web_socket.sock is None:
            raise OSError("the socket is closed")
        return self._web_socket.sock

    def _receive(self) -> bytes:
        sock = self._socket
        chunk = sock.recv(READ_BYTES)
        if not isinstance(sock, ssl.SSLSocket):
            return chunk
        chunks = [chunk]  # TLS gives one record at a time
        with suppress(OSError):  # nothing more for now, or an error that comes again at the next read
            while chunk and sum(map(len, chunks)) < READ_BYTES:
                chunk = sock.recv(READ_BYTES)
                chunks.append(chunk)
        return b"".join(chunks)

    def _cut(self, data: bytes, reading: Reading) -> None:
        ws = self._web_socket
        ws.unread = ws.unread[ws.position :] + data
        ws.position = 0
        while reading.ended is None:
            if not self._library_at_work:
                frames, ws.position = cut_text_frames(ws.unread, ws.position)
                reading.frames += frames
                if is_text_frame_start(ws.unread, ws.position):
                    return
            try:
                self._take_odd_message(reading)
            except _BufferEmptyError:
                self._library_at_work = True
                return

    def _take_odd_message(self, reading: Reading) -> None:
        """One control frame or message by the library, which answers pings and closes itself."""
        ws = self._web_socket
        opcode, frame = ws.recv_data_frame(control_frame=True)
        self._library_at_work = ws.cont_frame.recving_frames is not None
        if not self._library_at_work:
            ws.message_done()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            reading.ended = self._closed_by_server(frame.data)
        elif opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
            (reading.frames if opcode == websocket.ABNF.OPCODE_TEXT else reading.binary).append(bytes(frame.data))

    def _closed_by_server(self, payload: bytes) -> ConnectionLostError:
        if len(payload) < 2:
            return self._lost("closed the connection")
        (code,) = struct.unpack("!H", payload[:2])
        reason = payload[2:].decode("utf-8", "replace")
        return self._lost(f"closed the connection: {code} {reason}".rstrip(), close_code=code)

    def _lost(self, what: str, **details: Any) -> ConnectionLostError:
        return ConnectionLostError(f"{self.target.name} {what}", **details)


def _fault(words: str) -> str:
    """Of a frame, in words for people."""
    return next((plain for start, plain in _IN_PLAIN_WORDS if words.startswith(start)), words)
