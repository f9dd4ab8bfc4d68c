"""Where frames are on a terminal, and lines above them: what is to be written from one to the next. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

_WRAP, _NO_WRAP = "\x1b[?7h", "\x1b[?7l"
ALTERNATE, _ORDINARY = "\x1b[?1049h", "\x1b[?1049l"
_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_HOME, _LOWEST_LINE = "\x1b[H", "\x1b[999;1H"
_LINES_KEPT = 100
_CLEAR, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[2J\x1b[H", "\x1b[2K", "\x1b[J"


class Region(ABC):
    """A part of the terminal in which frames replace each other."""

    waits_in_background = True  # lines for stderr wait until there is a frame again
    is_away = False  # it was left: a frame would be drawn over what is not ours

    def enter(self) -> str:
        """Before the first frame, also after another program had the terminal."""
        return ""

    def leave(self) -> str:
        """Takes the frame off when a shell or another program gets the terminal."""
        return ""

    def last(self, lines: list[str], above: list[str], columns: int) -> str:
        """The frame that stays."""
        return self.frame(lines, above, columns)

    def restart(self) -> None:  # noqa: B027
        """The next frame begins where the cursor is."""

    @abstractmethod
    def frame(self, lines: list[str], above: list[str], columns: int) -> str:
        """`lines` in place of those before, and `above` for good above them."""


class Block(Region):
    """As many lines as there are, the cursor below them."""

    def __init__(self) -> None:
        self._columns = 0
        self._drawn = 0

    def restart(self) -> None:
        self._drawn = self._columns = 0

    def frame(self, lines: list[str], above: list[str], columns: int) -> str:
        start = self._start(columns)
        self._drawn = len(lines)
        # Without wrapping, a character that the terminal thinks wider than we do spoils its own line only.
        body = "".join(f"{_CLEAR_LINE}{line}\n" for line in [*above, *lines])
        return f"{_NO_WRAP}{start}{body}{_CLEAR_BELOW}{_WRAP}"

    def _start(self, columns: int) -> str:
        """To the frame's first line. On a narrower screen the lines have wrapped, and where it was is unknown."""
        before, self._columns = self._columns, columns
        if columns < before:
            return _CLEAR
        return f"\r\x1b[{self._drawn}A" if self._drawn else "\r"


class FullScreen(Region):
    """All of the alternate screen: what was on the terminal is there again when the last frame is put below it.

    Of the lines for stderr the newest is on the lowest line, and the last ones are above the last frame.

    `title`: what the tab of the terminal is called meanwhile; cleaned, as it goes out as it is.
    """

    def __init__(self, title: Callable[[], str] | None = None) -> None:
        self.is_away = True
        self._title = title
        self._titled = ""  # as it was last
        self._kept: deque[str] = deque(maxlen=_LINES_KEPT)
        self._count = 0

    def enter(self) -> str:
        self.is_away, self._titled = False, ""
        return ALTERNATE + (_PUSH_TITLE if self._title is not None else "")

    def leave(self) -> str:
        if self.is_away:
            return ""
        self.is_away = True
        return (_POP_TITLE if self._title is not None else "") + _ORDINARY

    def frame(self, lines: list[str], above: list[str], columns: int) -> str:  # noqa: ARG002
        self._keep(above)
        body = "".join(f"{_CLEAR_LINE}{line}\n" for line in lines)
        newest = f"{_LOWEST_LINE}{self._kept[-1]}" if self._kept else ""
        return f"{self._change_of_title()}{_NO_WRAP}{_HOME}{body}{_CLEAR_BELOW}{newest}{_WRAP}"

    def _change_of_title(self) -> str:
        title = self._title() if self._title is not None else ""
        if title == self._titled:
            return ""
        self._titled = title
        return f"\x1b]2;{title}\x1b\\"

    def last(self, lines: list[str], above: list[str], columns: int) -> str:  # noqa: ARG002
        self._keep(above)
        more = self._count - len(self._kept)
        whole = [*([f"{more:,} lines before these"] if more else []), *self._kept]
        self._kept.clear()
        return self.leave() + "".join(f"{line}\n" for line in [*whole, *lines])

    def _keep(self, lines: list[str]) -> None:
        self._kept += lines
        self._count += len(lines)


class CursorLine(Region):
    """One line at most, the cursor on its first character.

    There it stays when the terminal becomes narrower, whether the line is cut then or wraps: so what follows the cursor
    is ours, and what comes before it is not touched. Lines above are whole, and wrap where they have to.
    """

    # The first cell by itself: what is cleared from the screen's very first one tmux keeps with what scrolled off.
    _GONE = f"\r\x1b[K\x1b[C{_CLEAR_BELOW}\r"
    waits_in_background = False

    def leave(self) -> str:
        return self._GONE

    def frame(self, lines: list[str], above: list[str], columns: int) -> str:  # noqa: ARG002
        start = "\r" if lines and not above else self._GONE
        whole = "".join(f"{line}\n" for line in above)
        return start + whole + "".join(f"{_NO_WRAP}{line}{_CLEAR_BELOW}\r{_WRAP}" for line in lines)
