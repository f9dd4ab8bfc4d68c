"""Titles, rows and what is said of the rows that do not fit, as lines. Pure."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.table.browse import HELP, Browsed
from coinapi_idx_cli.table.cells import EMPTY, QUIET, RANGE, STRONG, Cell
from coinapi_idx_cli.table.columns import TITLES, Layout, Width
from coinapi_idx_cli.table.trail import STEPS_A_MINUTE
from coinapi_idx_cli.terminal.text import Glyphs
from coinapi_idx_cli.wording import duration, plural

# The server says nothing of an id that it does not know. After this long that is worth a word.
_DOUBT_AFTER_S = 30.0

_SORTED_BY = {Sort.ID: "index", Sort.CHANGE: "percent", Sort.ACTIVITY: "rate", Sort.QUIET: "age"}


def title_lines(plan: Layout, sort: Sort, glyphs: Glyphs, *, prefix: str, since: str, has_rule: bool) -> list[Text]:
    """The titles, that of the column which sorts standing out, and a rule below.

    `prefix`: what all names begin with and do not show. `since`: when the run began.
    """

    def style(key: str) -> str:
        return STRONG if key == _SORTED_BY.get(sort) else QUIET

    whole = f"{prefix}{glyphs.dots}"
    index = whole if prefix and len(whole) <= plan.index else "index"
    line = Text.assemble((index, style("index")), " " * (plan.index - len(index)))
    for key, width in plan.columns.items():
        title = f"since {since}" if key == "percent" else _title(key, width.total)
        line.append(" " * (plan.gap + width.total - len(title))).append(title, style(key))
    return [line, Text(glyphs.rule * line.cell_len, QUIET)] if has_rule else [line]


def _title(key: str, width: int) -> str:
    minutes = (width - RANGE) // STEPS_A_MINUTE
    return f"last {minutes} min" if key == "trail" and minutes > 1 else TITLES[key]


def row_line(
    name: str, found: dict[str, Cell], plan: Layout, *, is_quiet: bool, doubts: str, stands_out: bool = False
) -> Text:
    """One index. `doubts` is said of one that has not come."""
    is_waiting = "tick" not in found
    line = Text(name + " " * (plan.index - cell_len(name)), QUIET if is_waiting or is_quiet else "")
    if stands_out:
        line.stylize("reverse", 0, len(name))
    for key, width in plan.columns.items():
        cell = found.get(key, EMPTY)
        _append(line, cell, width, plan.gap, QUIET if is_quiet else cell.style)
        if is_waiting:
            return line.append(doubts, QUIET)
    return line


def _append(line: Text, cell: Cell, width: Width, gap: int, style: str) -> None:
    # Blanks without a style: an SVG viewer may drop those at the start of a styled run.
    before, behind = width.fit(cell)
    line.append(" " * gap).append(cell.mark, style).append(" " * before)
    number = Text(cell.left + cell.right, style)
    if cell.lit_from is not None:
        number.stylize(cell.lit_style, cell.lit_from)
    line.append(number).append(" " * behind)


def doubt(connected_s: float | None, plan: Layout, width: int) -> str:
    """What is to be said of an id that has not come, as far as there is room for it."""
    if connected_s is None or connected_s < _DOUBT_AFTER_S:
        return ""
    gap = " " * plan.gap
    room = width - plan.index - 2 * plan.gap - plan.columns["value"].total
    texts = (f"nothing in {duration(connected_s)}: is there such an index?", "is there such an id?", "no such id?", "?")
    return next((gap + text for text in texts if len(text) <= room), "")


def rest_line(browsed: Browsed, shown: int, total: int, waiting: int, glyphs: Glyphs) -> Text:
    """How many rows are not on the screen, and by what they were chosen."""
    text = f"{glyphs.dots} and {total - shown:,} more"
    if browsed.top:
        text = f"{glyphs.dots} rows {browsed.top + 1:,} to {browsed.top + shown:,} of {total:,}"
    if waiting:
        text += f", {waiting:,} of all waiting"
    if browsed.sort is not Sort.ASKED or browsed.is_turned:
        text += f", by {browsed.sort}" if browsed.sort is not Sort.ASKED else ""
        text += ", the last first" if browsed.is_turned else ""
    return Text(text, QUIET)


def said_first(browsed: Browsed, total: int) -> str:
    """What the keys have led to, as far as the rows do not show it."""
    parts = []
    if browsed.prompt is not None:
        parts.append(f"/{browsed.prompt}_")
    elif browsed.part:
        parts.append(f"/{browsed.part}: {plural(total, 'index')}, Esc shows all")
    if browsed.is_held:
        parts.append("held, Space goes on")
    return "   ".join(parts)


def help_lines(width: int) -> list[Text]:
    """The keys, and what they do."""
    longest = max(len(keys) for keys, _ in HELP)
    lines = [Text.assemble((f"{keys:{longest}}", STRONG), "  ", what) for keys, what in HELP]
    for line in lines:
        line.truncate(width)
    return [Text(), *lines]
