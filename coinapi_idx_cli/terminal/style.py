"""What a terminal can show: which characters, which colours, and whether frames can replace each other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TextIO, cast

from rich.console import COLOR_SYSTEMS, Console, ConsoleRenderable
from rich.segment import Segment
from rich.text import Text

from coinapi_idx_cli.terminal.regions import ALTERNATE
from coinapi_idx_cli.terminal.terminal import Terminal
from coinapi_idx_cli.terminal.text import glyphs_for


class Pen:
    """Writes lines as one terminal understands them."""

    def __init__(self, terminal: Terminal, environ: Mapping[str, str]) -> None:
        self._console = Console(file=cast(TextIO, terminal), _environ=environ)
        self._colours = COLOR_SYSTEMS.get(self._console.color_system or "")
        self.can_repaint = self._console.is_interactive and bool(environ.get("TERM"))
        self._term, self._descriptor = environ.get("TERM", ""), terminal.fileno()
        self.has_colour = self._colours is not None and not self._console.no_color
        self.glyphs = glyphs_for(terminal.encoding, environ, utf8_mode=bool(sys.flags.utf8_mode))

    @property
    def has_alternate_screen(self) -> bool:
        """Whether there is a second screen, for programs that fill all of it: terminfo knows."""
        import curses  # here: a run without a table needs none of it

        try:
            curses.setupterm(self._term, self._descriptor)
        except curses.error:
            return False
        return (curses.tigetstr("smcup") or b"").startswith(ALTERNATE.encode())

    def write(self, line: Text) -> str:
        """The line with its escape codes; without any where the terminal cannot repaint."""
        if not self.can_repaint:
            return line.plain.rstrip()
        whole = self._console.get_style(line.style)  # which `render` leaves out where the line has no parts
        segments: Iterable[Segment] = (Segment(text, style or whole) for text, style, _ in line.render(self._console))
        if not self.has_colour:
            segments = Segment.remove_color(segments)
        return "".join(style.render(text, color_system=self._colours) if style else text for text, style, _ in segments)

    def text(self, drawn: ConsoleRenderable, width: int) -> Text:
        """What rich draws in one line, that wide."""
        options = self._console.options.update(width=width)
        options.encoding = "ascii" if self.glyphs.is_ascii else "utf-8"
        text = Text.assemble(*((part, style or "") for part, style, _ in self._console.render(drawn, options)))
        text.align("left", width)
        return text
