"""One WebSocket: opened in a thread, then read without waiting by the main thread.

websocket-client does every odd frame (`web_socket`); runs of plain text frames are cut straight from the read buffer
(`frames`), because the library's own loop costs ten times as much. Both read from the same buffer.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.net.http_head import send_request
from coinapi_idx_cli.net.tls_failures import tls_words
from coinapi_idx_cli.transport.dial import dial
from coinapi_idx_cli.transport.frames import cut_text_frames, is_text_frame_start
from coinapi_idx_cli.transport.library import websocket
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.web_socket import (
    BufferedWebSocket,
    BufferEmptyError,
    MessageTooLargeError,
    fault_in_plain_words,
)

READ_BYTES = 64 * 1024  # from 128 KiB on, malloc gets the buffer of each read from the kernel and gives it back


class Reading(Struct):
    """What one read brought. `ended` says why nothing more will come."""

    frames: list[bytes] = field(default_factory=list)
    binary: list[bytes] = field(default_factory=list)
    byte_count: int = 0
    ended: ConnectionLostError | None = None


class Connection:
    """One WebSocket connection of the feed.

    `open` blocks and belongs to a thread; all else is called by the main thread and does not wait.
    """

    def __init__(self, number: int, target: Target, web_socket: BufferedWebSocket | None = None) -> None:
        self.number = number
        self.target = target
        self._is_tls = False
        self._web_socket = web_socket or BufferedWebSocket()
        self.avoids: set[str] = set()  # addresses that others of ours are connected to: these are tried last
        self._library_at_work = False  # it holds the first part of a frame or of a fragmented message

    def open(self) -> None:
        """Connect, upgrade, send the hello. Raises what `dial` raises, and ConnectionLostError.

        A server that stopped reading may have said why: what came before the end is still to be read.
        """
        dial(self.target, self._web_socket, self.avoids)
        self._is_tls = isinstance(self._socket, ssl.SSLSocket)
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
        if not self._is_tls:
            return False
        sock = self._web_socket.sock
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` is to be called when the socket takes something."""
        return self._web_socket.control_frames.is_waiting

    @property
    def peer(self) -> str:
        """The address that it is connected to; nothing once it is gone."""
        try:
            return str(self._socket.getpeername()[0])
        except OSError:
            return ""

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
        except MessageTooLargeError as limit:
            self.close(websocket.STATUS_MESSAGE_TOO_BIG)
            reading.ended = self._lost(f"sent a message of more than {limit}")
        except websocket.WebSocketException as error:
            self.close(websocket.STATUS_PROTOCOL_ERROR)
            reading.ended = self._lost(f"broke the WebSocket protocol: {fault_in_plain_words(str(error))}")
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
        sock = self._web_socket.sock
        if sock is None:
            raise OSError("the socket is closed")
        chunk: bytes = sock.recv(READ_BYTES)
        if not self._is_tls:
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
                reading.frames = reading.frames + frames if reading.frames else frames
                if ws.position == len(ws.unread) or is_text_frame_start(ws.unread, ws.position):
                    return
            try:
                self._take_odd_message(reading)
            except BufferEmptyError:
                self._library_at_work = True
                return

    def _take_odd_message(self, reading: Reading) -> None:
        """One control frame or message by the library, which answers pings and closes itself."""
        ws = self._web_socket
        opcode, frame = ws.recv_data_frame(control_frame=True)
        self._library_at_work = ws.is_within_message
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
