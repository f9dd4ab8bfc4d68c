"""What the service manager that started this process wants to hear, from its environment."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from contextlib import suppress
from socket import AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, socket

from msgspec import Struct

TO_BEGIN_S = 600.0  # longer than the list of indexes may be waited for

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Supervision(Struct, frozen=True):
    """What it asked for.

    `address`: of its datagram socket, a path, or behind `@` a name that is in no file system.

    `watchdog_s`: it wants a sign of life that often, or ends this process; None if it does not.
    """

    address: str
    watchdog_s: float | None = None

    @property
    def socket_address(self) -> str:
        """As sockets take it."""
        return f"\0{self.address[1:]}" if self.address.startswith("@") else self.address

    def ask_for_time(self) -> None:
        """Before there is a main loop: ids may have to be looked up, and large files to be read.

        Nobody hears of a failure: the main loop reports it.
        """
        with suppress(OSError), socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK) as manager:
            manager.sendto(f"EXTEND_TIMEOUT_USEC={TO_BEGIN_S * 1e6:.0f}\nSTATUS=starting".encode(), self.socket_address)


def begin_supervision() -> Supervision | None:
    """Of this process, from its first moment on. None without a service manager."""
    supervision = taken_supervision()
    if supervision is not None:
        supervision.ask_for_time()
    return supervision


def taken_supervision(environment: MutableMapping[str, str] = os.environ, pid: int | None = None) -> Supervision | None:
    """None without a service manager. Takes its variables out, so that no child process speaks in our name."""
    address, watchdog, watched = [environment.pop(name, "") for name in _VARIABLES]
    if not address.startswith(("/", "@")):
        return None
    is_for_us = not watched or watched == str(os.getpid() if pid is None else pid)
    period_s = int(watchdog) / 1e6 if is_for_us and watchdog.isascii() and watchdog.isdigit() else 0.0
    return Supervision(address, period_s or None)
