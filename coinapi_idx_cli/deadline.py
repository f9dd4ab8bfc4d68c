"""One limit in time for several steps that block."""

from __future__ import annotations

import socket
import time


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
