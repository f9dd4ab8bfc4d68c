"""Stretches of time that overlap or touch are one."""

from __future__ import annotations

from coinapi_idx_cli.protocol.stretches import joined


def test_those_that_overlap_or_touch_are_one() -> None:
    assert joined([(5, 8), (1, 3), (3, 4), (6, 7), (10, 11)]) == [(1, 4), (5, 8), (10, 11)]
    assert joined([]) == []
