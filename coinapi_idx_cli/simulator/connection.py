"""One client's connection, in the event loop's thread: its scope, what it is sent, and what goes wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from coinapi_idx_cli.simulator.feed import Publication
from coinapi_idx_cli.simulator.feed_socket import FeedSocket
from coinapi_idx_cli.simulator.frames import close_frame, text_frame
from coinapi_idx_cli.simulator.heartbeat import Heartbeat
from coinapi_idx_cli.simulator.options import Options
from coinapi_idx_cli.simulator.outbox import Outbox
from coinapi_idx_cli.simulator.requests import SCOPE_TYPES, BadRequestError, Request, parse_request
from coinapi_idx_cli.simulator.scope import Scope

BUFFER_FULL = "Reached maximum allowed buffered messages for this connection."
INVALID_KEY = "Invalid API key"
POLICY_VIOLATION, INTERNAL_ERROR = 1008, 1011
# What the library reports when none came (RFC 6455, 7.1.5).
_NO_CLOSE_FRAME = 1006

_HEARTBEAT = text_frame(b'{"type":"heartbeat"}')


def error_frame(message: str) -> bytes:
    """The feed's `error` message."""
    return text_frame(json.dumps({"type": "error", "message": message}, separators=(",", ":")).encode())


class ClientConnection:
    """Made just before the upgrade is granted; `serve` lives as long as the connection.

    `on_change` is called after each message of the client and at the end of the connection.
    """

    def __init__(self, socket: FeedSocket, options: Options, on_change: Callable[[ClientConnection], None]) -> None:
        self.socket = socket
        self.received: list[str] = []
        self.greeted = False
        self.closed = False
        self.close_code: int | None = None
        self._options = options
        self._on_change = on_change
        self._authorized = socket.authorized
        self._scope = Scope()
        self._closing = False
        self._tasks: set[asyncio.Future[None]] = set()
        self._keepalive: asyncio.Future[None] | None = None
        self._freezing: asyncio.TimerHandle | None = None
        self._heartbeat = Heartbeat(options.heartbeat_s, self._beat)
        self.outbox = Outbox(socket.write, options.max_buffered, self._buffer_full)
        self.outbox.delay_s = options.faults.delay_s
        socket.on_full = self.outbox.pause
        socket.on_room = self.outbox.resume
        socket.on_lost = self._end

    @property
    def is_upgraded(self) -> bool:
        """The client has been told that it speaks WebSocket now."""
        return self.socket.state is not State.CONNECTING

    @property
    def is_open(self) -> bool:
        """Neither side has begun to close."""
        return self.socket.state is State.OPEN

    async def serve(self) -> None:
        """Read the client's messages until the connection is over."""
        self._start_keepalive()
        freeze_after_s = self._options.faults.freeze_after_s
        if freeze_after_s is not None:
            self._freezing = asyncio.get_running_loop().call_later(freeze_after_s, self.freeze)
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._take(await self.socket.recv())

    def deliver(self, batch: Publication) -> None:
        """Send what of the batch is in the scope."""
        if self.greeted:
            self.send(self._scope.select(batch, asyncio.get_running_loop().time()))

    def send(self, frames: Sequence[bytes]) -> None:
        """Send frames, or any bytes, after all that was sent before; nothing once the connection is closing."""
        if frames and not self._closing:
            self._heartbeat.sent()
            self.outbox.send(frames)

    def fail(self, message: str) -> None:
        """Send an error, then close."""
        self.send([error_frame(message)])
        self.close(POLICY_VIOLATION)

    def close(self, code: int, reason: str = "") -> None:
        """Close after all that waits has gone out."""
        if not self._closing:
            self._closing = True
            self.outbox.then(partial(self._say_goodbye, code, reason))

    def cut(self, how: str) -> None:
        """End the TCP connection at once, by "fin" or "rst", and lose what waits."""
        self._closing = True
        self.outbox.clear()
        if how == "rst":
            self.socket.cut_with_rst()
        else:
            self.socket.cut_with_fin()

    def freeze(self) -> None:
        """Send and read nothing from now on, no pong either. What is published meanwhile waits."""
        self.outbox.hold()
        self._stop_keepalive()
        self.socket.transport.pause_reading()

    def thaw(self) -> None:
        """Go on after a freeze, with all that has waited."""
        self.outbox.release()
        if self.closed:
            return
        self._start_keepalive()
        self.socket.transport.resume_reading()

    async def ping(self, payload: bytes) -> float:
        """Ping now, past what waits; return the seconds until the pong. Raises `ConnectionClosed`."""
        pong = await self.socket.ping(payload)
        return await pong

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.received.append(message)
        if not self._closing:
            try:
                self._obey(parse_request(message))
            except BadRequestError as error:
                self.fail(str(error))
        self._on_change(self)

    def _obey(self, request: Request) -> None:
        self._check_key(request)
        self._scope.apply(request)
        self._switch_heartbeat(request)
        if request.type in SCOPE_TYPES and not self.greeted:
            self.greeted = True
            if self._options.faults.error_text is not None:
                self.fail(self._options.faults.error_text)

    def _check_key(self, request: Request) -> None:
        if not self._authorized and request.api_key != self._options.api_key:
            raise BadRequestError(INVALID_KEY)
        self._authorized = True

    def _switch_heartbeat(self, request: Request) -> None:
        if request.heartbeat is not None or request.type == "hello":
            self._heartbeat.switch(bool(request.heartbeat))

    def _beat(self) -> None:
        if not self.outbox.held:
            self.send([_HEARTBEAT])

    def _buffer_full(self) -> None:
        self._closing = True
        self.outbox.replace([error_frame(BUFFER_FULL), partial(self._say_goodbye, POLICY_VIOLATION, "")])

    def _say_goodbye(self, code: int, reason: str) -> None:
        self._spawn(self.socket.close(code, reason))

    def _start_keepalive(self) -> None:
        if self._keepalive is None and self._options.ping_interval_s is not None:
            self._keepalive = self._spawn(self._keep_alive(self._options.ping_interval_s))

    def _stop_keepalive(self) -> None:
        if self._keepalive is not None:
            self._keepalive.cancel()
            self._keepalive = None

    async def _keep_alive(self, interval_s: float) -> None:
        # Not the library's own, which would send into a freeze.
        while True:
            await asyncio.sleep(interval_s)
            try:
                async with asyncio.timeout(self._options.ping_timeout_s):
                    await (await self.socket.ping())
            except ConnectionClosed:
                return
            except TimeoutError:
                self.socket.write(close_frame(INTERNAL_ERROR, "keepalive ping timeout"))
                self.cut("fin")

    def _spawn(self, work: Awaitable[None]) -> asyncio.Future[None]:
        task = asyncio.ensure_future(work)
        # The loop itself holds its tasks only weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _end(self) -> None:
        code = self.socket.close_code
        self.close_code = None if code == _NO_CLOSE_FRAME else code
        # Messages that came before the end may still be read after it; they change nothing any more.
        self.closed = self._closing = True
        if self._freezing is not None:
            self._freezing.cancel()
        self._heartbeat.stop()
        self._stop_keepalive()
        self.outbox.clear()
        self._on_change(self)
