"""What the tab of the terminal is called while the table is on it. Pure."""

from __future__ import annotations

from math import isfinite

from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.table.rows import Row
from coinapi_idx_cli.terminal.numbers import show_percent
from coinapi_idx_cli.wording import plural

_DIGITS = 5  # that somebody reads at a glance


def tab_title(status: Status, row: Row | None) -> str:
    """Of one index its value, how far it moved, and its name without its family; of several the state of the run."""
    if row is None or row.value is None:
        gaps = f", {plural(status.gaps, 'gap')}" if status.gaps else ""
        return f"idxstream: {status.state}{gaps}"
    percent = row.percent()
    parts = [_rounded(row.value), *([f"{show_percent(percent)}"] if percent is not None else []), _short(row.index_id)]
    return " ".join(parts)


def _rounded(value: float) -> str:
    if not isfinite(value) or not 1e-6 <= abs(value) < 1e12:
        return f"{value:.4g}"
    before = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
    return f"{value:,.{max(0, _DIGITS - before)}f}"


def _short(index_id: str) -> str:
    words = index_id.split("_")
    return "_".join(words[3:] or words[-1:])
