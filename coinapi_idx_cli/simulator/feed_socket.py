"""websockets' connection, with the few hooks that a server of faults needs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection

_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)


class FeedSocket(ServerConnection):
    """Tells when the transport is full, keeps itself in `open_sockets`, and can be cut and frozen."""

    def __init__(self, *args: Any, open_sockets: set[FeedSocket], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._open_sockets = open_sockets
        self.authorized = False
        self.on_full: Callable[[], None] = lambda: None
        self.on_room: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_sockets.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_sockets.discard(self)
        super().connection_lost(exc)
        self.on_lost()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.on_full()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_room()

    def write(self, data: bytes) -> None:
        """Put bytes on the stream as they are; nothing happens once the connection is lost."""
        if not self.transport.is_closing():
            with contextlib.suppress(RuntimeError):  # websockets has ended its side of the stream already
                self.transport.write(data)

    def cut_with_fin(self) -> None:
        """End the TCP connection at once and in order, without a close frame or TLS's own goodbye."""
        with contextlib.suppress(OSError):
            # First of all, as the kernel answers unread bytes in a closed socket with a reset.
            self._raw_socket().shutdown(socket.SHUT_WR)
        self.transport.abort()

    def cut_with_rst(self) -> None:
        """End the TCP connection by a reset."""
        with contextlib.suppress(OSError):
            self._raw_socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
        self.transport.abort()

    def _raw_socket(self) -> socket.socket:
        raw: socket.socket = self.transport.get_extra_info("socket")
        return raw
