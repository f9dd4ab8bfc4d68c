"""What the service manager that started this process wants to hear, from its environment."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from msgspec import Struct

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Supervision(Struct, frozen=True):
    """What it asked for.

    `address`: of its datagram socket, a path, or behind `@` a name that is in no file system.

    `watchdog_s`: it wants a sign of life that often, or ends this process; None if it does not.
    """

    address: str
    watchdog_s: float | None = None


def taken_supervision(environment: MutableMapping[str, str] = os.environ, pid: int | None = None) -> Supervision | None:
    """None without a service manager. Takes its variables out, so that no child process speaks in our name."""
    address, watchdog, watched = [environment.pop(name, "") for name in _VARIABLES]
    if not address.startswith(("/", "@")):
        return None
    is_for_us = not watched or watched == str(os.getpid() if pid is None else pid)
    period_s = int(watchdog) / 1e6 if is_for_us and watchdog.isascii() and watchdog.isdigit() else 0.0
    return Supervision(address, period_s or None)
