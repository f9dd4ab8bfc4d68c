"""Signals that somebody asked not to heed stay ignored."""

from __future__ import annotations

import signal


def not_ignored(*numbers: signal.Signals) -> list[signal.Signals]:
    """Those of them that are not ignored: under nohup SIGHUP is, and SIGINT in what a script starts with `&`."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
