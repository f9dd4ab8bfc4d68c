"""For how long what comes may wait, so that it is read together: a wake-up for each message costs much more."""

from __future__ import annotations

from coinapi_idx_cli.transport.connection import READ_BYTES

# What comes as fast as that comes together by itself. While nobody reads, the kernel takes 64 KiB at least, so a feed
# that is faster than we let it be is seen to be: in 10 ms they are more than this.
FAST_BYTES_A_S = 4_000_000
MEASURED_S = 0.05
LARGE_BYTES = READ_BYTES // 2  # behind so much at once more is likely to wait already


class Nap:
    """Until when no connection is read, `ends_s`. `longest_s`: for how long values may wait; 0: not at all."""

    def __init__(self, longest_s: float, now: float) -> None:
        self._longest_s = longest_s
        self.ends_s = now
        self._is_fast = False
        self._since_s = now
        self._bytes = 0  # since then

    def read(self, byte_count: int, now: float) -> None:
        """So much was read; the nap begins, unless so much comes that the feed would be held back by it."""
        if not self._longest_s:
            return
        self._bytes += byte_count
        elapsed_s = now - self._since_s
        if elapsed_s >= MEASURED_S or self._bytes >= FAST_BYTES_A_S * MEASURED_S:
            self._is_fast = self._bytes >= FAST_BYTES_A_S * elapsed_s
            self._since_s, self._bytes = now, 0
        if not self._is_fast and byte_count < LARGE_BYTES:
            self.ends_s = now + self._longest_s
