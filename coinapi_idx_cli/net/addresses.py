"""From a host's name to a TCP connection, as RFC 8305 says: an address that swallows packets costs a quarter second."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any

from msgspec import Struct

from coinapi_idx_cli.net.deadline import Deadline, poll_milliseconds

ATTEMPT_DELAY_S = 0.25  # RFC 8305, 8: "Connection Attempt Delay"
# A machine without IPv6 has one of these for each address of that family: what another address said tells more.
NO_WAY_THERE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class Address(Struct, frozen=True):
    """As `socket.getaddrinfo` gives it."""

    family: int
    at: tuple[Any, ...]

    def __str__(self) -> str:
        return f"[{self.at[0]}]" if self.family == socket.AF_INET6 else str(self.at[0])


def addresses_of(host: str, port: int) -> list[Address]:
    """All, each once, in the order in which they are to be tried. Blocks as long as the system's resolver does.

    Raises socket.gaierror.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # of a label that is too long
        raise socket.gaierror(str(error)) from error
    return interleaved(dict.fromkeys(Address(int(family), at) for family, _, _, _, at in found))


def interleaved(addresses: Iterable[Address]) -> list[Address]:
    """By turns of one family and of the other, beginning with that of the first (RFC 8305, 4)."""
    by_family: dict[int, list[Address]] = {}
    for address in addresses:
        by_family.setdefault(address.family, []).append(address)
    turns = chain.from_iterable(zip_longest(*by_family.values()))
    return [address for address in turns if address is not None]


def connected(addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """A socket to the first address that answers; each is tried 250 ms after the one before, or once that failed.

    Raises TimeoutError when none answers in time, and OSError when all refuse.
    """
    race = _Race(addresses)
    try:
        while (winner := race.step(deadline.left_s())) is None:
            pass
        return winner
    finally:
        race.end()


class _Race:
    def __init__(self, addresses: Sequence[Address]) -> None:
        self._waiting = deque(addresses)
        self._trying: dict[int, socket.socket] = {}
        self._errors: list[OSError] = []
        self._poll = select.poll()
        self._next_s = time.monotonic()

    def step(self, most_s: float) -> socket.socket | None:
        """Wait for one thing to happen. Raises OSError when nothing can happen any more."""
        if not self._waiting and not self._trying:
            raise self._most_telling()
        now = time.monotonic()
        if self._waiting and (now >= self._next_s or not self._trying):
            self._next_s = now + ATTEMPT_DELAY_S
            return self._start(self._waiting.popleft())
        wait_s = min(most_s, self._next_s - now) if self._waiting else most_s
        return self._look(wait_s)

    def end(self) -> None:
        for sock in self._trying.values():
            sock.close()

    def _start(self, address: Address) -> socket.socket | None:
        try:
            sock = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:
            self._failed(error)
            return None
        sock.settimeout(0)
        number = sock.connect_ex(address.at)
        if number == 0:
            return sock
        if number == errno.EINPROGRESS:
            self._trying[sock.fileno()] = sock
            self._poll.register(sock, select.POLLOUT)
        else:
            sock.close()
            self._failed(OSError(number, os.strerror(number)))
        return None

    def _look(self, wait_s: float) -> socket.socket | None:
        for fd, _ in self._poll.poll(poll_milliseconds(wait_s)):
            self._poll.unregister(fd)
            sock = self._trying.pop(fd)
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number == 0:
                return sock
            sock.close()
            self._failed(OSError(number, os.strerror(number)))
        return None

    def _failed(self, error: OSError) -> None:
        """The next one need not wait."""
        self._errors.append(error)
        self._next_s = time.monotonic()

    def _most_telling(self) -> OSError:
        told = [error for error in self._errors if error.errno not in NO_WAY_THERE]
        return (told or self._errors or [OSError(errno.EADDRNOTAVAIL, "no address")])[0]
