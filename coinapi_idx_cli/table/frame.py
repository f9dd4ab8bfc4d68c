"""Rows and status painted into one frame of the terminal's size. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace
from rich.cells import cell_len
from rich.text import Text

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.table.cells import Cell, Look, Memory, budget_for, cells, trail_cell
from coinapi_idx_cli.table.columns import LEAST, Width, layout
from coinapi_idx_cli.table.delays import Delays
from coinapi_idx_cli.table.lines import doubt, rest_line, row_line, title_lines
from coinapi_idx_cli.table.rows import Row
from coinapi_idx_cli.table.status import Rate, Silence, StatusFigures, closing_line, foot_lines, head_line
from coinapi_idx_cli.terminal.text import Glyphs, clean, shorten_all

# From here on there are a rule under the titles, a blank line above the counts, and below them one that is kept free
# for the first warning, so that it moves nothing.
_ROOMY_HEIGHT = 16
_ROOMY_FOOT = 3

_LABELS_KEPT = 1000
_LONGEST_LABEL = 1024
_DELAYS_KEPT = 1000
_MEMORIES_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted: the first rows in order, and how many there are in all."""

    rows: list[Row]
    total: int
    waiting: int
    status: Status
    now_s: float
    closing: bool = False  # the last frame, which stays
    dropped: int = 0  # rows that there was no room for


class Painter:
    """Paints frames, and remembers of the ones before what keeps the next one calm."""

    def __init__(
        self,
        glyphs: Glyphs,
        redact: Callable[[str], str] = str,
        sort: Sort = Sort.ASKED,
        *,
        has_colour: bool = True,
    ) -> None:
        """`redact` takes secrets out of text from elsewhere."""
        self._glyphs = glyphs
        self._redact = redact
        self._labels: dict[int, str] = {}  # by the hashes of the texts, which may be of any length
        self._sort = sort
        self._has_colour = has_colour
        self._rate = Rate()
        self._silence = Silence()
        self._delays = Delays(_DELAYS_KEPT)
        self._memories: dict[int, Memory] = {}  # by the hashes of the ids, which may be of any length
        self._widths: dict[str, Width] = {}
        self._size: tuple[int, int | None] = (0, 0)

    def paint(self, scene: Scene, width: int, height: int | None) -> list[Text]:
        """A frame of at most `width` columns and `height` - 1 lines; the last line is left for the prompt."""
        if self._size != (width, height):
            self._size = width, height
            self._widths = {key: Width(least) for key, least in LEAST.items()}
        is_roomy = height is None or height >= _ROOMY_HEIGHT
        self._learn(scene.rows)
        figures = self._figures(scene)
        head = head_line(figures, width, self._glyphs, closing=scene.closing)
        foot = self._foot(figures, scene, width)
        room = None if height is None else height - 3 - (1 + _ROOMY_FOOT if is_roomy else len(foot))
        if room is not None and room < 1:
            return _cropped([head, *foot[:1]][: max(1, (height or 2) - 1)], width)
        gap = [Text()] if is_roomy else []
        return _cropped([head, *self._table(scene, figures, width, room, is_roomy=is_roomy), *gap, *foot], width)

    def _clean(self, text: str) -> str:
        """A text from elsewhere, as much of it as can be of use."""
        label = self._labels.get(hash(text))
        if label is None:
            if len(self._labels) >= _LABELS_KEPT:
                self._labels.clear()
            label = self._labels[hash(text)] = clean(self._redact(text)[:_LONGEST_LABEL], self._glyphs)
        return label

    def _learn(self, rows: list[Row]) -> None:
        if len(self._memories) > _MEMORIES_KEPT + len(rows):
            self._memories = {hash(row.index_id): self._memory(row) for row in rows}
        for row in rows:
            sample_ms = self._memory(row).learn(row)
            if sample_ms is not None:
                self._delays.note(sample_ms)

    def _memory(self, row: Row) -> Memory:
        memory = self._memories.get(hash(row.index_id))
        if memory is None:
            memory = self._memories[hash(row.index_id)] = Memory()
        return memory

    def _figures(self, scene: Scene) -> StatusFigures:
        status, now_s = scene.status, scene.now_s
        return StatusFigures(
            replace(status, server=self._clean(status.server), last_warning=self._clean(status.last_warning)),
            now_s,
            self._rate.sample(status.values, now_s),
            self._silence.sample(status.bytes_received, now_s),
            self._delays.tell(),
            scene.dropped,
        )

    def _foot(self, figures: StatusFigures, scene: Scene, width: int) -> list[Text]:
        if scene.closing:
            return [closing_line(figures.status, scene.now_s)]
        return foot_lines(figures, width, self._glyphs)

    def _table(
        self, scene: Scene, figures: StatusFigures, width: int, room: int | None, *, is_roomy: bool
    ) -> list[Text]:
        hidden = 0 if room is None or scene.total <= room else scene.total - room + 1
        rows = scene.rows[: scene.total - hidden]
        labels = tuple(self._clean(row.index_id) for row in rows)
        grid = [self._cells(row, width, scene.now_s) for row in rows]
        plan = layout(self._widths, max(map(cell_len, labels), default=0), width)
        names = shorten_all(labels, plan.index, self._glyphs.dots)
        lines = title_lines(plan, self._sort, self._glyphs, has_rule=is_roomy)
        doubts = doubt(figures.connected_s, plan, width)
        for name, row, found in zip(names, rows, grid, strict=True):
            if row.value is not None and "trail" in plan.columns:
                found["trail"] = trail_cell(row, plan.columns["trail"].total, self._glyphs.levels)
            lines.append(row_line(name, found, plan, is_quiet=row.is_quiet(scene.now_s), doubts=doubts))
        return [*lines, rest_line(hidden, scene.waiting, self._sort, self._glyphs)] if hidden else lines

    def _cells(self, row: Row, width: int, now_s: float) -> dict[str, Cell]:
        look = Look(self._glyphs, budget_for(width), now_s, self._has_colour)
        found = cells(row, self._memory(row), look)
        for key, cell in found.items():
            self._widths[key].make_room(cell)
        return found


def _cropped(lines: list[Text], width: int) -> list[Text]:
    for line in lines:
        line.truncate(max(1, width), overflow="crop")
    return lines
