"""The steps of `doctor` on stdout: a table, which grows as they come, or NDJSON."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from coinapi_idx_cli.cli.indexes.render import write
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.doctor.step import Step
from coinapi_idx_cli.wording import time_taken

NAME_WIDTH = len("key by header")
TIME_WIDTH = len("10.00 s")
DETAIL_COLUMN = 2 + NAME_WIDTH + 2 + TIME_WIDTH + 2
NARROWEST_DETAIL = 32  # a terminal with less room has the detail below
INDENT = 2
GREEN, RED, YELLOW, DIM, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
CLEAR_LINE = "\r\x1b[K"
UNICODE_MARKS, ASCII_MARKS = "✓✗!\N{EN DASH}", "+x!-"
COLOURS = {"good": GREEN, "bad": RED, "warning": YELLOW, "none": DIM}


class Page(Protocol):
    """Where the steps of the doctor appear."""

    def begin(self, name: str) -> None:
        """That step is under way."""

    def show(self, step: Step) -> None:
        """Raises ReaderGoneError, OutputError."""

    def sum_up(self, steps: Sequence[Step]) -> None:
        """After the last one."""

    def close(self) -> None:
        """Also when it was interrupted."""


def page_for(shape: str, reporter: Reporter, environment: Mapping[str, str]) -> Page:
    return _Table(reporter, environment) if shape == "table" else _Ndjson(reporter)


class _Ndjson:
    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def begin(self, name: str) -> None: ...

    def show(self, step: Step) -> None:
        line = {
            "step": step.name,
            "ok": step.ok,
            "seconds": None if step.seconds is None else round(step.seconds, 6),
            "detail": _clean(step.detail, self._reporter),
            "hint": _clean(step.hint, self._reporter) or None,
        }
        write(msgspec.json.encode(line) + b"\n", self._reporter)

    def sum_up(self, steps: Sequence[Step]) -> None: ...

    def close(self) -> None: ...


class _Table:
    def __init__(self, reporter: Reporter, environment: Mapping[str, str]) -> None:
        from coinapi_idx_cli.terminal.text import glyphs_for  # with it comes rich

        self._reporter = reporter
        glyphs = glyphs_for(sys.stdout.encoding or "utf-8", environment, utf8_mode=bool(sys.flags.utf8_mode))
        self._encoding = "ascii" if glyphs.is_ascii else sys.stdout.encoding
        self._is_smart = environment.get("TERM", "dumb") != "dumb" and sys.stdout.isatty()
        self._has_colour = self._is_smart and not environment.get("NO_COLOR")
        self._marks = dict(zip(COLOURS, ASCII_MARKS if glyphs.is_ascii else UNICODE_MARKS, strict=True))
        self._arrow = "->" if glyphs.is_ascii else "→"
        self._dots = glyphs.dots
        self._is_under_way = False
        self._has_failed = False
        self._told: set[str] = set()

    def begin(self, name: str) -> None:
        """Shown until the step is over."""
        if self._is_smart:
            self._is_under_way = True
            self._write(f"  {name} {self._dots}")

    def show(self, step: Step) -> None:
        if step.ok is False and not self._has_failed:
            self._has_failed = True
            self._told.add(step.hint)  # at the end, where it is looked for
        self._write(self._cleared() + "".join(f"{line}\n" for line in self._lines(step)))
        self._told.add(step.hint)

    def sum_up(self, steps: Sequence[Step]) -> None:
        bad = next((step for step in steps if step.ok is False), None)
        warnings = sum(step.is_warning for step in steps)
        if bad is not None:
            text = f"{bad.name}: {_clean(bad.detail, self._reporter)}"
            hint = [f"{self._arrow} {_clean(bad.hint, self._reporter)}"] if bad.hint else []
            lines = [line for part in (text, *hint) for line in _wrapped(part, _columns(), "", "")]
            self._write("\n" + "".join(f"{self._painted(line, 'bad')}\n" for line in lines))
        else:
            more = f", with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
            self._write("\n" + self._painted(f"all is well{more}", "warning" if warnings else "good") + "\n")

    def close(self) -> None:
        if self._is_under_way:
            self._write(self._cleared())

    def _cleared(self) -> str:
        was, self._is_under_way = self._is_under_way, False
        return CLEAR_LINE if was else ""

    def _lines(self, step: Step) -> Iterator[str]:
        kind = _kind(step)
        took = "" if step.seconds is None else time_taken(step.seconds)
        head = f"{step.name:<{NAME_WIDTH}}  {took:>{TIME_WIDTH}}"
        width = _columns()
        is_wide = width - DETAIL_COLUMN >= NARROWEST_DETAIL
        margin = " " * (DETAIL_COLUMN if is_wide else INDENT)
        details = _wrapped(_clean(step.detail, self._reporter), width, margin, margin)
        first = details.pop(0)[DETAIL_COLUMN:] if is_wide and details else ""
        mark = self._painted(self._marks[kind], kind)
        for text in (f"{head}  {first}".rstrip(), *(line[INDENT:] for line in details)):
            yield f"{mark} {self._painted(text, kind) if kind == 'none' else text}"
            mark = " "
        if step.hint and step.hint not in self._told:
            hint = _clean(step.hint, self._reporter)
            for line in _wrapped(hint, width, f"{margin}{self._arrow} ", margin + " " * (len(self._arrow) + 1)):
                yield self._painted(line, kind)

    def _painted(self, text: str, kind: str) -> str:
        return f"{COLOURS[kind]}{text}{PLAIN}" if self._has_colour else text

    def _write(self, text: str) -> None:
        write(text.encode(self._encoding, "backslashreplace"), self._reporter)


def _kind(step: Step) -> str:
    if step.ok is None:
        return "none"
    return "warning" if step.is_warning else "good" if step.ok else "bad"


def _wrapped(text: str, width: int, first: str, margin: str) -> list[str]:
    return textwrap.wrap(
        text, width - 1, initial_indent=first, subsequent_indent=margin, break_on_hyphens=False
    )  # the last column is left free: some terminals wrap there


def _columns() -> int:
    return max(20, shutil.get_terminal_size().columns)


def _clean(text: str, reporter: Reporter) -> str:
    """What no encoder stumbles over, either: a name of the environment may hold bytes that are not text."""
    return reporter.clean(text).encode("utf-8", "backslashreplace").decode()
