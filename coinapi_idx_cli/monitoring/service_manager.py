"""systemd learns by datagrams what a service does (sd_notify), from the main loop itself: a hang is noticed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from math import inf

from coinapi_idx_cli.monitoring.monitored_output import Monitor
from coinapi_idx_cli.monitoring.status_words import Rate, Silence, behind_text, state_words
from coinapi_idx_cli.monitoring.supervision import Supervision
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.terminal.numbers import show_rate
from coinapi_idx_cli.wording import plural

STATUS_EVERY_S = 10.0
TRY_AGAIN_S = 0.2  # what must be heard, when the socket's queue was full
STARTING_S = 90.0  # so much longer a start may take, counted from each beat


class ServiceManager(Monitor):
    """Tells what it must know: that the first connection is there, what the run does, that the main loop turns.

    Before the first connection each beat asks for more time to start, for services that are given little: it may take
    hours, when credits are used up. A reload (SIGHUP) is not told: it is over before anybody could ask about it.

    `clean` takes secrets out of a text; `warn` hears of a socket that takes nothing, once.
    """

    def __init__(
        self, supervision: Supervision, status: Status, clean: Callable[[str], str], warn: Callable[[str], None]
    ) -> None:
        self._supervision = supervision
        self._status = status
        self._clean = clean
        self._warn = warn
        watchdog_s = supervision.watchdog_s
        self._is_watched = watchdog_s is not None
        self._every_s = min(STATUS_EVERY_S, inf if watchdog_s is None else watchdog_s / 2)
        self._due_s = -inf
        self._is_ready = self._is_stopping = self._is_queue_full = self._has_warned = False
        self._told_state: State | None = None
        self._rate = Rate()
        self._silence = Silence()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(0)

    def next_due_s(self) -> float:
        """At once when the state has changed since the last datagram."""
        return self._due_s if self._status.state is self._told_state else -inf

    def tick(self, now: float) -> None:
        lines = [f"STATUS={self._clean(self._words(now))}"]
        if self._is_watched:
            lines.append("WATCHDOG=1")
        becomes_ready = not self._is_ready and self._status.connected_count > 0
        if becomes_ready:
            lines.append("READY=1")
        elif not (self._is_ready or self._is_stopping):
            lines.append(f"EXTEND_TIMEOUT_USEC={STARTING_S * 1e6:.0f}")
        self._is_queue_full = False
        is_taken = self._send(lines)
        self._told_state = self._status.state
        self._is_ready |= becomes_ready and is_taken
        self._due_s = now + (min(TRY_AGAIN_S, self._every_s) if self._is_queue_full else self._every_s)

    def ending(self) -> None:
        if not self._is_stopping:
            self._is_stopping = self._send(["STOPPING=1", "STATUS=stopping"])

    def close(self) -> None:
        self._socket.close()

    def _words(self, now: float) -> str:
        """`live, 1,234 values, 20.0/s`, as on the status line."""
        status = self._status
        silent_s = self._silence.sample(status.bytes_received, now)
        rate = self._rate.sample(status.values, now)
        parts = [state_words(status, now, silent_s), plural(status.values, "value")]
        if status.values:
            parts.append(f"{show_rate(rate)}/s")
        if status.engine:
            parts.append(behind_text(status))
        return ", ".join(parts)

    def _send(self, lines: list[str]) -> bool:
        """In one datagram. False when it was not taken."""
        try:
            self._socket.sendto("\n".join(lines).encode(), self._supervision.socket_address)
        except BlockingIOError:
            self._is_queue_full = True
            return False
        except OSError as error:
            if not self._has_warned:
                self._has_warned = True
                self._warn(f"NOTIFY_SOCKET {self._supervision.address} takes nothing: {error.strerror}")
            return False
        return True
