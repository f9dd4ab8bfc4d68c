"""A bell, and a notification of the desktop, from a terminal."""

from __future__ import annotations

from coinapi_idx_cli.terminal.one_line import excerpt, one_line

LONGEST_BYTES = 200
BELL = "\a"


def ringing(text: str) -> str:
    """The bell, and OSC 9, which many terminals show as a notification of the desktop.

    A text that begins with a digit would be another command of some.
    """
    shown = excerpt(one_line(text), str, LONGEST_BYTES)
    return f"{BELL}\x1b]9;{shown if shown[:1].isalpha() else f'Alert: {shown}'}\x1b\\"
