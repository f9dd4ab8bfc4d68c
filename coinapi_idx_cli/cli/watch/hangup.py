"""What SIGHUP means: that files be opened again, or that the terminal is gone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress


def terminal_is_gone() -> Callable[[int], bool]:
    """Returns what tells of a signal whether it says that the terminal was closed that stdout is now: nobody looks at
    the run any more, and nobody may want to pay for it. Where SIGHUP is ignored, somebody wants the run to go on.
    """
    with suppress(OSError, ValueError, AttributeError):  # stdout may be closed
        descriptor = sys.stdout.fileno()
        if os.isatty(descriptor) and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            return lambda number: number == signal.SIGHUP and not os.isatty(descriptor)
    return lambda _: False
