"""Rows and status painted into one frame of the terminal's size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from coinapi_idx_cli.outputs.table_cells import EMPTY, IMPORTANCE, LEAST, QUIET, TITLES, Cell, budget_for, cells
from coinapi_idx_cli.outputs.table_numbers import Digits
from coinapi_idx_cli.outputs.table_rows import Row
from coinapi_idx_cli.outputs.table_status import Rate, closing_lines, status_lines
from coinapi_idx_cli.outputs.table_text import Glyphs, clean, shorten_all
from coinapi_idx_cli.protocol.status import Status

_GAP = "  "
_HEAD_LINES = 2
_ROOMY_HEIGHT = 12  # from here on there is a blank line above the status

# An index id of this many cells can still be told from its like; with the larger number it reads well.
_TIGHT_INDEX = 14
_EASY_INDEX = 26
_WIDEST_INDEX = 48


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted: the first rows in order, and how many there are in all."""

    rows: list[Row]
    total: int
    status: Status
    now_s: float
    closing: bool = False  # the last frame, which stays


@dataclass(slots=True)
class Width:
    """A column's width. It only grows, so that the frame keeps still."""

    least: int
    mark: int = 0
    left: int = 0
    right: int = 0
    spanning: int = 0

    def take(self, cell: Cell) -> None:
        """Make room for a cell."""
        self.mark = max(self.mark, len(cell.mark))
        if cell.spans:
            self.spanning = max(self.spanning, len(cell.left))
        else:
            self.left = max(self.left, len(cell.left))
            self.right = max(self.right, len(cell.right))

    @property
    def total(self) -> int:
        """Cells."""
        return max(self.least, self.mark + max(self.left + self.right, self.spanning))

    def fit(self, cell: Cell) -> str:
        """The cell's text, as wide as the column."""
        number = cell.left if cell.spans else cell.left.rjust(self.left) + cell.right.ljust(self.right)
        return cell.mark.ljust(self.mark) + number.rjust(self.total - self.mark)


class Painter:
    """Paints frames, and remembers of the ones before what keeps the next one calm."""

    def __init__(self, glyphs: Glyphs, redact: Callable[[str], str] = str) -> None:
        """`redact` takes secrets out of text from elsewhere."""
        self._glyphs = glyphs
        self._clean = lru_cache(maxsize=1024)(lambda text: clean(redact(text), glyphs))
        self._rate = Rate()
        self._digits: dict[str, Digits] = {}
        self._widths: dict[str, Width] = {}
        self._size: tuple[int, int | None] = (0, 0)

    def paint(self, scene: Scene, width: int, height: int | None) -> Group:
        """A frame of at most `width` columns and `height` - 1 lines; the last line is left for the prompt."""
        if self._size != (width, height):
            self._size = width, height
            self._widths = {key: Width(least) for key, least in LEAST.items()}
        foot = self._foot(scene, width)
        room = _room(height, len(foot))
        if room < 1:
            return Group(*_cropped(foot[: max(1, (height or 2) - 1)], width))
        gap = [Text()] if height is None or height >= _ROOMY_HEIGHT else []
        return Group(*_cropped([*self._table(scene, width, room), *gap, *foot], width))

    def _foot(self, scene: Scene, width: int) -> list[Text]:
        status = replace(
            scene.status,
            server=self._clean(scene.status.server),
            last_warning=self._clean(scene.status.last_warning),
        )
        rate = self._rate.sample(status.values, scene.now_s)
        if scene.closing:
            return closing_lines(status, scene.now_s, width, self._glyphs)
        return status_lines(status, rate, scene.now_s, width, self._glyphs)

    def _table(self, scene: Scene, width: int, room: float) -> list[Text]:
        hidden = 0 if scene.total <= room else scene.total - int(room) + 1
        rows = scene.rows[: scene.total - hidden]
        labels = tuple(self._clean(row.index_id) for row in rows)
        grid = [self._cells(row, width, scene.now_s) for row in rows]
        columns, index = self._layout(labels, width)
        names = shorten_all(labels, index, self._glyphs.dots)
        lines = [self._line(name, index, row, columns) for name, row in zip(names, grid, strict=True)]
        if hidden:
            lines.append(Text(f"{self._glyphs.dots} and {hidden:,} more", QUIET))
        return [*self._head(index, columns), *lines]

    def _cells(self, row: Row, width: int, now_s: float) -> dict[str, Cell]:
        digits = self._digits.setdefault(row.index_id, Digits())
        found = cells(row, digits, budget_for(width), now_s, self._glyphs)
        for key, cell in found.items():
            self._widths[key].take(cell)
        return found

    def _layout(self, labels: tuple[str, ...], width: int) -> tuple[list[str], int]:
        """The columns that fit, from left to right, and the width of the index."""
        longest = max((cell_len(label) for label in labels), default=0)
        left = width - self._needs("value")
        kept = {"value"}
        for key in IMPORTANCE:
            # One column beside the value is worth a tight index, more are not.
            index = min(longest, _EASY_INDEX if len(kept) > 1 else _TIGHT_INDEX)
            if left - self._needs(key) >= index:
                left -= self._needs(key)
                kept.add(key)
        return [key for key in TITLES if key in kept], max(len("index"), min(longest, left, _WIDEST_INDEX))

    def _needs(self, key: str) -> int:
        return len(_GAP) + self._widths[key].total

    def _head(self, index: int, columns: list[str]) -> list[Text]:
        titles = ["index".ljust(index), *(TITLES[key].rjust(self._widths[key].total) for key in columns)]
        title = _GAP.join(titles)
        return [Text(title, QUIET), Text(self._glyphs.rule * len(title), QUIET)]

    def _line(self, name: str, index: int, row: dict[str, Cell], columns: list[str]) -> Text:
        line = Text(name + " " * (index - cell_len(name)), QUIET if "change" not in row else "")
        for key in columns:
            cell = row.get(key, EMPTY)
            text = self._widths[key].fit(cell)
            shown = text.lstrip()
            # Blanks without a style: an SVG viewer may drop those at the start of a styled run.
            line.append(_GAP + " " * (len(text) - len(shown))).append(shown, cell.style)
        return line


def _room(height: int | None, foot: int) -> float:
    """Lines for rows, with the line that counts the hidden ones."""
    if height is None:
        return float("inf")
    gap = 1 if height >= _ROOMY_HEIGHT else 0
    return height - 1 - _HEAD_LINES - gap - foot


def _cropped(lines: list[Text], width: int) -> list[Text]:
    for line in lines:
        line.no_wrap = True
        line.truncate(max(1, width), overflow="crop")
    return lines
