"""The server in the event loop's thread: listener, connections, and the faults that come by the clock."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import SERVER, Request, Response

from coinapi_idx_cli.simulator.connection import ClientConnection
from coinapi_idx_cli.simulator.feed import Publication
from coinapi_idx_cli.simulator.feed_socket import FeedSocket
from coinapi_idx_cli.simulator.frames import text_frame
from coinapi_idx_cli.simulator.http_answers import (
    Scripted,
    answer,
    is_authorized,
    list_answer,
    refusal,
    wants_upgrade,
)
from coinapi_idx_cli.simulator.options import Options
from coinapi_idx_cli.simulator.rest_side import RestSide
from coinapi_idx_cli.simulator.stamps import http_date, stamp_after

_GOING_AWAY = 1001
_LISTENER_ENDS_WITHIN_S = 2.0
_ANSWER_WITHIN_S = 300.0

# A client that misbehaves is what the simulator is for: nothing for the last-resort handler to print.
_LOGGER = logging.getLogger("coinapi_idx_cli.simulator")
_LOGGER.addHandler(logging.NullHandler())


def reconnect_frame(within_s: float, clock_ahead_s: float = 0.0) -> bytes:
    """The feed's `reconnect` message; a whole number of seconds is written as one."""
    within = int(within_s) if float(within_s).is_integer() else within_s
    notice = {"type": "reconnect", "within_seconds": within, "before_time": stamp_after(within_s + clock_ahead_s)}
    return text_frame(json.dumps(notice, separators=(",", ":")).encode())


