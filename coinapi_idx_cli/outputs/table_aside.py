"""What goes to stderr while the table is up."""

from __future__ import annotations

import io
from collections import deque
from typing import TextIO

# Nobody takes lines while the program runs in the background.
_LINES_KEPT = 1000


class Aside(io.TextIOBase):
    """Stands in for stderr while the table is up: what is written there appears above the table, not across it.

    Writing never waits for the terminal: the lines are picked up at the next repaint.
    """

    encoding = "utf-8"

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind
        self.encoding = behind.encoding
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._partial = ""

    def isatty(self) -> bool:
        """No: who writes here is to send plain lines, no colours and no bars."""
        return False

    def fileno(self) -> int:
        """As the file behind."""
        return self.behind.fileno()

    def write(self, text: str) -> int:
        """Keep whole lines for `take`, and the start of one until its end comes."""
        *lines, self._partial = (self._partial + text).split("\n")
        self._lines.extend(lines)
        return len(text)

    def take(self) -> list[str]:
        """The lines since last time."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def rest(self) -> str:
        """All that nobody took, as it was written."""
        text = "".join(f"{line}\n" for line in self.take()) + self._partial
        self._partial = ""
        return text
