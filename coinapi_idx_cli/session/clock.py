"""What time it is, as an argument: a test passes a clock that it turns itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct


class Clock(Struct, frozen=True):
    """The two clocks of a session.

    `monotonic`: seconds, for waits and lengths. `time_ns`: UTC nanoseconds since 1970, for what is written.
    """

    monotonic: Callable[[], float] = time.monotonic
    time_ns: Callable[[], int] = time.time_ns


SYSTEM_CLOCK = Clock()