class Engine:
    """The server, in the thread of the event loop.

    `on_connection` gets each connection when its upgrade succeeds, `on_change` tells that one of them changed.
    """

    def __init__(
        self,
        options: Options,
        ids: tuple[str, ...],
        rest: RestSide,
        on_connection: Callable[[ClientConnection], None],
        on_change: Callable[[], None],
    ) -> None:
        self.options = options
        self.upgrade_script: Scripted | None = None
        self.rest_script: Scripted | None = None
        self.upgrades_refused = 0
        self._connections: dict[FeedSocket, ClientConnection] = {}
        self._ids = ids
        self._rest = rest
        self._on_connection = on_connection
        self._on_change = on_change
        self._open_sockets: set[FeedSocket] = set()
        self._servers: list[Server] = []
        self._clocked: list[asyncio.Task[None]] = []

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> int:
        """Accept connections; return the port. Raises `OSError` when the address cannot be had."""
        server = await serve(
            self._handle,
            host,
            port,
            ssl=tls,
            compression=None,
            server_header=self.options.server or SERVER,
            process_request=self._process_request,
            process_response=self._process_response,
            ping_interval=None,
            # An answer about the past may be slow on purpose, and a year of bars takes a while.
            open_timeout=_ANSWER_WITHIN_S,
            # The library's flow control would undo the pause of a freeze.
            max_queue=None,
            logger=_LOGGER,
            create_connection=cast("type[ServerConnection]", partial(FeedSocket, open_sockets=self._open_sockets)),
        )
        self._servers.append(server)
        return int(next(iter(server.sockets)).getsockname()[1])

    async def stop_listening(self) -> None:
        """Refuse new connections; those that there are live on."""
        for server in self._servers:
            server.close(close_connections=False)
            # The library closes its listener in a task.
            while server.is_serving():
                await asyncio.sleep(0)

    def start_clocked_faults(self) -> None:
        """Begin with the restarts and drops that the faults ask for."""
        faults = self.options.faults
        for period_s, action in ((faults.restart_every_s, self.restart), (faults.drop_every_s, self.drop)):
            if period_s is not None:
                self._clocked.append(asyncio.create_task(_every(period_s, action)))

    def restart(self, within_s: float | None = None) -> None:
        """Announce a restart to all open connections, and close those same ones `within_s` later."""
        within_s = self.options.faults.within_s if within_s is None else within_s
        leaving = [connection for connection in self._all() if connection.is_open]
        notice = reconnect_frame(within_s, self.options.faults.clock_ahead_s)
        for connection in leaving:
            connection.send([notice])
        asyncio.get_running_loop().call_later(within_s, _close_all, leaving)

    def drop(self) -> None:
        """Cut all connections, without a close frame."""
        for connection in self._all():
            connection.cut("fin")

    def deliver(self, batch: Publication) -> None:
        """Hand a batch of the feed to all connections."""
        for connection in self._all():
            connection.deliver(batch)

    def most_waiting(self) -> int:
        """Of all connections that said hello: how many frames wait on the one where most do."""
        return max((len(connection.outbox) for connection in self._all() if connection.greeted), default=0)

    def close_all(self, code: int) -> None:
        """Close all connections with that code, after what waits has gone out."""
        for connection in self._all():
            connection.close(code)

    def deliver_text(self, raw: bytes) -> None:
        """Send a text message to everybody who said hello, whatever they asked for."""
        for connection in self._all():
            if connection.greeted:
                connection.send([text_frame(raw)])

    async def shut_down(self, close_within_s: float) -> None:
        """Close all connections with 1001, cut those that do not answer in time, and free the port."""
        for task in self._clocked:
            task.cancel()
        await self.stop_listening()
        await self._close_connections(close_within_s)
        for socket in list(self._open_sockets):
            socket.transport.abort()
        await _all_within([server.wait_closed() for server in self._servers], _LISTENER_ENDS_WITHIN_S)

    def _all(self) -> list[ClientConnection]:
        return list(self._connections.values())

    async def _close_connections(self, within_s: float) -> None:
        answering = [connection for connection in self._all() if connection.is_upgraded and not connection.outbox.held]
        await _all_within([connection.socket.close(_GOING_AWAY) for connection in answering], within_s)

    async def _handle(self, socket: ServerConnection) -> None:
        await self._connections[cast("FeedSocket", socket)].serve()

    def _process_response(self, socket: ServerConnection, _: Request, response: Response) -> None:
        self._date(response)
        # Before the client learns of it, so that a test whose client is connected finds the connection counted.
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            feed_socket = cast("FeedSocket", socket)
            connection = ClientConnection(feed_socket, self.options, self._note_change)
            self._connections[feed_socket] = connection
            self._on_connection(connection)

    def _date(self, response: Response) -> None:
        """By the server's own clock, unless a script has done it; the library dates only what it answers itself."""
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            del response.headers["Date"]
        if "Date" not in response.headers:
            response.headers["Date"] = http_date(self.options.faults.clock_ahead_s)

    def _note_change(self, connection: ClientConnection) -> None:
        if connection.closed:
            self._connections.pop(connection.socket, None)
        self._on_change()

    def _process_request(
        self, socket: ServerConnection, request: Request
    ) -> Response | Awaitable[Response | None] | None:
        if not wants_upgrade(request):
            known = _scripted(self.rest_script) or list_answer(request, self.options, self._ids)
            return known or self._rest.answer(cast("FeedSocket", socket), request)
        refused = _scripted(self.upgrade_script) or refusal(request, self.options)
        if refused is not None:
            self.upgrades_refused += 1
            self._on_change()
        # An upgrade that passed with a key of its own needs none in the hello.
        cast("FeedSocket", socket).authorized = is_authorized(request, self.options)
        return refused


def _scripted(script: Scripted | None) -> Response | None:
    return None if script is None else answer(script.status, script.body, script.headers)


def _close_all(connections: list[ClientConnection]) -> None:
    for connection in connections:
        connection.close(_GOING_AWAY, "server restart")


async def _every(period_s: float, action: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(period_s)
        action()


async def _all_within(work: list[Awaitable[None]], seconds: float) -> None:
    if work:
        await asyncio.wait([asyncio.ensure_future(one) for one in work], timeout=seconds)
