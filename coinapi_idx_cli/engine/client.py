"""A client of an engine on our own loop: opens a link in a thread, keeps it alive, opens the next one when it ends."""

from __future__ import annotations

import random
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from msgspec import Struct

from coinapi_idx_cli.engine.link import EngineLink, open_link
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.engine.wire import PING, Delivery, publish, subscribe, unsubscribe
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError
from coinapi_idx_cli.protocol.backoff import Backoff

PING_EVERY_S = 10.0
ANSWER_WITHIN_S = 6.0  # of a request, and of a ping
QUICK_AFTER_S = 10.0  # a link that lived for so long is opened again at once
LONGEST_WAIT_S = 5.0  # to the next attempt: what was captured waits meanwhile
NEVER = float("inf")

Handler = Callable[[Delivery], None]


class _Request(Struct):
    handler: Handler
    until_s: float


class EngineClient:
    """A link to one of the servers, whenever one can be had.

    `on_up` is called when a link is open, `on_down` with the reason when it ends or could not be opened. All is called
    from the main thread; `wake`, from any thread, ends the main loop's wait.
    """

    def __init__(
        self,
        target: EngineTarget,
        name: str,
        wake: Callable[[], None],
        *,
        on_up: Callable[[float], None],
        on_down: Callable[[IdxstreamError, float], None],
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.link: EngineLink | None = None
        self.server_name = target.name
        self._target = target
        self._name = name
        self._wake = wake
        self._on_up = on_up
        self._on_down = on_down
        self._chance = chance
        self._clock = clock
        self._next_server = int(chance() * len(target.servers))
        self._opened: deque[tuple[EngineLink | None, IdxstreamError | None]] = deque()
        self._is_opening = False
        self._is_closed = False
        self._held: socket.socket | None = None
        self._retry_s = 0.0
        self._backoff = Backoff(chance)
        self._failures = 0
        self._since_s = 0.0
        self._ping_s = NEVER
        self._pong_until_s = NEVER
        self._inbox = ""
        self._count = 0
        self._handlers: dict[int, Handler] = {}
        self._requests: dict[str, _Request] = {}

    # -- the loop ------------------------------------------------------------------------------------------------------

    def fileno(self) -> int | None:
        return self.link.fileno() if self.link is not None else None

    def wants(self) -> int:
        return self.link.wants() if self.link is not None else 0

    def ready(self, events: int, now: float) -> None:
        """Poll returned these events. Calls the handlers of what came."""
        link = self.link
        if link is None:
            return
        try:
            if events & select.POLLOUT:
                link.flush()
            deliveries = link.read() if events & ~select.POLLOUT else []
        except IdxstreamError as error:
            self.fail(error, now)
            return
        if link.heard_pong:
            link.heard_pong, self._pong_until_s = False, NEVER
        for delivery in deliveries:
            if self.link is link:
                self._hear(delivery)
        if link.is_leaving and self.link is link:
            self.fail(ConnectionLostError(f"{link.name} shuts down"), now)

    def flush(self, now: float) -> None:
        """There is room for what was not sent yet."""
        self.ready(select.POLLOUT, now)

    def next_due_s(self) -> float:
        if self._opened:
            return 0.0
        if self.link is None:
            return NEVER if self._is_opening or self._is_closed else self._retry_s
        requests_s = min((request.until_s for request in self._requests.values()), default=NEVER)
        return min(self._ping_s, self._pong_until_s, requests_s)

    def tick(self, now: float) -> None:
        """Do what is due."""
        while self._opened:
            self._take_opened(*self._opened.popleft(), now)
        if self.link is None:
            if not self._is_opening and not self._is_closed and now >= self._retry_s:
                self._open()
            return
        if now >= self._pong_until_s or any(now >= request.until_s for request in self._requests.values()):
            what = f"{self.link.name} did not answer within {ANSWER_WITHIN_S:g} s"
            self.fail(ConnectionLostError(what), now)
        elif now >= self._ping_s:
            self._ping_s, self._pong_until_s = now + PING_EVERY_S, now + ANSWER_WITHIN_S
            self._send(PING)

    def close(self) -> None:
        self._is_closed = True
        if self.link is not None:
            self.link.close()
            self.link = None
        elif self._held is not None:
            self._held.close()

    # -- what is asked -------------------------------------------------------------------------------------------------

    def request(self, subject: str, data: bytes, handler: Handler, *, headers: Mapping[str, str] | None = None) -> None:
        """`handler` gets the answer; without one in time the link counts as lost."""
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        self._requests[reply] = _Request(handler, self._clock() + ANSWER_WITHIN_S)
        self._send(publish(subject, data, reply=reply, headers=headers))

    def publish(self, subject: str) -> None:
        """An empty message."""
        self._send(publish(subject))

    def subscribe(self, handler: Handler) -> tuple[int, str]:
        """A subject of my own, and the number of its subscription."""
        self._count += 1
        number, subject = self._count + 1, f"{self._inbox}.{self._count}.in"
        self._count += 1
        self._handlers[number] = handler
        self._send(subscribe(subject, number))
        return number, subject

    def unsubscribe(self, number: int) -> None:
        if self._handlers.pop(number, None) is not None:
            self._send(unsubscribe(number))

    def fail(self, error: IdxstreamError, now: float) -> None:
        """The link is lost."""
        link, self.link = self.link, None
        if link is None:
            return
        link.close()
        self._forget()
        lived_s = now - self._since_s
        if lived_s > QUICK_AFTER_S:
            self._failures = 0
            self._backoff.reset()
        self._wait(now)
        self._on_down(error, now)

    # ------------------------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        link = self.link
        if link is None:
            return
        try:
            link.send(data)
        except IdxstreamError as error:
            self._opened.append((None, error))  # at the next tick, when nobody is in the middle of something
            self._wake()

    def _hear(self, delivery: Delivery) -> None:
        request = self._requests.pop(delivery.subject, None)
        handler = request.handler if request is not None else self._handlers.get(delivery.subscription)
        if handler is not None:
            handler(delivery)

    def _open(self) -> None:
        server = self._target.servers[self._next_server % len(self._target.servers)]
        self._next_server += 1
        self._is_opening = True

        def attempt() -> None:
            link: EngineLink | None = None
            error: IdxstreamError | None = None
            try:
                link = open_link(self._target, server, self._name, self._hold)
            except IdxstreamError as failure:
                error = failure
            except Exception as failure:  # noqa: BLE001 - a thread has nobody to raise to: the main thread does it
                error = IdxstreamError(f"{type(failure).__name__} while connecting: {failure}")
                error.__cause__ = failure
            self._opened.append((link, error))
            self._wake()

        Thread(target=attempt, name=f"engine-{self._next_server}", daemon=True).start()

    def _hold(self, sock: socket.socket) -> None:
        self._held = sock

    def _take_opened(self, link: EngineLink | None, error: IdxstreamError | None, now: float) -> None:
        if self.link is not None:  # it was sent to, in vain
            self.fail(error or ConnectionLostError("lost the connection"), now)
            return
        self._is_opening, self._held = False, None
        if link is None:
            self._wait(now)
            self._on_down(error or ConnectionLostError("no connection"), now)
            return
        if self._is_closed:
            link.close()
            return
        self.link, self._since_s = link, now
        self._ping_s, self._pong_until_s = now + PING_EVERY_S, NEVER
        self._inbox = f"_INBOX.{int(self._chance() * (1 << 60)):x}{id(link):x}"
        self._send(subscribe(f"{self._inbox}.*", 1))
        self._on_up(now)

    def _wait(self, now: float) -> None:
        """Another server is tried at once; when all have failed, later."""
        self._failures += 1
        has_untried = self._failures < len(self._target.servers)
        self._retry_s = now + (0.0 if has_untried else min(LONGEST_WAIT_S, self._backoff.fail()))

    def _forget(self) -> None:
        self._handlers.clear()
        self._requests.clear()
        self._ping_s = self._pong_until_s = NEVER


def server_says(info: Mapping[str, Any]) -> str:
    """Which program, for people."""
    return f"NATS {info.get('version', '?')}"
