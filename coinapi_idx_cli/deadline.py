"""Limits in time: one for several steps that block, and the longest wait of a poll."""

from __future__ import annotations

import socket
import time

LONGEST_WAIT_S = 86_400.0  # poll counts milliseconds in 31 bits; who waits for longer looks again in between


def poll_milliseconds(seconds: float) -> float:
    """For `select.poll`, which counts in whole ones: never less than `seconds`, but for the longest wait."""
    return max(0.0, min(seconds, LONGEST_WAIT_S)) * 1000 + 1


class Deadline:
    """`seconds` from now on, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._until_s = time.monotonic() + seconds

    def left_s(self) -> float:
        """More than nothing. Raises TimeoutError when it is over."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def limit(self, sock: socket.socket) -> None:
        """The next call of `sock` takes no longer than what is left. Raises TimeoutError when nothing is."""
        sock.settimeout(self.left_s())
