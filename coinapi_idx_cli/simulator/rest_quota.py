"""What calls of the REST side cost, and how many there may be."""

from __future__ import annotations

import math
import threading
import time
from collections import deque

_ITEMS_A_CALL = 100


def cost_of(items: int) -> int:
    """Each 100 items are a call, and none is one, too."""
    return max(1, -(-items // _ITEMS_A_CALL))


class RestQuota:
    """So many calls within a window that moves on; `limit` None is any number. May be used from any thread."""

    def __init__(self, limit: int | None, window_s: float) -> None:
        self.limit = limit
        self.spent = 0
        """Calls since the beginning."""
        self._window_s = window_s
        self._lock = threading.Lock()
        self._taken: deque[tuple[float, int]] = deque()
        self._used = 0

    def wait_s(self) -> int | None:
        """Seconds until there may be a call again; None: now."""
        with self._lock:
            self._forget()
            if self.limit is None or self._used < self.limit:
                return None
            freed = 0
            for at, cost in self._taken:
                freed += cost
                if self._used - freed < self.limit:
                    return max(1, math.ceil(at + self._window_s - time.monotonic()))
            return math.ceil(self._window_s)

    def take(self, cost: int) -> None:
        """Count an answer."""
        with self._lock:
            self.spent += cost
            if self.limit is not None:
                self._taken.append((time.monotonic(), cost))
                self._used += cost

    def headers(self, cost: int) -> dict[str, str]:
        """What an answer says about it, which has been counted."""
        with self._lock:
            self._forget()
            if self.limit is None:
                return {"X-RateLimit-Used": str(self.spent), "X-RateLimit-Request-Cost": str(cost)}
            reset_s = self._taken[0][0] + self._window_s - time.monotonic() if self._taken else 0.0
            remaining = str(max(0, self.limit - self._used))
            return {
                "X-RateLimit-Used": str(self._used),
                "X-RateLimit-Limit": str(self.limit),
                "X-RateLimit-Remaining": remaining,
                "X-RateLimit-Request-Cost": str(cost),
                "X-RateLimit-Reset": str(max(0, math.ceil(reset_s))),
                "X-RateLimit-Quota-Allocated": str(self.limit),
                "X-RateLimit-Quota-Remaining": remaining,
            }

    def _forget(self) -> None:
        oldest = time.monotonic() - self._window_s
        while self._taken and self._taken[0][0] <= oldest:
            self._used -= self._taken.popleft()[1]
