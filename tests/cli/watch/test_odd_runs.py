"""Thousands of odd messages through real runs: each valid one comes out once, in its own text, and nothing else."""

from __future__ import annotations

from tests.cli.watch.odd_runs import run_through


def test_odd_messages_through_runs_of_both_formats() -> None:
    kinds = run_through(seed=5, count=3000)
    assert set(kinds) == {"index", "unknown", "malformed"}
