"""Rows and status painted into one frame of the terminal's size. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from math import isfinite

from msgspec.structs import replace
from rich.cells import cell_len
from rich.text import Text

from coinapi_idx_cli.monitoring.status_words import Rate, Silence
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.browse import NOT_BROWSED, Browsed
from coinapi_idx_cli.table.cells import Cell, Look, Memory, budget_for, cells, trail_cell
from coinapi_idx_cli.table.columns import Layout, Width, expected, layout
from coinapi_idx_cli.table.delays import Delays
from coinapi_idx_cli.table.detail import Detail, detail_lines
from coinapi_idx_cli.table.index_names import NO_NAMES, IndexNames, ShownNames
from coinapi_idx_cli.table.lines import doubt, help_lines, rest_line, row_line, said_first, title_lines
from coinapi_idx_cli.table.rows import Row
from coinapi_idx_cli.table.status import StatusFigures, closing_line, foot_lines, head_line
from coinapi_idx_cli.terminal.text import Glyphs, clean

# From here on there are a rule under the titles, a blank line above the counts, and below them one that is kept free
# for the first warning, so that it moves nothing.
_ROOMY_HEIGHT = 16
_ROOMY_FOOT = 3

ALIGNED_SPAN = 1e6  # between the least and the greatest number that are aligned at their points
DAY_S = 86_400

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
    wall_s: float = 0.0  # the same moment, since 1970
    closing: bool = False  # the last frame, which stays
    dropped: int = 0  # rows that there was no room for
    names: IndexNames = NO_NAMES  # of all rows
    browsed: Browsed = NOT_BROWSED  # `rows` begin with number `browsed.top`
    alerted: Container[str] = ()  # ids that alerts were about lately
    detail: Detail | None = None  # of the index that has the screen for itself

    def time_of_day(self, at_s: float, form: str = "%H:%M:%S") -> str:
        """Of a second that `now_s` is counted in, here."""
        return time.strftime(form, time.localtime(self.wall_s - (self.now_s - at_s)))


class Painter:
    """Paints frames, and remembers of the ones before what keeps the next one calm."""

    def __init__(
        self,
        glyphs: Glyphs,
        redact: Callable[[str], str] = str,
        *,
        has_colour: bool = True,
    ) -> None:
        """`redact` takes secrets out of text from elsewhere."""
        self._glyphs = glyphs
        self._redact = redact
        self._labels: dict[int, str] = {}  # by the hashes of the texts, which may be of any length
        self.page = 1  # so many rows were in the last frame
        self._has_colour = has_colour
        self._rate = Rate()
        self._silence = Silence()
        self._delays = Delays(_DELAYS_KEPT)
        self._memories: dict[int, Memory] = {}  # by the hashes of the ids, which may be of any length
        self._names = ShownNames(self._clean, glyphs.dots)
        self._widths: dict[str, Width] = {}
        self._plan: Layout | None = None  # of the frame before
        self._is_aligned = True
        self._began: dict[str, str] = {}  # when the run did, in each form
        self._size: tuple[int, int | None] = (0, 0)

    def paint(self, scene: Scene, width: int, height: int | None) -> list[Text]:
        """A frame of at most `width` columns and `height` - 1 lines; the last line is left for the prompt."""
        if self._size != (width, height):
            self._size = width, height
            self._widths, self._plan = expected(budget_for(width)), None
        is_roomy = height is None or height >= _ROOMY_HEIGHT
        self._learn(scene.rows)
        self._names.learn(scene.names)
        figures = self._figures(scene)
        head = head_line(figures, width, self._glyphs, closing=scene.closing)
        foot = self._foot(figures, scene, width)
        room = None if height is None else height - 3 - (1 + _ROOMY_FOOT if is_roomy else len(foot))
        if room is not None and room < 1:
            return _cropped([head, *foot[:1]][: max(1, (height or 2) - 1)], width)
        gap = [Text()] if is_roomy else []
        if scene.detail is not None and room is not None and not scene.browsed.shows_help:
            page = self._detail(scene.detail, width, room + (2 if is_roomy else 1), is_dim=bool(figures.last_value))
            return _cropped([head, *page, *gap, *foot], width)
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
            scene.time_of_day(now_s),
            self._last_value(scene),
        )

    def _last_value(self, scene: Scene) -> str:
        """When the last value came, while there is no connection to bring one."""
        came_s = max((row.updated_s for row in scene.rows if row.value is not None), default=None)
        is_connected = scene.status.state in (State.LIVE, State.HANDOVER)
        return "" if is_connected or came_s is None else scene.time_of_day(came_s)

    def _foot(self, figures: StatusFigures, scene: Scene, width: int) -> list[Text]:
        if scene.closing:
            return [closing_line(figures.status, scene.now_s)]
        return foot_lines(figures, width, self._glyphs, said_first(scene.browsed, scene.total))

    def _table(
        self, scene: Scene, figures: StatusFigures, width: int, room: int | None, *, is_roomy: bool
    ) -> list[Text]:
        if scene.browsed.shows_help:
            return help_lines(width)[:room]
        self.page = scene.total if room is None or scene.total <= room else room - 1
        rows = scene.rows[: self.page]
        hidden = scene.total - len(rows)
        if self._is_aligned and not _can_be_aligned(rows):
            self._is_aligned, self._widths = False, expected(budget_for(width))
        grid = [self._cells(row, width, scene.now_s) for row in rows]
        longest = max((cell_len(self._names.label(row.index_id)) for row in rows), default=0)
        plan = layout(self._widths, longest, width, self._plan)
        if any(row.value is not None for row in rows):
            self._plan = plan
        names = self._names.fit([row.index_id for row in rows], plan.index)
        prefix, since = self._names.prefix, self._since(scene)
        lines = title_lines(plan, scene.browsed.sort, self._glyphs, prefix=prefix, since=since, has_rule=is_roomy)
        doubts = doubt(figures.connected_s, plan, width)
        for name, row, found in zip(names, rows, grid, strict=True):
            if row.value is not None and "trail" in plan.columns:
                found["trail"] = trail_cell(row, plan.columns["trail"].total, self._glyphs.levels)
            is_quiet = bool(figures.last_value) or row.is_quiet(scene.now_s)
            line = row_line(
                name, found, plan, is_quiet=is_quiet, doubts=doubts, stands_out=row.index_id in scene.alerted
            )
            if row.index_id == scene.browsed.marked:
                line.stylize("reverse")
            lines.append(line)
        if hidden:
            lines.append(rest_line(scene.browsed, len(rows), scene.total, scene.waiting, self._glyphs))
        return lines

    def _detail(self, detail: Detail, width: int, height: int, *, is_dim: bool) -> list[Text]:
        name, memory = self._clean(detail.row.index_id), self._memory(detail.row)
        return detail_lines(detail, name, memory, width, height, self._glyphs, is_dim=is_dim)

    def _since(self, scene: Scene) -> str:
        """When the run began, worked out once: the clock may be set meanwhile."""
        is_today = scene.now_s - scene.status.started_s < DAY_S
        form = "%H:%M" if is_today else "%d %b"
        if form not in self._began:
            self._began[form] = scene.time_of_day(scene.status.started_s, form)
        return self._began[form]

    def _cells(self, row: Row, width: int, now_s: float) -> dict[str, Cell]:
        look = Look(self._glyphs, budget_for(width), now_s, self._has_colour, self._is_aligned)
        found = cells(row, self._memory(row), look)
        for key, cell in found.items():
            self._widths[key].make_room(cell)
        return found


def _can_be_aligned(rows: list[Row]) -> bool:
    """Whether the numbers are near enough to each other to be compared by their places."""
    sizes = [abs(row.value) for row in rows if row.value and isfinite(row.value)]
    return not sizes or max(sizes) / ALIGNED_SPAN <= min(sizes)


def _cropped(lines: list[Text], width: int) -> list[Text]:
    for line in lines:
        line.truncate(max(1, width), overflow="crop")
    return lines
