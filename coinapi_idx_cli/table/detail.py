"""The view of one index: its value in large figures, what it did, and a chart. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from rich.text import Text

from coinapi_idx_cli.protocol.value_texts import value_text
from coinapi_idx_cli.table.cells import QUIET, STRONG, Memory, move_of
from coinapi_idx_cli.table.chart import Chart
from coinapi_idx_cli.table.figures import large
from coinapi_idx_cli.table.history import PastBucket
from coinapi_idx_cli.table.rows import Row
from coinapi_idx_cli.terminal import numbers
from coinapi_idx_cli.terminal.text import Glyphs
from coinapi_idx_cli.wording import duration, time_taken

SPANS_S: tuple[tuple[str, float], ...] = (("1 minute", 60), ("5 minutes", 300), ("1 hour", 3600), ("the day", 86_400))
_BUDGET = 12  # significant digits
_LEAST_CHART = 3  # lines
_ROOM_FOR_FIGURES = 14  # lines
_ROOM_FOR_FACTS = 9


class Detail(Struct, frozen=True):
    """One index, and what it did in a span. `began_s` is when the run did; all by the monotonic clock, but `wall_s`."""

    row: Row
    past: Sequence[PastBucket]
    gaps: Sequence[tuple[float, float]]
    span: int  # of SPANS_S
    now_s: float
    wall_s: float
    began_s: float

    @property
    def begin_s(self) -> float:
        """Of the span, or of the run if that is younger; a whole second, as the past is kept by these."""
        return float(int(max(self.began_s, self.now_s - SPANS_S[self.span][1])))

    def clock(self, at_s: float, form: str = "%H:%M:%S") -> str:
        return time.strftime(form, time.localtime(self.wall_s - (self.now_s - at_s)))


def detail_lines(
    detail: Detail, name: str, memory: Memory, width: int, height: int, glyphs: Glyphs, *, is_dim: bool
) -> list[Text]:
    """At most `height` of them; `is_dim` while nothing can come."""
    row = detail.row
    if row.value is None:
        return [Text(name, STRONG), Text("waiting for the first value", QUIET)][:height]
    number = Decimal(value_text(row.message))
    memory.digits.learn(number)
    places = memory.digits.places(_BUDGET)
    shown = numbers.show(number, places, _BUDGET)
    figures = large(shown, width) if height >= _ROOM_FOR_FIGURES and not glyphs.is_ascii else [shown]
    facts = _facts(detail, memory, places, glyphs)
    lines = [Text(name, STRONG), *(Text(line, STRONG) for line in figures), *facts]
    if height < _ROOM_FOR_FACTS:
        lines = [Text.assemble((f"{shown}  ", STRONG), facts[0])]
    room = height - len(lines) - 1
    if room >= _LEAST_CHART:
        lines += _chart_of_this_second(detail, memory, width, room, places, glyphs)
    return [Text(line.plain, QUIET) if is_dim else line for line in lines[:height]]


def _facts(detail: Detail, memory: Memory, places: int, glyphs: Glyphs) -> list[Text]:
    row = detail.row
    moved = Text.assemble(*move_of(row, places, glyphs), f" since {detail.clock(detail.began_s, '%H:%M')}")
    begin_s = detail.begin_s
    inside = [each for each in detail.past if each.begin_s >= begin_s] or list(detail.past[-1:])
    if len(detail.past) and inside:
        before = row.first
        if row.first_s < begin_s:
            before = next((each.last for each in detail.past if each.begin_s < begin_s), inside[0].last)
        lowest, highest = min(inside, key=lambda each: each.low), max(inside, key=lambda each: each.high)
        extremes = (
            f"{what} {_plain(value, places)} at {detail.clock(at_s)}"
            for what, value, at_s in (("low", lowest.low, lowest.begin_s), ("high", highest.high, highest.begin_s))
        )
        share = (row.value - before) / abs(before) * 100 if row.value is not None and before else 0.0
        span = f"{SPANS_S[detail.span][0]}: {numbers.show_percent(share)}   " + "   ".join(extremes)
    else:
        span = SPANS_S[detail.span][0]
    parts = [] if row.rate is None else [f"{numbers.show_rate(row.rate)}/s"]
    if memory.delay is not None:
        parts.append(f"delay {numbers.show_delay(memory.delay.p50, memory.delay.p99)}")
    parts.append(f"last value {duration(row.age_s(detail.now_s))} ago")
    if detail.gaps:
        begin, end = detail.gaps[-1]
        parts.append(f"last gap {time_taken(end - begin)} at {detail.clock(begin)}")
    return [moved, Text(span), Text("   ".join(parts), QUIET)]


def _plain(value: float, places: int) -> str:
    return numbers.show(Decimal(repr(value)), places, _BUDGET)


def _chart_of_this_second(
    detail: Detail, memory: Memory, width: int, height: int, places: int, glyphs: Glyphs
) -> list[Text]:
    """As its past is kept by the second it is drawn once a second, or when it covers something else."""
    bounds = [bound for each in detail.past for bound in (each.low, each.high)] or [0.0]
    bounds = [min(bounds), max(bounds)]
    covered = len(detail.past), *bounds, *detail.gaps[-1:], detail.span, detail.begin_s, int(detail.now_s)
    source = covered, width, height, places, glyphs
    if memory.chart[0] != source:
        memory.chart = source, _chart(detail, bounds, width, height, places, glyphs)
    return memory.chart[1]


def _chart(detail: Detail, bounds: list[float], width: int, height: int, places: int, glyphs: Glyphs) -> list[Text]:
    """With prices at the right, and times below."""
    labels = max(len(_plain(bound, places)) for bound in bounds)
    across = max(1, width - labels - 1)
    chart = Chart(across, height, detail.begin_s, detail.now_s, is_ascii=glyphs.is_ascii)
    drawn = chart.draw(detail.past, detail.gaps)
    priced = {0: chart.high, height // 2: (chart.high + chart.low) / 2, height - 1: chart.low}
    lines = [
        Text.assemble(line, (f" {_plain(priced[number], places)}" if number in priced and detail.past else "", QUIET))
        for number, line in enumerate(drawn)
    ]
    form = "%H:%M:%S" if detail.now_s - detail.begin_s < SPANS_S[2][1] else "%H:%M"
    times = [detail.clock(at_s, form) for at_s in (detail.begin_s, (detail.begin_s + detail.now_s) / 2, detail.now_s)]
    gap = max(1, (across - sum(map(len, times))) // 2)
    return [*lines, Text((" " * gap).join(times)[:across], QUIET)]
