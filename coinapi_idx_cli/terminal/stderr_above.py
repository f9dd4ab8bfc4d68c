"""What goes to stderr while the table is up."""

from __future__ import annotations

import io
from typing import TextIO

from coinapi_idx_cli.terminal.stderr import Backlog


class StderrAbove(io.TextIOBase):
    """Replaces stderr while the table is up: what is written there appears above the table, not across it.

    Writing never waits for the terminal: the lines are picked up at the next repaint.
    """

    encoding = "utf-8"

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind
        self.encoding = behind.encoding
        self._backlog = Backlog()  # nobody takes lines while the program runs in the background

    def isatty(self) -> bool:
        """No: who writes here is to send plain lines, no colours and no bars."""
        return False

    def fileno(self) -> int:
        """As the file behind."""
        return self.behind.fileno()

    def write(self, text: str) -> int:
        """Keep whole lines for `take_lines`, and the start of one until its end comes."""
        self._backlog.add(text)
        return len(text)

    def take_lines(self) -> list[str]:
        """The lines since last time."""
        lines = []
        while self._backlog:
            lines.append(self._backlog.take_line())
        return lines

    def rest(self) -> str:
        """All that nobody took, as it was written."""
        return "".join(f"{line}\n" for line in self.take_lines()) + self._backlog.take_rest()
