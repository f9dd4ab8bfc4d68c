"""`--sort`: which rows come first, and so which are on the screen when there are more than lines. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coinapi_idx_cli.choices import Sort

if TYPE_CHECKING:
    from coinapi_idx_cli.table.rows import Row


def arranged(rows: list[Row], sort: Sort, now_s: float) -> list[Row]:
    """The rows in that order; equal ones stay as they are."""
    key = _KEYS.get(sort)
    return rows if key is None else sorted(rows, key=lambda row: key(row, now_s))


def _change(row: Row, _now_s: float) -> float:
    percent = row.percent()
    return 1.0 if percent is None else -abs(percent)


def _activity(row: Row, _now_s: float) -> float:
    return 1.0 if row.rate is None else -row.rate


def _quiet(row: Row, now_s: float) -> tuple[bool, bool, float]:
    return row.value is not None, not row.is_quiet(now_s), -row.age_s(now_s)


_KEYS: dict[Sort, Callable[[Row, float], Any]] = {
    Sort.ID: lambda row, _now_s: row.index_id,
    Sort.CHANGE: _change,
    Sort.ACTIVITY: _activity,
    Sort.QUIET: _quiet,
}
